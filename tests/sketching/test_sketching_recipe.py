"""From files to a recipe that runs: two commands, and nothing lost on the way."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import recbox
from recbox.api.check import check
from recbox.cli.front import call
from recbox.context import Context
from recbox.data import assemble, split
from recbox.errors import DataError, OptionError, RecboxError
from recbox.recipe.blocks import Split
from recbox.sketching import Question
from recbox.sketching.choosing import choose
from recbox.sketching.counting import Counts
from recbox.sketching.files import NONE
from recbox.sketching.fitting import LEAST_EPOCHS, SENSIBLE, need

HEADER = ["Kunden-Nr.", "Artikel", "Bezeichnung", "Zeitpunkt", "Menge"]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file as a shop might export it: a BOM, semicolons, quoted text, ids of numbers and words, a row in a
    hundred that is none. 40 of its 2,000 rows are bad."""
    draw = random.Random(3)
    with (tmp_path / "odd events.csv").open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file, delimiter=";")
        out.writerow(HEADER)
        for n in range(2000):
            item = int(draw.random() ** 2 * 60)
            user = draw.choice([f"K{draw.randrange(60)}", str(draw.randrange(40))])
            time = f"2024-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}T{draw.randrange(24):02}:00:00"
            row = [user, f"A-{item:03}", f'Sorte "{item}"; groß', time, draw.randint(1, 5)]
            if n % 100 == 50:
                row[n // 100 % 2] = ""
            out.writerow(row[:3] if n % 100 == 99 else row)
    with (tmp_path / "products.jsonl").open("w") as file:
        for item in range(70):
            row = {"sku": f"A-{item:03}", "title": f"Sort {item}", "kind": f"k{item % 4}", "cost": item / 7}
            file.write(json.dumps(row | {"tags": ["a", f"t{item % 3}"], "code": f"x{item}"}) + "\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_two_commands_lead_to_recommendations(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["init", "odd events.csv", "--item", "products.jsonl"]) == 0
    said = capsys.readouterr().out
    assert "rows" in said and "40 can't be read" in said
    assert "odd events.csv:52: no user" in said  # line 1 is the header
    assert "odd events.csv:101: 3 fields where 5 were expected" in said
    assert call(["run", "odd events.yaml", "--set", "train.epochs=2"]) == 0
    facts = recbox.load("runs/odd-events").metrics["data"]["facts"]
    assert facts["rows"] == 2000 and facts["bad"] == 40
    capsys.readouterr()
    assert call(["recommend", "runs/odd-events", "--user", "K7", "-k", "3"]) == 0
    assert "Sort " in capsys.readouterr().out


def test_the_recipe_says_what_was_found(shop: Path) -> None:
    made = recbox.sketch("odd events.csv", item=["products.jsonl"])
    resolved = check(made.path).recipe.resolved
    source = resolved["data"]["source"]
    (events,), (products,) = source["interaction"], source["item"]
    assert (events["path"], events["delimiter"]) == ("odd events.csv", ";")
    columns = {role: column for role, column in events["columns"].items() if column}
    assert columns == dict(zip(("user", "item", "time", "weight"), [HEADER[n] for n in (0, 1, 3, 4)]))
    types = {name: column["type"] for name, column in products["columns"].items()}
    assert types == {"title": "text", "kind": "categorical", "cost": "numeric", "tags": "multi"}
    assert (products["id"], products["columns"]["title"]["role"]) == ("sku", "title")
    assert made.sides[0].left == {"code": "nearly each value is another"}
    assert resolved["data"]["clean"]["bad"] == "skip"
    parts = {part["use"]: part for part in resolved["encoder"]["item"]["part"]}
    assert parts["feature"]["columns"] == ["kind", "cost", "tags"]


@pytest.mark.parametrize("called", ["Nome", "Artikeltext", "Descr"])
def test_a_title_is_found_by_its_name_or_by_what_it_is(shop: Path, called: str) -> None:
    """Of a few words, and another in each row; longer ones are texts."""
    lines = (shop / "products.jsonl").read_text().replace('"title"', f'"{called}"')
    long = "a long text of what it is and "
    (shop / "others.jsonl").write_text(lines.replace('"Sort ', f'"{long}' if called == "Descr" else '"Sort '))
    made = recbox.sketch("odd events.csv", item=["others.jsonl"])
    column = check(made.path).recipe.resolved["data"]["source"]["item"][0]["columns"][called]
    assert column["role"] == ("text" if called == "Descr" else "title")


def test_nothing_is_written_over_and_nothing_is_left_behind(shop: Path) -> None:
    (shop / "odd events.yaml").write_text("mine")
    with pytest.raises(OptionError, match="is there already"):
        recbox.sketch("odd events.csv")
    with pytest.raises(OptionError, match="no folder"):
        recbox.sketch("odd events.csv", out="nowhere/x.yaml")
    (shop / "others.csv").write_text("sku,name\nzzz,a\nyyy,b\n")
    with pytest.raises(DataError, match="no column holds the items' ids"):
        recbox.sketch("odd events.csv", item=["others.csv"], out="new.yaml")
    assert (shop / "odd events.yaml").read_text() == "mine"
    assert sorted(path.suffix for path in shop.iterdir()) == [".csv", ".csv", ".jsonl", ".yaml"]


def test_a_link_that_leads_nowhere_is_no_free_name(shop: Path) -> None:
    (shop / "link.yaml").symlink_to("gone.yaml")
    for out, said in (("link.yaml", "is there already"), ("/proc/x.yaml", "can't write the recipe")):
        with pytest.raises(OptionError, match=said):
            recbox.sketch("odd events.csv", out=out)
    assert not (shop / "gone.yaml").exists()


def test_a_recipe_elsewhere_finds_the_files(shop: Path) -> None:
    (shop / "recipes").mkdir()
    made = recbox.sketch("odd events.csv", out="recipes/mine.yaml")
    assert str(shop / "odd events.csv") in made.text
    assert check(made.path)


def headless(folder: Path, *order: int) -> Path:
    """Rows without a header: a user, an item and a time, in some order."""
    draw = random.Random(0)
    rows = [(draw.randrange(40), draw.randrange(20), 1_700_000_000 + n * 900) for n in range(600)]
    text = "\n".join(",".join(str(row[n]) for n in order) for row in rows)
    (folder / "log.csv").write_text(text)
    return folder / "log.csv"


@pytest.mark.parametrize(
    ("order", "answers", "columns"),
    [
        ((0, 1, 2), ["1", "2", "3"], {"user": 1, "item": 2, "time": 3}),
        ((1, 0, 2), ["2"], {"user": 2, "item": 1, "time": 3}),  # the item is what the user was guessed to be
        ((0, 1, 2), ["1", "2", NONE], {"user": 1, "item": 2}),
        ((0, 1, 2), ["1", "3"], {"user": 1, "item": 3}),
    ],
)
def test_answers_count_and_no_column_is_two(tmp_path: Path, order, answers, columns) -> None:
    left, asked = list(answers), []

    def ask(question: Question) -> str:
        asked.append(question.answers)
        return left.pop(0) if left else question.answers[0]

    made = recbox.sketch(headless(tmp_path, *order), out=tmp_path / "log.yaml", ask=ask)
    assert made.events[0].entry["columns"] == columns
    assert all(answer in said for answer, said in zip(answers, asked))
    assert len(set(columns.values())) == len(columns)


def test_an_answer_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="'7' is no answer"):
        recbox.sketch(headless(tmp_path, 0, 1, 2), out=tmp_path / "log.yaml", ask=lambda question: "7")


def behaviours(folder: Path, at: Callable[[int], str] = str) -> list[Path]:
    draw = random.Random(1)
    paths = [folder / f"{name}.csv" for name in ("view", "buy")]
    for path, rows in zip(paths, (900, 300)):
        lines = [f"{draw.randrange(30)},{draw.randrange(25)},{1_700_000_000 + n * 60}" for n in range(rows)]
        path.write_text("user,item,time\n" + "\n".join(lines) + "\n")
    return paths


def test_files_that_are_called_like_behaviours_are_behaviours(tmp_path: Path) -> None:
    made = recbox.sketch(*behaviours(tmp_path), out=tmp_path / "all.yaml")
    recipe = check(made.path).recipe
    assert recipe.resolved["data"]["target"] == "buy"
    assert [edge.type for edge in recipe.edge] == ["interaction", "behaviour"]
    outcome = recbox.run(made.path, sets=["train.epochs=1", "evaluate.baseline=[]"], out=tmp_path / "out")
    assert outcome.metrics["data"]["facts"]["kept"] == made.counts.kept


def test_a_files_name_goes_before_its_column_of_behaviours(tmp_path: Path) -> None:
    paths = behaviours(tmp_path)
    for path in paths:
        head, *lines = path.read_text().splitlines()
        more = [f"{line},{('view', 'buy')[n % 2]}" for n, line in enumerate(lines)]
        path.write_text("\n".join([f"{head},type", *more]))
    made = recbox.sketch(*paths, out=tmp_path / "all.yaml")
    assert [one.entry["behaviour"] for one in made.events] == ["view", "buy"]
    assert all("behaviour" not in one.entry["columns"] for one in made.events)


@pytest.mark.parametrize(("holes", "timed"), [(0.02, True), (0.25, False)])
def test_times_with_many_holes_are_left_out_and_not_the_rows(
    tmp_path: Path, holes: float, timed: bool
) -> None:
    draw = random.Random(0)
    times = ["" if draw.random() < holes else f"2024-01-{1 + n % 28:02}" for n in range(600)]
    lines = [f"{draw.randrange(40)},{draw.randrange(20)},{time}" for time in times]
    (tmp_path / "x.csv").write_text("user,item,time\n" + "\n".join(lines) + "\n")
    made = recbox.sketch(tmp_path / "x.csv", out=tmp_path / "x.yaml")
    assert ("time" in made.events[0].entry["columns"]) is timed
    assert made.counts.bad < 0.05 * 600 and bool(made.events[0].found["time"].doubt) is not timed


def test_songs_in_quotes_lose_no_row(tmp_path: Path) -> None:
    draw = random.Random(0)
    lines = [f'{draw.randrange(40)}\t"Song" {draw.randrange(20)} live' for _ in range(400)]
    (tmp_path / "x.tsv").write_text("user\titem\n" + "\n".join(lines) + "\n")
    made = recbox.sketch(tmp_path / "x.tsv", out=tmp_path / "x.yaml")
    assert made.counts.bad == 0 and made.events[0].entry["quote"] is False


def test_columns_that_no_recipe_can_name_are_left_alone(tmp_path: Path) -> None:
    draw = random.Random(0)
    rows = [
        {"": 1, "a\u2028b": 2, "user": draw.randrange(30), "item": draw.randrange(20)} for _ in range(300)
    ]
    (tmp_path / "x.jsonl").write_text("\n".join(map(json.dumps, rows)))
    made = recbox.sketch(tmp_path / "x.jsonl", out=tmp_path / "x.yaml")
    assert made.events[0].entry["columns"] == {"user": "user", "item": "item"}


def test_a_column_of_behaviours_has_a_target(tmp_path: Path) -> None:
    draw = random.Random(2)
    kinds = ["view", "view", "cart", "purchase"]
    lines = [f"{draw.randrange(30)},{draw.randrange(25)},{draw.choice(kinds)}" for _ in range(900)]
    (tmp_path / "log.csv").write_text("user,item,event\n" + "\n".join(lines) + "\n")
    made = recbox.sketch(
        tmp_path / "log.csv", out=tmp_path / "log.yaml", ask=lambda question: question.answers[0]
    )
    resolved = check(made.path).recipe.resolved
    assert resolved["data"]["target"] == "purchase"
    assert [edge["by"] for edge in resolved["graph"]["edge"][1:]] == ["cart", "view"]


def test_parts_in_files_are_the_split(tmp_path: Path) -> None:
    for name, rows in (("train", 500), ("test", 100)):
        draw = random.Random(rows)
        lines = [f"{draw.randrange(30)}\t{draw.randrange(25)}" for _ in range(rows)]
        (tmp_path / f"{name}.tsv").write_text("\n".join(lines) + "\n")
    made = recbox.sketch(tmp_path / "train.tsv", tmp_path / "test.tsv", out=tmp_path / "given.yaml")
    resolved = check(made.path).recipe.resolved
    assert resolved["data"]["split"]["by"] == "given"
    assert [file["part"] for file in resolved["data"]["source"]["interaction"]] == ["train", "test"]


@pytest.mark.parametrize("name", ["yes", "1e3", "a: b", "#x", "'", '"', "ü ß", "null", "{a}", "- x", "\\"])
def test_names_of_columns_are_kept(tmp_path: Path, name: str) -> None:
    draw = random.Random(0)
    frame = pl.DataFrame(
        {
            f"user {name}": [f"u{draw.randrange(40)}" for _ in range(300)],
            f"item {name}": [f"i{draw.randrange(30)}" for _ in range(300)],
        }
    )
    frame.write_parquet(tmp_path / "x.parquet")
    made = recbox.sketch(tmp_path / "x.parquet", out=tmp_path / "x.yaml")
    (file,) = check(made.path).recipe.resolved["data"]["source"]["interaction"]
    assert (file["columns"]["user"], file["columns"]["item"]) == (f"user {name}", f"item {name}")


def counts(kept: int, users: int, items: int, usual: int = 20) -> Counts:
    return Counts(kept, 0, (), 0, kept, users, items, usual, (0, 1))


def test_parts_follow_the_size_of_the_data() -> None:
    gib, held = 1 << 30, Split(by="user-time")
    small, large = counts(5_000, 300, 200), counts(50_000_000, 4_000_000, 900_000, usual=5)
    assert choose(small, held, 8 * gib, 2).dim < choose(counts(500_000, 9_000, 9_000), held, 8 * gib, 2).dim
    assert not choose(small, held, 8 * gib, 2).fanout and choose(large, held, 8 * gib, 2).fanout
    over = [choose(one, held, 64 * gib, 2).over for one in (small, large)]
    assert over == ["all", "sampled"]


@pytest.mark.parametrize("memory", [9.0, 11.0, 64.0])
def test_parts_fit_the_memory(memory: float) -> None:
    """Those of 50 million interactions and five million nodes: shorter vectors where there is less."""
    large, room = counts(50_000_000, 4_000_000, 900_000, usual=5), int(memory * 2**30)
    parts = choose(large, Split(by="user-time"), room, 2)
    assert need(large, parts, 2).memory <= room
    assert parts.dim == 64 or need(large, replace(parts, dim=2 * parts.dim), 2).memory > room


@pytest.mark.parametrize(("kept", "items"), [(5_000, 200), (900_000, 19_000), (40_000_000, 60_000)])
def test_training_takes_a_sensible_time(kept: int, items: int) -> None:
    """Unless three epochs take longer; and where a machine has more cores, there are no fewer of them."""
    one, few, many = (choose(counts(kept, kept // 50, items), Split(), 1 << 36, n) for n in (1, 2, 64))
    assert few.epochs <= many.epochs and one.epochs >= LEAST_EPOCHS
    spent = need(counts(kept, kept // 50, items), few, 2).seconds
    assert spent <= SENSIBLE or few.epochs == LEAST_EPOCHS


VALUES = st.one_of(st.none(), st.integers(), st.text(max_size=3))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(
        st.binary(max_size=300),
        st.lists(st.lists(st.text("ab1,;|\t\"' é\0", max_size=4), max_size=4), max_size=8).map(
            lambda rows: "\n".join(",".join(row) for row in rows).encode()
        ),
        st.lists(st.dictionaries(st.text(max_size=3), VALUES, max_size=3), max_size=6).map(
            lambda rows: "\n".join(map(json.dumps, rows)).encode()
        ),
    ),
    name=st.sampled_from(["f.csv", "f.tsv", "f.jsonl", "f.parquet", "f"]),
)
def test_any_file_gives_a_recipe_or_a_reason(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / name).write_bytes(content)
    try:
        made = recbox.sketch(folder / name, out=folder / "made.yaml")
    except RecboxError as error:
        assert error.what and not (folder / "made.yaml").exists()
    else:
        data = check(made.path).recipe.data
        context = Context(folder=folder)
        dataset = assemble(data.source.options.read(context), data.clean, data.target or "")
        assert len(dataset.interaction) and split(dataset, data.split, context)


def test_json_is_one_document(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["init", "odd events.csv", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["rows"], document["bad_count"], document["recipe"]) == (2000, 40, "odd events.yaml")
    assert call(["init", "absent.csv"]) == 2
    assert "can't read" in capsys.readouterr().err
