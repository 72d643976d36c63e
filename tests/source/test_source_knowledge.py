"""Files of triples and links, of RecBole, beside MovieLens and of one's own: good rows, and each bad one."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recbox.context import Context
from recbox.data import Tables, assemble
from recbox.errors import DataError
from recbox.recipe.blocks import Clean
from recbox.source.movielens import MovieLens100K
from recbox.source.recbole import RecBoleAtomic
from recbox.source.table import Table

INTER = "user_id:token\titem_id:token\na\t1\nb\t2\nb\t3\n"
KG = "head_id:token\trelation_id:token\ttail_id:token\n"
LINK = "item_id:token\tentity_id:token\n"


def atomic(folder: Path, kg: bytes | str, link: bytes | str, inter: str = INTER) -> Tables:
    (folder / "toy").mkdir(exist_ok=True)
    for kind, text in (("inter", inter), ("kg", kg), ("link", link)):
        raw = text.encode() if isinstance(text, str) else text
        (folder / "toy" / f"toy.{kind}").write_bytes(raw)
    options = RecBoleAtomic(folder="toy", knowledge=True)
    context = Context(folder=folder, data_dir=(folder,), offline=True)
    assert options.provides(context).edges == {"interaction", "knowledge"}
    return options.read(context)


def triples(found: Tables) -> list[tuple[str, ...]]:
    assert found.knowledge is not None
    return found.knowledge.triple.rows()


def links(found: Tables) -> list[tuple[str, ...]]:
    assert found.knowledge is not None
    assert found.knowledge.link is not None
    return found.knowledge.link.rows()


def test_atomic_files_keep_ids_as_they_are_written(tmp_path: Path) -> None:
    found = atomic(tmp_path, KG + "007\tr\t7\n7\tr\tm.1\n", LINK + "1\t007\n3\t7\n")
    assert triples(found) == [("007", "r", "7"), ("7", "r", "m.1")]
    assert links(found) == [("1", "007"), ("3", "7")]
    data = assemble(found, Clean())
    assert data.entity.ids.to_list() == ["m.1"]


def test_bad_rows_are_told_with_their_lines(tmp_path: Path) -> None:
    kg = KG.encode() + b"m\tr\tn\n\tr\tn\nm\t \tn\nm\tr\nm\tr\t\xff\nm\tr\t" + b"x" * 1001 + b"\n"
    found = atomic(tmp_path, kg, LINK + "1\tm\n2\tm\n3\t\n")
    assert triples(found) == [("m", "r", "n")]
    assert links(found) == [("1", "m")]
    told = [(Path(bad.file).name, bad.line, bad.reason) for bad in found.bad]
    assert sorted(told) == [
        ("toy.kg", 3, "no head"),
        ("toy.kg", 4, "no relation"),
        ("toy.kg", 5, "2 fields where 3 were expected"),
        ("toy.kg", 6, "byte 0xFF at byte 5 of the line is not UTF-8"),
        ("toy.kg", 7, "the tail is longer than 1000 bytes"),
        ("toy.link", 3, "the entity is linked to an item already"),
        ("toy.link", 4, "no entity"),
    ]
    assert found.bad_count == 7
    with pytest.raises(DataError, match="7 bad rows in other files than those of the interactions"):
        assemble(found, Clean())
    assert assemble(found, Clean(bad="skip")).facts["bad_elsewhere"] == 7


def test_a_name_that_no_artifact_holds_is_a_bad_row(tmp_path: Path) -> None:
    longest, longer = "é" * 1000, "r" * 1001
    found = atomic(tmp_path, KG + f"m\t{longest}\tx\nm\t{longer}\tx\n", LINK + "1\tm\n")
    told = [(Path(bad.file).name, bad.line, bad.reason) for bad in found.bad]
    assert told == [("toy.kg", 3, "the relation is longer than 1000 characters")]
    assert triples(found) == [("m", longest, "x")]


def test_bad_rows_are_told_apart_by_where_they_are(tmp_path: Path) -> None:
    found = atomic(tmp_path, KG + "m\t\tx\n", LINK + "1\tm\n", INTER + "\t4\n")
    with pytest.raises(DataError, match="2 bad rows: 1 of 4 rows of interactions, and 1 in other files"):
        assemble(found, Clean())


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    atomic(tmp_path, KG, LINK)
    (tmp_path / "toy" / "toy.link").unlink()
    options = RecBoleAtomic(folder="toy", knowledge=True)
    context = Context(folder=tmp_path, data_dir=(tmp_path,), offline=True)
    assert options.absent(context) == ("toy/toy.inter", "toy/toy.kg", "toy/toy.link")
    with pytest.raises(DataError, match=r"toy\.link"):
        options.read(context)
    assert RecBoleAtomic(folder="toy").read(context).knowledge is None


@pytest.mark.parametrize("header", ["", "head\trelation\ttail\n", "head_id:token\trelation_id:token\n"])
def test_a_header_without_its_columns_is_refused(tmp_path: Path, header: str) -> None:
    with pytest.raises(DataError):
        atomic(tmp_path, header, LINK)


@settings(max_examples=60)
@given(st.binary(max_size=120), st.binary(max_size=80))
def test_whatever_is_in_the_files_is_a_row_or_a_bad_row_or_refused(kg: bytes, link: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = atomic(Path(folder), KG.encode() + kg, LINK.encode() + link)
        except DataError:
            return
        data = assemble(found, Clean(bad="skip"))
    assert data.facts["triples_read"] == len(triples(found))
    lines = [line for line in (kg + b"\n").replace(b"\r\n", b"\n").split(b"\n") if line]
    assert len(triples(found)) <= len(lines)


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\t\n\r\0"), min_size=1, max_size=8)


@settings(max_examples=60)
@given(st.lists(st.tuples(WORDS, WORDS, WORDS).filter(lambda row: all(w.strip() for w in row)), max_size=12))
def test_good_triples_are_all_read(rows: list[tuple[str, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        text = KG + "".join("\t".join(row) + "\n" for row in rows)
        found = atomic(Path(folder), text, LINK)
    assert triples(found) == [(head, relation.strip(), tail) for head, relation, tail in rows]
    assert not found.bad_count


def own(folder: Path, knowledge: dict[str, Any], **files: str) -> Tables:
    for name, text in {"a": "user,item\nu,i1\nu,i2\n", **files}.items():
        (folder / f"{name}.csv").write_text(text)
    options = Table.parse({"interaction": [{"path": "a.csv"}], "knowledge": knowledge})
    context = Context(folder=folder)
    assert "knowledge" in options.provides(context).edges
    return options.read(context)


def test_tables_of_ones_own(tmp_path: Path) -> None:
    found = own(
        tmp_path,
        {
            "triple": [
                {"path": "t.csv"},
                {"path": "u.csv", "header": False, "delimiter": ";", "columns": {"head": 3, "tail": 1}},
            ],
            "link": [{"path": "l.csv", "columns": {"item": "film", "entity": "node"}}],
        },
        t='head,relation,tail\ne1,by,"p, q"\n',
        u="p2;by;e2\n",
        l="node,film\ne1,i1\ne2,i2\n",
    )
    assert triples(found) == [("e1", "by", "p, q"), ("e2", "by", "p2")]
    data = assemble(found, Clean())
    assert data.entity.ids.to_list() == ["p, q", "p2"]
    assert data.facts["triples"] == 2


def test_without_a_link_file_items_are_in_the_triples(tmp_path: Path) -> None:
    found = own(tmp_path, {"triple": [{"path": "t.csv"}]}, t="head,relation,tail\ni1,like,i2\n")
    assert found.knowledge is not None
    assert found.knowledge.link is None
    assert not len(assemble(found, Clean()).entity)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no file t\.csv"):
        own(tmp_path, {"triple": [{"path": "t.csv"}]})


def test_movielens_with_what_recbole_has_of_it(data_dir: Path) -> None:
    options, context = MovieLens100K(knowledge=True), Context(data_dir=(data_dir,), offline=True)
    data = assemble(options.read(context), Clean())
    assert (data.facts["triples"], len(data.entity)) == (91_631, 33_030)
    assert data.knowledge is not None
    assert len(data.knowledge.relations) == 24
    assert MovieLens100K().read(context).knowledge is None


def test_movielens_without_the_files_says_where_they_belong(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECBOX_DATA", "")
    monkeypatch.setenv("RECBOX_CACHE", str(tmp_path / "cache"))
    (tmp_path / "ml-100k").mkdir()
    for name in ("u.data", "u.item", "u.user"):
        (tmp_path / "ml-100k" / name).write_bytes((data_dir / "ml-100k" / name).read_bytes())
    with pytest.raises(DataError, match="triples about MovieLens 100K were not found") as caught:
        MovieLens100K(knowledge=True).read(Context(data_dir=(tmp_path,), offline=True))
    assert "knowledge: false" in caught.value.instead
