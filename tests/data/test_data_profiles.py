"""Files of profiles: what is read back, what is refused and where, and how the texts join the data."""

from __future__ import annotations

import dataclasses
import resource
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recbox.data import Tables
from recbox.data.dataset import Dataset, Interactions, Nodes
from recbox.data.profile_file import Row, digest, made, read_profile, write_profile
from recbox.data.profiles import Sheet
from recbox.data.texts import texts
from recbox.errors import DataError
from recbox.recipe.profile import Profile
from recbox.recipe.prompting import parse_prompt
from recbox.recipe.recipe import Profiling
from recbox.recipe.template import parse

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
KEY = TEXT.filter(lambda text: text.strip() != "")


@given(st.dictionaries(KEY, TEXT, max_size=6))
def test_any_text_reads_back(tmp_path_factory: pytest.TempPathFactory, rows: dict[str, str]) -> None:
    """Commas, quotes, breaks, NUL, any script; what a person wrote and what a writer did."""
    path = tmp_path_factory.mktemp("texts") / "t.csv"
    kept = {
        key: made("asked", "who", "v1", text) if len(key) % 2 else Row(text) for key, text in rows.items()
    }
    write_profile(path, "note", kept)
    assert read_profile(path, "note") == kept
    assert [p.name for p in path.parent.iterdir()] == ["t.csv"]


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("bytes") / "t.csv"
    path.write_bytes(b"id,note\n" + data)
    try:
        rows = read_profile(path, "note")
    except DataError as error:
        assert str(path) in error.where
    else:
        assert all(key.strip() for key in rows)


@pytest.mark.parametrize(
    ("data", "where", "what"),
    [
        (b"", "", "the file is empty"),
        (b"id,text\n", "", "no column 'note'"),
        (b"id,note,mad\n", "", "'mad' is not known"),
        (b"id,note,id\n", "", "'id' stands twice"),
        (b"id,note\n1,a,b\n", ":2", "3 fields, and the header has 2"),
        (b"id,note\n1\n", ":2", "1 fields"),
        (b"id,note\n1,a\n\n1,b\n", ":4", "'1' stands twice: first in line 2"),
        (b'id,note\n1,a\n2,"b\n3,c\n', ":3", "unexpected end of data"),
        (b"id;note\n1;a\n", "", "no column 'id'"),
        (b"id\tnote\n1\ta\n", "", "no column 'id'"),
        (b"id,note,\n1,a,\n", "", "the column '' is not known"),
        (b"id,note\n ,a\n", ":2", "no id"),
        (b'id,note\n1,"a\n', ":2", "unexpected end of data"),
        (b'id,note\n1,"a"b\n', ":2", "expected after"),
        (b"id,note\n1,\xff\n", "", "not UTF-8"),
        (b"\xff\xfei\0d\0", "", "not UTF-8"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, data: bytes, where: str, what: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    with pytest.raises(DataError) as caught:
        read_profile(path, "note")
    assert what in caught.value.what
    assert caught.value.where == f"{path}{where}"
    assert caught.value.instead or caught.value.why


def test_a_spreadsheet_s_file_is_read(tmp_path: Path) -> None:
    """With a byte-order mark, CRLF, columns in another order and case, spaces in the header, no `made`; what
    is written for it has the mark too."""
    path = tmp_path / "t.csv"
    path.write_bytes('\ufeffNote, Id\r\n"two\r\nlines",7\r\n,8\r\n'.encode())
    rows = read_profile(path, "note")
    assert rows == {"7": Row("two\r\nlines"), "8": Row("")}
    write_profile(path, "note", rows)
    assert path.read_bytes().startswith(b"\xef\xbb\xbfid,note,made\n")
    assert read_profile(path, "note") == rows


def test_a_text_of_any_length_reads_back(tmp_path: Path) -> None:
    rows = {"1": Row("long " * 100_000)}
    write_profile(tmp_path / "t.csv", "note", rows)
    assert read_profile(tmp_path / "t.csv", "note") == rows


def test_a_link_stays_and_so_do_permissions(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    real, link = tmp_path / "real" / "t.csv", tmp_path / "t.csv"
    write_profile(real, "note", {"1": Row("old")})
    real.chmod(0o600)
    link.symlink_to(real)
    write_profile(link, "note", {"1": Row("new")})
    assert link.is_symlink()
    assert read_profile(real, "note") == {"1": Row("new")}
    assert real.stat().st_mode & 0o777 == 0o600


def test_only_what_a_writer_wrote_and_nobody_changed_is_the_writer_s() -> None:
    row = made("asked", "who", "v1", "text")
    assert not row.kept
    assert row.of == (digest("asked"), "who", "v1")
    assert row._replace(text="other").kept
    assert row._replace(made="").kept
    assert row._replace(made=row.made[:-1]).kept
    assert Row("text").kept


def test_a_disk_that_takes_no_more_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    write_profile(path, "note", {"1": Row("old")})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(DataError, match="can't be written"):
            write_profile(path, "note", {"1": Row("new" * 1000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert read_profile(path, "note") == {"1": Row("old")}
    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]


PROFILE = Profiling(Profile(node="item", column="note", file="t.csv"), None)


def tables(item: pl.DataFrame | None, ids: list[object]) -> Tables:
    kind = pl.Int64 if isinstance(ids[0], int) else pl.String
    frame = pl.DataFrame({"user": ["a"] * len(ids), "item": ids}, schema={"user": pl.String, "item": kind})
    return Tables("made", frame, item=item, rows=len(ids))


def test_texts_join_by_id() -> None:
    """Whole numbers as whole numbers; a blank text is a missing one; an id without features gets a row."""
    known = pl.DataFrame({"id": [1, 2], "title": ["one", "two"]})
    rows = {
        "1": Row("first"),
        "2": Row("  "),
        "3": Row(" third "),
        "x": Row("nobody"),
        "9": Row("unseen"),
        "01": Row("no"),
    }
    joined = Sheet(PROFILE, Path("t.csv"), rows).joined(tables(known, [2, 3, 1, 4]))
    assert joined.item is not None
    assert joined.item.rows() == [(1, "one", "first"), (2, "two", None), (3, None, "third")]
    assert [(c.name, c.type) for c in joined.columns["item"]] == [("note", "text")]


def test_a_data_set_without_features_has_the_text_alone() -> None:
    joined = Sheet(PROFILE, Path("t.csv"), {"b": Row("text")}).joined(tables(None, ["b", "c", "b"]))
    assert joined.item is not None
    assert joined.item.rows() == [("b", "text")]


def test_a_column_that_is_there_already_is_refused() -> None:
    known = pl.DataFrame({"id": [1], "note": ["one"]})
    with pytest.raises(DataError, match="have a column 'note' already"):
        Sheet(PROFILE, Path("t.csv"), {}).joined(tables(known, [1]))


def world(time: list[int] | None = None) -> Dataset:
    """Users a, b; items 1, 2, 3 with titles; a had 1, 2, 1, 3 and b had 3."""
    import numpy as np

    users = Nodes(pl.DataFrame({"id": ["a", "b"], "age": [31.0, None]}))
    items = Nodes(pl.DataFrame({"id": [1, 2, 3], "title": ["One", None, "Three"]}))
    x = Interactions(
        np.array([0, 0, 0, 0, 1]),
        np.array([0, 1, 0, 2, 2]),
        np.ones(5, np.float32),
        None if time is None else np.array(time),
    )
    return Dataset("made", users, items, x)


def test_prompts_of_a_history() -> None:
    """What has no title is not in it, and counts among the last ones."""
    told = parse_prompt("Aged {age}. Liked: {history}. Who?")
    found = texts(world(), "user", told, parse("{title}"), 3)
    assert found == ["Aged 31. Liked: Three; One. Who?", "Liked: Three. Who?"]
    assert texts(world(), "user", told, parse("{title}"), 1)[0] == "Aged 31. Liked: Three. Who?"
    gone = dataclasses.replace(world(), interaction=world().interaction.take(pl.Series([1]).to_numpy()))
    assert texts(gone, "user", told, parse("{title}"), 3) == ["Aged 31. Who?", ""]
