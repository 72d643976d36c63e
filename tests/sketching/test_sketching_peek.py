"""What a file looks like, from a few of its rows."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import polars as pl
import pytest

from recbox.errors import DataError
from recbox.sketching.peek import HEAD, peek


def written(folder: Path, text: str | bytes, name: str = "f.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize(
    ("text", "delimiter", "names"),
    [
        ("user,item\na,b\nc,d\n", None, ["user", "item"]),
        ("user;item;price\na;b;1,5\nc;d;2,5\n", ";", ["user", "item", "price"]),
        ("user|item\na|b\n", "|", ["user", "item"]),
        ("\ufeffuser,item\na,b\n", None, ["user", "item"]),
        ('user,item\na,"x, y"\nb,"z ""q"""\n', None, ["user", "item"]),
        ("user,item\r\na,b\r\n", None, ["user", "item"]),
        ("1,2\n3,4\n", None, [None, None]),
        ("a,b\nc,d\na,x\n", None, [None, None]),  # the first row comes again: a value, and no name
        ("s0,2024-01-01,i0\ns1,2024-01-02,i1\n", None, [None] * 3),  # a date is no name
        ("s0,i0\ns1,i1\ns2,i2\n", None, [None, None]),  # built as what is below
        ("user,item,,\n1,2,,\n3,4,,\n", None, ["user", "item"]),
        (",user_id,item_id\n0,a,b\n1,c,d\n", None, ["user_id", "item_id"]),  # an index without a name
        ("user,item,\na,b,\nc,d,\n", None, ["user", "item"]),
        ("user,item\na,b\nuser,item\nc,d\n", None, ["user", "item"]),  # two exports put together
        ("user::item\n1::2\n3::4\n", "::", ["user", "item"]),
        ("user item\n1 2\n3 4\n", " ", ["user", "item"]),
    ],
)
def test_delimiter_and_header_are_told(tmp_path, text, delimiter, names):
    found = peek(written(tmp_path, text))
    assert (found.delimiter, [column.name for column in found.columns]) == (delimiter, names)
    assert found.header == (names[0] is not None)


def test_tabs_make_a_tsv_whatever_its_name(tmp_path):
    found = peek(written(tmp_path, "user\titem\na\tb\n", "log.data"))
    assert (found.format, found.delimiter) == ("tsv", None)
    named_csv = peek(written(tmp_path, "user\titem\na\tb\n", "log.csv"))
    assert (named_csv.format, named_csv.delimiter) == ("csv", "\t")


@pytest.mark.parametrize(
    ("rows", "quote"),
    [
        (['a,"b, c"', 'd,"say ""so"""'], True),
        (['a,5" pipe', 'b,"Song" 7 live', "c,plain"], False),
        (['a,"over', 'two lines"', "b,c"], True),
    ],
)
def test_quotes_amid_text_enclose_nothing(tmp_path, rows, quote):
    assert peek(written(tmp_path, "\n".join(["user,item", *rows]) + "\n")).quote == quote


def test_values_are_those_of_whole_rows(tmp_path):
    found = peek(written(tmp_path, 'user,item\na,"x, y"\nshort\nb,z\n'))
    assert [column.values for column in found.columns] == [("a", "b"), ("x, y", "z")]


def test_what_is_no_utf8_is_latin(tmp_path):
    found = peek(written(tmp_path, "user,item\nann,Käse\n".encode("latin-1")))
    assert found.latin and found.columns[1].values == ("Käse",)


def test_a_few_broken_bytes_make_no_latin(tmp_path):
    rows = [f"ann{n},Käse" for n in range(9)]
    text = "user,item\n" + "\n".join(rows)
    found = peek(written(tmp_path, text.encode() + b"\nbob,\xff\n"))
    assert not found.latin and "Käse" in found.columns[1].values


def test_json_lines_have_the_keys_of_all_rows(tmp_path):
    rows = [{"u": 1, "tags": ["a", "b"]}, {"u": 2, "i": "x", "deep": {"a": 1}}]
    found = peek(written(tmp_path, "\n".join(map(json.dumps, rows)) + "\nbroken\n", "f.jsonl"))
    assert {c.name: c.values for c in found.columns} == {"u": ("1", "2"), "tags": ("a|b", ""), "i": ("", "x")}
    assert [c.listed for c in found.columns] == [False, True, False]


def test_parquet_is_told_by_its_bytes(tmp_path):
    path = tmp_path / "f.bin"
    pl.DataFrame({"user": [1, None], "at": [None, "2024-01-01"]}).write_parquet(path)
    found = peek(path)
    assert found.format == "parquet"
    assert [column.values for column in found.columns] == [("1", ""), ("", "2024-01-01")]


def test_a_large_parquet_is_looked_at_to_its_end(tmp_path):
    kinds = ["view"] * 30_000 + ["buy"] * 2_000
    pl.DataFrame({"user": range(32_000), "kind": kinds}).write_parquet(tmp_path / "data[1].parquet")
    assert set(peek(tmp_path / "data[1].parquet").columns[1].values) == {"view", "buy"}


def test_a_large_file_is_looked_at_in_several_places(tmp_path):
    rows = 3 * HEAD // 10
    lines = "\n".join(f"u{n // (rows // 4)},i{n % 7:04}" for n in range(rows))
    found = peek(written(tmp_path, f"user,item\n{lines}\n"))
    assert {"u0", "u1", "u3"} < set(found.columns[0].values)
    assert set(map(len, found.columns[1].values)) == {5}  # no line that was cut


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "f.csv", "the file is empty"),
        (gzip.compress(b"user,item\n"), "f.csv", "the file is gzip"),
        (b"PK\x03\x04rest", "f.xlsx", "zip or Excel"),
        ("user,item\n".encode("utf-16"), "f.csv", "UTF-16"),
        (b"user,item\n\0\0", "f.csv", "NUL"),
        (b"just\nsome\nwords\n", "f.csv", "no columns can be told apart"),
        (b"Sales 2024\n\nuser,item\na,b\nc,d\n", "f.csv", "no header: it has 1 field, and most have 2"),
        (b"user,item\n1,a,b\n2,c,d\n", "f.csv", "the header has 2 fields, and most rows have 3"),
        ("顧客番号,商品\n1,2\n3,4\n".encode("shift-jis"), "f.csv", "no column has a name"),
        (b"7\n8\n", "f.jsonl", "no line is a JSON object"),
        (b'[{"user": 1}]', "f.jsonl", "a JSON array"),
        (b"sep=;\nuser;item\na;b\n", "f.csv", "Excel's `sep=`"),
        (b"user,item\ra,b\rc,d\r", "f.csv", "a carriage return alone"),
        (b"user,user\na,b\n", "f.csv", "the header has 'user' twice"),
        (b"user,item\n", "f.parquet", "no Parquet"),
        (b"PAR1 and no more", "f.parquet", "no Parquet"),
    ],
)
def test_what_can_not_be_read_is_told(tmp_path, content, name, said):
    with pytest.raises(DataError, match=said) as caught:
        peek(written(tmp_path, content, name))
    assert caught.value.where.removesuffix(":1").endswith(name)


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()])
def test_what_is_no_file_is_told(tmp_path, make):
    make(tmp_path / "f")
    with pytest.raises(DataError, match="can't read"):
        peek(tmp_path / "f")


def test_a_quote_that_nothing_closes_hides_no_row(tmp_path):
    text = 'user,"item\n' + "a,b\n" * 60_000
    assert len(peek(written(tmp_path, text)).columns[1].values) > 10_000
