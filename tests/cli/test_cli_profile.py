"""`recbox profile`: what is written, what is kept, and what is left when the work is cut off."""

from __future__ import annotations

import csv
import json
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

WRITER = '''
import time
from pathlib import Path
from typing import ClassVar, final
from recbox.plugin import DataError, Writer

@final
class shout(Writer):
    """Writes what it is asked in capitals, last first, and notes each prompt."""
    idle: ClassVar[frozenset[str]] = frozenset({"pause", "log"})
    log: str
    pause: float = 0.0
    mark: str = "!"
    fault: str = ""

    def version(self, context):
        return "" if self.fault == "version" else "1"

    def write(self, prompts, context):
        for place in reversed(range(len(prompts))):
            with Path(self.log).open("a") as file:
                file.write(prompts[place].replace("\\n", " ") + "\\n")
            time.sleep(self.pause)
            done = len(prompts) - place
            if self.fault and done == 4:
                if self.fault == "stop":
                    return
                if self.fault == "data":
                    raise DataError("the model is gone", where="there", instead="bring it back")
                if self.fault == "crash":
                    raise RuntimeError("boom")
                odd = {"twice": (place + 1, "x"), "place": (99, "x"), "text": (place, None), "pair": place}
                yield odd[self.fault]
            yield place, prompts[place].upper() + self.mark
'''

RECIPE = """
recbox: 1
name: told
data:
  source: {use: synthetic, users: 40, items: 24, interactions: 400}
  profile:
  - {node: item, file: items.csv, prompt: "{title}: {genre}. What is it?", writer: {use: shout, log: LOG}}
  - node: user
    column: taste
    file: sub/users.csv
    history: "{title}"
    last: 3
    prompt: "Aged {age}. Had {history}."
    writer: {use: shout, log: LOG, mark: "?"}
model: {use: popularity}
evaluate: {baseline: []}
"""

Call = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "writer.py").write_text(WRITER)
    (tmp_path / "told.yaml").write_text(RECIPE.replace("LOG", str(tmp_path / "log")))
    return tmp_path


@pytest.fixture
def profile(recbox: Call, folder: Path) -> Call:
    def call(*args: object, command: str = "profile") -> Any:
        return recbox(command, folder / "told.yaml", "--code", folder / "writer.py", "--threads", 1, *args)

    return call


@pytest.fixture
def run(profile: Call, folder: Path) -> Call:
    return lambda *args: profile("--out", folder / f"out-{time.monotonic_ns()}", *args, command="run")


def table(path: Path) -> dict[str, list[str]]:
    with path.open(newline="") as file:
        head, *rows = csv.reader(file)
    return dict(zip(["id", *(row[0] for row in rows)], [head, *rows], strict=True))


def asked(folder: Path) -> list[str]:
    """What the writer was asked since the last time."""
    log = folder / "log"
    found = log.read_text().splitlines() if log.exists() else []
    log.unlink(missing_ok=True)
    return found


def test_from_nothing_to_a_run(profile: Call, run: Call, folder: Path) -> None:
    early = run()
    assert early.code == 2
    assert f"{folder / 'items.csv'}: the file of item.profile isn't here yet" in early.err
    done = profile()
    assert done.code == 0, done.err
    assert "item.profile: 24 items, 24 written" in done.out
    assert "user.taste: 40 users, 40 written" in done.out
    assert len(asked(folder)) == 64
    found = table(folder / "items.csv")
    assert found["id"] == ["id", "profile", "made"]
    assert list(found)[1:] == [str(n) for n in range(1, 25)]
    assert all(
        row[1] == row[1].upper() and row[1].endswith(". WHAT IS IT?!") for row in list(found.values())[1:]
    )
    assert run().code == 0
    again = profile("--json")
    assert asked(folder) == []
    assert [(p["written"], p["left"]) for p in json.loads(again.out)["profile"]] == [(0, 0), (0, 0)]


def test_the_column_is_read_by_parts(profile: Call, folder: Path, recbox: Call) -> None:
    """A feature like any other: in the artifact, and in what a prompt after it may name."""
    profile("--only", "item.profile")
    text = (folder / "told.yaml").read_text()
    (folder / "told.yaml").write_text(text.replace('history: "{title}"', 'history: "{profile}"'))
    done = profile("--json")
    users = json.loads(done.out)["profile"][1]["example"]
    assert "WHAT IS IT?!;" in users[0]["prompt"]


def test_a_person_s_words_stay(profile: Call, run: Call, folder: Path) -> None:
    """An edited text, one of their own, and a row of nobody; a row that is removed is written anew."""
    profile("--only", "item.profile")
    asked(folder)
    path = folder / "items.csv"
    lines = path.read_text().splitlines()
    lines[1] = "1,Mine," + lines[1].rpartition(",")[2]
    lines[2] = "2,Mine too,"
    del lines[5]
    path.write_text("\n".join([*lines, "777,Nobody's,"]) + "\n")
    done = profile("--only", "item.profile")
    assert "1 written, 23 there already, 2 as a person wrote them" in done.out
    assert len(asked(folder)) == 1
    found = table(path)
    assert (found["1"][1], found["2"][1], found["777"][1]) == ("Mine", "Mine too", "Nobody's")
    assert "WHAT IS IT" in found["5"][1]
    again = profile("--only", "item.profile", "--again")
    assert len(asked(folder)) == 22
    assert "2 as a person wrote them" in again.out
    assert table(path)["1"][1] == "Mine"
    profile()
    done = run()
    assert done.code == 0
    assert "1 of its rows are of no item in the data" in done.err


def test_another_prompt_or_writer_is_asked_anew(profile: Call, run: Call, folder: Path) -> None:
    """And until then no run goes on with the old texts."""
    profile()
    asked(folder)
    recipe = folder / "told.yaml"
    text = recipe.read_text()
    recipe.write_text(text.replace("What is it", "Who likes it"))
    stale = run()
    assert stale.code == 2
    assert "24 of 24 texts answer other prompts than the recipe's" in stale.err
    assert "24 written" in profile().out
    assert run().code == 0
    asked(folder)
    profile("--set", "data.profile.0.writer.mark=.")
    assert len(asked(folder)) == 24, "another option is another text"
    profile("--set", "data.profile.0.writer.mark=.", "--set", "data.profile.0.writer.pause=0.001")
    assert asked(folder) == [], "one that changes nothing is none"


def test_histories_are_of_the_training_part(profile: Call, run: Call, folder: Path) -> None:
    """No prompt names what is held out, and texts of another split are refused."""
    whole = ("--set", "data.profile.1.last=1000")
    profile("--only", "user.taste", *whole)
    prompts = asked(folder)
    assert len(prompts) == 40, "the items' file isn't needed for it"
    profile(*whole)
    from recbox.api.ground import ground_of

    ground = ground_of(folder / "told.yaml", code=[folder / "writer.py"], sets=["data.profile.1.last=1000"])
    data, title = ground.dataset, ground.dataset.item.table["title"].to_list()
    kept = data.interaction.take(ground.split.train)
    told = {line.partition(" Had ")[2].rstrip(".") for line in prompts}
    for user in range(len(data.user)):
        of_train = {title[i] for i in kept.item[kept.user == user]}
        assert any(set(line.split("; ")) == of_train for line in told)
    assert run(*whole).code == 0
    other = run(*whole, "--set", "data.split.test=0.4")
    assert other.code == 2
    assert "the split that it is of" in other.err


def test_a_few_to_look_at(profile: Call, run: Call, folder: Path) -> None:
    done = profile("--limit", 3, "--only", "item.profile")
    assert "24 items, 3 written, 21 still to be written" in done.out
    assert "next: recbox profile" in done.out
    profile()
    assert run().code == 0


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--only", "item.profil"), "did you mean 'item.profile'?"),
        (("--set", "data.profile=[]"), "has no profile with a writer"),
        (("--set", "data.profile=[{node: item, file: x.csv}]"), "has no profile with a writer"),
        (("--limit", "0"), "--limit"),
        (("--device", "tpu"), "tpu"),
    ],
)
def test_options_that_make_no_sense(profile: Call, folder: Path, args: tuple[str, ...], said: str) -> None:
    done = profile(*args)
    assert done.code == 2
    assert said in done.err
    assert asked(folder) == []


def test_a_recipe_of_recbox_needs_a_folder(recbox: Call, folder: Path) -> None:
    writer = f"{{use: shout, log: {folder}/log}}"
    sets = [
        "data.source={use: synthetic, users: 40, items: 24, interactions: 400}",
        f"data.profile=[{{node: item, file: i.csv, prompt: '{{title}}', writer: {writer}}}]",
    ]
    changes = [word for change in sets for word in ("--set", change)]
    call = ["profile", "movielens_ease", "--code", folder / "writer.py", *changes]
    done = recbox(*call)
    assert done.code == 2
    assert "--data-dir ." in done.err
    assert recbox(*call, "--data-dir", folder).code == 0
    assert len(table(folder / "i.csv")) == 25


@pytest.mark.parametrize(
    ("fault", "said", "kept"),
    [
        ("version", "says '' of its version", 0),
        ("stop", "gives no text for 21 of 24 prompts", 3),
        ("twice", "no place of a prompt that is open", 3),
        ("place", "no place of a prompt that is open", 3),
        ("text", "no place of a prompt that is open", 3),
        ("pair", "no place of a prompt that is open", 3),
        ("data", "the model is gone", 3),
        ("crash", "RuntimeError: boom", 3),
    ],
)
def test_a_writer_that_fails_keeps_what_it_wrote(
    profile: Call, folder: Path, fault: str, said: str, kept: int
) -> None:
    done = profile("--only", "item.profile", "--set", f"data.profile.0.writer.fault={fault}")
    assert done.code == 2
    assert said in done.err
    assert "Traceback" not in done.err
    found = table(folder / "items.csv") if (folder / "items.csv").exists() else {"id": []}
    assert len(found) - 1 == kept


def test_a_file_that_can_t_be_read_is_left_alone(profile: Call, run: Call, folder: Path) -> None:
    path = folder / "items.csv"
    path.write_text('id,profile\n1,"open\n')
    for call in (profile, run):
        done = call()
        assert done.code == 2
        assert f"{path}:2" in done.err
    assert path.read_text() == 'id,profile\n1,"open\n'
    assert asked(folder) == []


def start(folder: Path, *args: str) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "recbox",
        "profile",
        "told.yaml",
        "--code",
        "writer.py",
        "--threads",
        "1",
    ]
    slow = ("--only", "item.profile", "--set", "data.profile.0.writer.pause=0.25")
    return subprocess.Popen(
        [*command, *slow, *args], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def wait_for(what: Callable[[], bool], child: subprocess.Popen[str]) -> None:
    while not what():
        assert child.poll() is None, child.communicate()
        time.sleep(0.02)


def rows(folder: Path) -> int:
    path = folder / "items.csv"
    return len(table(path)) - 1 if path.exists() else 0


@pytest.mark.parametrize(("how", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_cut_off_it_goes_on_where_it_was(profile: Call, folder: Path, how: signal.Signals, code: int) -> None:
    """In the end the file is that of a run that nobody disturbed, byte for byte; no text that was kept is
    asked for again, and an interrupt loses none."""
    child = start(folder)
    wait_for(lambda: rows(folder) >= 3, child)
    child.send_signal(how)
    _, err = child.communicate(timeout=60)
    assert child.returncode == code, err
    assert "Traceback" not in err
    before, first = rows(folder), asked(folder)
    if how != signal.SIGKILL:
        assert len(first) - before <= 1, "the text in work alone may be lost"
    assert f"{24 - before} written, {before} there already" in profile("--only", "item.profile").out
    assert len(asked(folder)) == 24 - before
    whole = (folder / "items.csv").read_bytes()
    (folder / "items.csv").unlink()
    profile("--only", "item.profile")
    assert (folder / "items.csv").read_bytes() == whole


def test_two_at_once_and_a_hand_in_the_file(profile: Call, folder: Path) -> None:
    """A second command is refused, and what a person writes meanwhile stays."""
    child = start(folder)
    wait_for(lambda: rows(folder) >= 2, child)
    second = profile("--only", "item.profile")
    assert second.code == 2
    assert "another `recbox profile` is writing this file" in second.err
    path = folder / "items.csv"
    mine = table(path) | {"1": ["1", "Mine", ""]}
    part = folder / "part"
    with part.open("w", newline="") as file:
        csv.writer(file).writerows(mine.values())
    part.replace(path)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 0, err
    found = table(path)
    assert found["1"] == ["1", "Mine", ""]
    assert len(found) == 25


def test_what_comes_next_has_the_same_options(profile: Call, recbox: Call, folder: Path) -> None:
    """Also where the seed draws the split, of which histories are."""
    sets = ("--seed", 3, "--set", "data.split={by: user-random}", "--data-dir", folder)
    done = profile(*sets)
    line = done.out.strip().splitlines()[-1]
    assert line.startswith("next: recbox run ")
    words = shlex.split(line)[3:]
    assert recbox("run", *words, "--out", folder / "out", "--threads", 1).code == 0
    assert profile("--seed", 4, *sets[2:], "--out", folder / "b", command="run").code == 2


def test_a_run_says_what_it_can_t_know(profile: Call, run: Call, folder: Path) -> None:
    """Texts of another writer are refused; those that don't say what they were made of are doubted."""
    profile()
    other = run("--set", "data.profile.0.writer.mark=..")
    assert other.code == 2
    assert "24 of 24 texts were written by another writer than the recipe's" in other.err
    path = folder / "sub" / "users.csv"
    with path.open(newline="") as file:
        bare = [row[:2] for row in csv.reader(file)]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(bare)
    done = run()
    assert done.code == 0
    assert "40 texts don't say (by `made`) what history they were made of" in done.err
    assert "40 as a person wrote them" in profile("--again", "--only", "user.taste").out


def test_ids_of_another_spelling_are_told_before_anything_is_asked(profile: Call, folder: Path) -> None:
    (folder / "items.csv").write_text("id,profile\n1.0,Mine\n002,Mine too\n")
    done = profile("--only", "item.profile")
    assert "2 of its rows are of no item in the data, such as '1.0'" in done.err
    assert done.err.index("of no item") < done.err.index("write item.profile")
    assert table(folder / "items.csv")["1.0"][1] == "Mine"


def test_nothing_is_written_about_data_that_stands_in(profile: Call, folder: Path) -> None:
    (folder / "items.csv").write_text("id,profile\n1,Real\n")
    sets = ["data.source={use: movielens-1m}", "data.fallback=synthetic"]
    sets += [
        "data.profile=[{node: item, file: items.csv, prompt: '{title}', writer: {use: shout, log: log}}]"
    ]
    done = profile(*(word for one in sets for word in ("--set", one)), "--offline")
    assert done.code == 2
    assert "movielens" in done.err
    assert (folder / "items.csv").read_text() == "id,profile\n1,Real\n"
    assert asked(folder) == []


def test_one_file_by_two_names_is_one(profile: Call, folder: Path) -> None:
    (folder / "items.csv").write_text("id,profile\n")
    (folder / "other.csv").symlink_to(folder / "items.csv")
    done = profile("--set", "data.profile.1.file=other.csv")
    assert done.code == 2
    assert "it is the file of item.profile and of user.taste" in done.err


def test_a_place_that_can_t_be_written_is_found_at_once(profile: Call, folder: Path) -> None:
    (folder / "items.csv").mkdir()
    done = profile("--only", "item.profile")
    assert done.code == 2
    assert "can't be written" in done.err
    assert asked(folder) == []
