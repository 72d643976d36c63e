"""Edge types that the data gives no edge, or few: whole runs say so, with counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import recbox
from recbox.errors import DataError, MissingDataError
from recbox.progress import Silent

SOURCE: dict[str, Any] = {"use": "table", "interaction": [{"path": "clicks.csv"}]}
TRIPLE = {"triple": [{"path": "triples.csv"}]}
LINK = {"link": [{"path": "links.csv"}]}
TRUST = [{"name": "trust", "between": "user", "path": "trust.csv"}]


class Heard(Silent):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def notice(self, message: str, level: str = "info") -> None:
        self.said.append((message, level))


def run(folder: Path, edge: Any, source: dict[str, Any], heard: Silent | None = None, **data: Any) -> None:
    """One epoch over ten users, each with eight of sixteen items."""
    rows = [f"u{u},{(u * 3 + n) % 16 + 100},{n}" for u in range(10) for n in range(8)]
    (folder / "clicks.csv").write_text("\n".join(["user,item,time", *rows]) + "\n")
    recipe = {
        "recbox": 1,
        "dim": 4,
        "data": {"source": SOURCE | source, "split": {"by": "user-random", "test": 0.25}} | data,
        "graph": {"edge": ["interaction", edge]},
        "layer": [{"use": "lightgcn"}],
        "train": {"epochs": 1},
        "evaluate": {"k": [3], "select": "ndcg@3", "baseline": []},
    }
    recbox.run(recipe, threads=1, data_dir=[folder], out=folder / "run", progress=heard or Silent())


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)


@pytest.mark.parametrize(
    ("triples", "links", "why"),
    [
        (
            "m1,of,drama\n",
            "900,m1\n",
            "1 triples read, 0 repeated, 0 of a node to itself, 1 from which no way",
        ),
        ("m1,of,drama\n", None, "1 triples read, 0 repeated, 0 of a node to itself, 1 from which no way"),
        ("", None, "0 triples read"),
        ("100,of,100\n", None, "1 triples read, 0 repeated, 1 of a node to itself, 0 from which no way"),
    ],
)
def test_knowledge_without_a_triple_is_refused(
    tmp_path: Path, triples: str, links: str | None, why: str
) -> None:
    write(tmp_path, triples="head,relation,tail\n" + triples)
    if links is not None:
        write(tmp_path, links="item,entity\n" + links)
    knowledge = TRIPLE if links is None else TRIPLE | LINK
    with pytest.raises(DataError, match="no edge of type `knowledge`") as caught:
        run(tmp_path, "knowledge", {"knowledge": knowledge})
    assert caught.value.where == "graph.edge"
    assert why in caught.value.why and str(tmp_path) in caught.value.why
    assert not (tmp_path / "run").exists()


def test_relations_named_of_knowledge_without_a_triple_are_not_the_fault(tmp_path: Path) -> None:
    write(tmp_path, triples="head,relation,tail\nm1,of,drama\n")
    with pytest.raises(DataError, match="no edge of type `knowledge`"):
        run(tmp_path, {"type": "knowledge", "relation": ["of"]}, {"knowledge": TRIPLE})


def test_a_relation_without_a_link_is_refused(tmp_path: Path) -> None:
    write(tmp_path, trust="source,target\nx1,x2\nx2,x3\nu1,u1\n")
    with pytest.raises(DataError, match=r"no edge of type `user-relation`") as caught:
        run(tmp_path, "user-relation", {"relation": TRUST})
    assert "trust: 3 links read, 2 with an unknown user, 1 of one to itself" in caught.value.why


def test_a_behaviour_without_an_event_is_refused(tmp_path: Path) -> None:
    write(tmp_path, view="user,item,time\nu1,101,99\nu2,102,99\n")
    at = {"columns": {"time": "time"}}
    files = [
        {"path": f"{name}.csv", "behaviour": what} | at for name, what in (("clicks", "buy"), ("view",) * 2)
    ]
    view, source = {"type": "behaviour", "by": "view"}, {"interaction": files}
    with pytest.raises(DataError, match=r"no edge of type `behaviour.view`") as caught:
        run(tmp_path, view, source, target="buy", split={"by": "leave-last"})
    assert "view: 2 events read, left out: 2 not before held out" in caught.value.why


def test_edges_that_are_made_and_find_no_pair_are_refused(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("id,shelf\n" + "".join(f"{i},shelf {i}\n" for i in range(100, 116)))
    item = [{"path": "items.csv", "columns": {"shelf": {}}}]
    near = {"type": "item-relation", "made": "nearest", "columns": ["shelf"]}
    with pytest.raises(DataError, match=r"no edge of type `item-relation.nearest`") as caught:
        run(tmp_path, near, {"item": item})
    assert "no two items are alike by their columns" in caught.value.why


def test_where_most_of_the_rows_are_left_out_a_notice_counts_them(tmp_path: Path) -> None:
    heard = Heard()
    write(tmp_path, trust="source,target\nx1,x2\nx2,x3\nu1,x1\nu1,u2\n")
    run(tmp_path, "user-relation", {"relation": TRUST}, heard)
    what = "user-relation: 3 of 4 links are left out, for they name users that the data doesn't have"
    assert (what, "warning") in heard.said


def test_links_and_triples_of_unknown_items_are_told_of(tmp_path: Path) -> None:
    heard = Heard()
    write(
        tmp_path,
        triples="head,relation,tail\na,of,x\nb,of,y\nc,of,z\n",
        links="item,entity\n100,a\n900,b\n901,c\n",
    )
    run(tmp_path, "knowledge", {"knowledge": TRIPLE | LINK}, heard)
    told = [what for what, _ in heard.said if what.startswith("knowledge: ")]
    assert told == [
        "knowledge: 2 of 3 links of entities are left out, for they name no item of the data",
        "knowledge: 2 of 3 triples are left out, for no way leads from them to an item of the data",
    ]


def test_little_that_is_left_out_is_not_told(tmp_path: Path) -> None:
    heard = Heard()
    write(tmp_path, trust="source,target\nu1,u2\nu2,u3\nu1,x1\n")
    run(tmp_path, "user-relation", {"relation": TRUST}, heard)
    assert not [what for what, _ in heard.said if "left out" in what]


def test_a_column_without_a_value_is_told_of(tmp_path: Path) -> None:
    heard = Heard()
    (tmp_path / "items.csv").write_text("id,empty,full\n" + "".join(f"{i},,a\n" for i in range(100, 116)))
    item = [{"path": "items.csv", "columns": {"empty": {}, "full": {}}}]
    near = {"type": "item-relation", "made": "nearest", "columns": ["full"]}
    run(tmp_path, near, {"item": item}, heard)
    assert ("the column 'empty' has no value for any of 16 items", "warning") in heard.said
    assert not [what for what, _ in heard.said if "'full'" in what]


@pytest.mark.parametrize(("edge", "advised"), [("interaction", True), ("knowledge", False)])
def test_made_data_is_advised_where_it_would_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edge: str, advised: bool
) -> None:
    """It has no triples, so that the advice would lead nowhere."""
    monkeypatch.setenv("RECBOX_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("RECBOX_DATA", raising=False)
    recipe = {
        "recbox": 1,
        "data": {"source": {"use": "movielens-100k", "knowledge": edge == "knowledge"}},
        "graph": {"edge": list(dict.fromkeys(["interaction", edge]))},
        "layer": [{"use": "lightgcn"}],
    }
    with pytest.raises(MissingDataError) as caught:
        recbox.run(recipe, threads=1, offline=True, out=tmp_path / "run")
    assert ("fallback: synthetic" in caught.value.instead) == advised
    assert "RECBOX_DATA" in caught.value.instead
