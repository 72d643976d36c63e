"""The table source: formats, column maps, roles, several files, and bad rows with their lines."""

from __future__ import annotations

import json

import polars as pl
import pytest
from pydantic import ValidationError

from recbox.context import Context
from recbox.data import Column, assemble, split
from recbox.errors import DataError
from recbox.recipe.blocks import Clean, Split
from recbox.source import _delimited
from recbox.source.table import Table

ALL = {"weight": "weight", "time": "time"}


def rows(tables, *names):
    return tables.interaction.select(*names).rows()


def test_csv_with_a_header_and_a_map(read):
    tables = read("uid;x;sku;stars;ts\n7;?;a;4.5;100\n8;?;b;1;200\n", delimiter=";",
                  columns={"user": "uid", "item": "sku", "weight": "stars", "time": "ts"})  # fmt: skip
    assert rows(tables, "user", "item", "weight", "time", "line") == [
        (7, "a", 4.5, 100, 2),
        (8, "b", 1.0, 200, 3),
    ]
    assert tables.rows == 2 and tables.bad_count == 0


def test_positions_where_there_is_no_header(read):
    tables = read("5\t1\t2\n6\t3\t4\n", "a.tsv", header=False, columns={"user": 2, "item": 3, "weight": 1})
    assert rows(tables, "user", "item", "weight") == [(1, 2, 5.0), (3, 4, 6.0)]
    assert rows(read("5\t1\n", "b.tsv", header=False), "user", "item") == [(5, 1)]


def test_jsonl(read):
    lines = [
        '{"user": 1, "item": "a", "time": "2020-01-01"}',
        "",
        '{"user": 2, "item": 3, "time": 5.9}',
        "[]",
    ]
    lines += ['{"user": 1}', '{"user": NaN, "item": 1, "time": 1}', '{"user": {}, "item": 1}']
    tables = read("\n".join(lines), "a.jsonl", columns={"time": "time"})
    assert rows(tables, "user", "item", "time", "line") == [(1, "a", 1_577_836_800, 1), (2, "3", 5, 3)]
    assert [bad.line for bad in tables.bad] == [4, 5, 6, 7]
    assert tables.rows == 6 and tables.bad_count == 4


def test_parquet(tmp_path):
    when = pl.Series(["1969-12-31T23:59:59", "2020-01-01T00:00:00", None]).str.to_datetime()
    frame = pl.DataFrame({"user": [1, 2, 3], "item": ["a", "b", "c"], "time": when, "tag": [["x"], [], None]})
    frame.write_parquet(tmp_path / "a.parquet")
    interaction = {"path": "a.parquet", "columns": {"time": "time"}}
    item = {"path": "a.parquet", "id": "item", "columns": {"tag": {"type": "multi"}}}
    tables = Table.parse({"interaction": [interaction], "item": [item]}).read(Context(folder=tmp_path))
    assert rows(tables, "user", "item", "time") == [(1, "a", -1), (2, "b", 1_577_836_800)]
    assert [(bad.line, bad.reason) for bad in tables.bad] == [(3, "no time")]
    assert tables.item["tag"].to_list() == [["x"], None, None]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + bytes(100) + b"PAR1"])
def test_a_damaged_parquet_is_a_clear_error(read, content):
    with pytest.raises(DataError, match="Parquet"):
        read(content, "a.parquet")


def test_ids_are_integers_only_if_all_are_written_so(read):
    assert read("user,item\n7,-1\n8,0\n").interaction.schema["item"] == pl.Int64
    tables = read("user,item\n007,1\n8,+1\n")
    assert rows(tables, "user", "item") == [("007", "1"), ("8", "+1")]
    assert read("user,item\n9223372036854775808,1\n").interaction["user"].to_list() == ["9223372036854775808"]


def test_times_of_every_form(read):
    text = "user,item,time\n1,1,881250949\n1,2,1500000000000\n1,3,1969-12-31\n1,4,2020-02-29T12:30:00+02:00\n"
    times = read(text, columns={"time": "time"}).interaction["time"].to_list()
    assert times == [881_250_949, 1_500_000_000, -86_400, 1_582_972_200]
    assert read("user,item,time\n1,1,5000\n", columns={"time": "time"}, time="milliseconds").interaction[
        "time"
    ].to_list() == [5]


def test_every_kind_of_bad_row_is_named_with_its_line(read, lines):
    text = (
        "user,item,weight,time\n1,1,1,1\n,1,1,1\n1, ,1,1\n1,1,x,1\n1,1,nan,1\n1,1,1e39,1\n1,1,,1\n1,1,1,x\n"
        "1,1,1,\n1,1,1,99999999999999999999\n1,1\n1,1,1,1,1\n\n" + "u" * 1001 + ",1,1,1\n2,2,2,2\n"
    )
    tables = read(text, columns=ALL)
    assert lines(tables) == {
        3: "no user",
        4: "no item",
        5: "weight 'x' is not a finite number",
        6: "weight 'nan' is not a finite number",
        7: "weight '1e39' is not a finite number",
        8: "no weight",
        9: "time 'x' is not a time",
        10: "no time",
        11: "time '99999999999999999999' is not a time",
        12: "2 fields where 4 were expected",
        13: "5 fields where 4 were expected",
        15: "the user is longer than 1000 bytes",
    }
    assert tables.rows == 14 and tables.bad_count == 12
    assert tables.interaction["line"].to_list() == [2, 16]


def test_bytes_that_are_no_text(read, lines):
    tables = read(b"user,item\n1,caf\xc3\xa9\n2,caf\xe9\n3,a\0b\n4,\xff\xfe\n5,d\n")
    assert lines(tables) == {
        3: "byte 0xE9 at byte 6 of the line is not UTF-8",
        4: "the line holds a NUL byte",
        5: "byte 0xFF at byte 3 of the line is not UTF-8",
    }
    assert rows(tables, "user", "item") == [(1, "café"), (5, "d")]
    latin = read(b"user,item\n1,caf\xe9\n", encoding="latin-1")
    assert rows(latin, "user", "item") == [(1, "café")]


def test_marks_and_line_ends_of_other_systems(read):
    for text in (b"\xef\xbb\xbfuser,item\r\n1,2\r\n3,4", b'\xef\xbb\xbfuser,item\r\n1,2\r\n3,"4"'):
        tables = read(text)
        assert rows(tables, "user", "item") == [(1, 2), (3, 4)]
        assert tables.bad_count == 0
    with pytest.raises(DataError, match="UTF-16"):
        read("user,item\n1,2\n".encode("utf-16"))


def test_quotes(read, lines):
    text = 'user,item\n"a","x,y"\nb,"two\nlines"\nc,"say ""so"""\nd,5" pipe\ne,"open\nf,x\n'
    tables = read(text)
    assert rows(tables, "user", "item", "line") == [
        ("a", "x,y", 2), ("b", "two\nlines", 3), ("c", 'say "so"', 5), ("d", '5" pipe', 6), ("f", "x", 8),
    ]  # fmt: skip
    assert lines(tables) == {7: "a quote is never closed"}
    assert rows(read('user,item\n"a,1\n', quote=False), "user", "item") == [('"a', 1)]


def test_a_quote_that_stays_open_does_not_swallow_the_file(read, lines):
    text = "user,item\n" + '1,"open\n' + "".join(f"{i},{i}\n" for i in range(1000))
    tables = read(text)
    assert tables.interaction.height == 1000 and lines(tables) == {2: "a quote is never closed"}


def test_a_line_of_ten_megabytes_is_one_bad_row(read, lines):
    text = "user,item\n1,1\n2," + "x" * 10_000_000 + "\n3,3\n"
    for content in (text, text.replace("3,3", '3,"3"')):
        tables = read(content)
        assert rows(tables, "user", "item") == [(1, 1), (3, 3)]
        assert lines(tables) == {3: "the line is overlong (10000002 bytes)"}


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("user,item,item\n1,1,1\n", {}, "'item' twice"),
        ("user,itme\n1,1\n", {}, "did you mean 'itme'"),
        ("", {}, "empty"),
        ("a\n", {"header": False}, "no column 2"),
        (b"user,\xff\n1,1\n", {}, "header is not utf-8"),
        ("user,item\n1,1\n", {"columns": {"user": 9}}, "no column 9"),
    ],
)
def test_a_file_that_cannot_be_read_at_all(read, text, options, message):
    with pytest.raises(DataError, match=message):
        read(text, **options)


def test_a_missing_file_says_where_to_put_it(tmp_path, read):
    table = Table.parse({"interaction": [{"path": "none.csv"}]})
    with pytest.raises(DataError, match=rf"put it at {tmp_path}/none\.csv"):
        table.read(Context(folder=tmp_path))
    with pytest.raises(DataError, match="ending"):
        read("user,item\n1,1\n", "a.dat")


def test_files_behaviours_parts_and_data_directories(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "view.csv").write_text("user,item\n1,1\n1,2\n")
    (tmp_path / "data" / "buy.csv").write_text("user,item\n1,x\n")
    table = Table.parse(
        {
            "interaction": [
                {"path": "view.csv", "behaviour": "view", "part": "train"},
                {"path": "buy.csv", "behaviour": "buy", "part": "test"},
            ]
        }
    )
    context = Context(folder=tmp_path, data_dir=(tmp_path / "data",))
    tables = table.read(context)
    assert rows(tables, "user", "item", "behaviour", "part") == [
        (1, "1", "view", "train"), (1, "2", "view", "train"), (1, "x", "buy", "test"),
    ]  # fmt: skip
    assert table.provides(context).part is True
    assert table.provides(context).behaviours == ("buy", "view")
    parts = split(assemble(tables, Clean()), Split(by="given", valid=0), context)
    assert (len(parts.train), len(parts.test)) == (2, 1)


@pytest.mark.parametrize(
    ("files", "known"),
    [
        ([{}], ()),
        ([{"behaviour": "view"}, {"behaviour": "buy"}, {"behaviour": "view"}], ("buy", "view")),
        ([{"behaviour": "view"}, {}], ("interaction", "view")),
        ([{"behaviour": "view"}, {"columns": {"behaviour": "what"}}], None),
    ],
)
def test_behaviours_are_known_where_files_name_them(files, known):
    table = Table.parse({"interaction": [{"path": f"{i}.csv", **file} for i, file in enumerate(files)]})
    assert table.provides(Context()).behaviours == known


def test_part_and_behaviour_as_columns(read, lines):
    tables = read(
        "user,item,b,p\n1,1,view,train\n1,2,,test\n1,3,buy,later\n", columns={"behaviour": "b", "part": "p"}
    )
    assert rows(tables, "item", "behaviour", "part") == [(1, "view", "train")]
    assert lines(tables) == {3: "no behaviour", 4: "the part 'later' is not train, valid or test"}


def test_features_roles_and_relations(tmp_path):
    (tmp_path / "a.csv").write_text("user,item\n1,a\n2,b\n")
    (tmp_path / "items.csv").write_text(
        "sku,name,g,price\na,Ant,x|y,1.5\nb,Bee,,\na,Again,z,1\nc,Cat,z,cheap\n"
    )
    (tmp_path / "more.jsonl").write_text(json.dumps({"sku": "b", "about": "It hums.", "g": ["k"]}) + "\n")
    (tmp_path / "trust.tsv").write_text("1\t2\t0.5\n2\t1\tx\n")
    table = Table.parse(
        {
            "interaction": [{"path": "a.csv"}],
            "item": [
                {
                    "path": "items.csv",
                    "id": "sku",
                    "columns": {
                        "title": {"column": "name", "type": "text", "role": "title"},
                        "genre": {"column": "g", "type": "multi"},
                        "price": {"type": "numeric"},
                    },
                },
                {"path": "more.jsonl", "id": "sku", "columns": {"about": {"type": "text", "role": "text"}}},
            ],
            "relation": [
                {
                    "name": "trust",
                    "between": "user",
                    "path": "trust.tsv",
                    "header": False,
                    "columns": {"weight": 3},
                }
            ],
        }
    )
    provides = table.provides(Context(folder=tmp_path))
    assert provides.edges == {"interaction", "user-relation"}
    assert provides.columns["item"] == {
        "title": "text",
        "genre": "multi",
        "price": "numeric",
        "about": "text",
    }
    tables = table.read(Context(folder=tmp_path))
    assert Column("title", "text", "title") in tables.columns["item"]
    assert sorted((bad.line, bad.reason) for bad in tables.bad) == [
        (2, "weight 'x' is not a finite number"),
        (4, "the id was there already"),
        (5, "price 'cheap' is not a finite number"),
    ]
    data = assemble(tables, Clean(bad="skip"))
    assert data.item.table.to_dicts() == [
        {"id": "a", "title": "Ant", "genre": ["x", "y"], "price": 1.5, "about": None},
        {"id": "b", "title": "Bee", "genre": None, "price": None, "about": "It hums."},
    ]
    assert data.relation["trust"].weight.tolist() == [0.5]
    assert (data.facts["bad"], data.facts["bad_elsewhere"]) == (0, 3)


@pytest.mark.parametrize(
    "options",
    [
        {"interaction": []},
        {"interaction": [{"path": "a"}], "nonsense": 1},
        {"interaction": [{"path": "a", "header": False, "columns": {"user": "uid"}}]},
        {"interaction": [{"path": "a", "part": "train", "columns": {"part": "p"}}]},
        {"interaction": [{"path": "a", "columns": {"time": "t"}}, {"path": "b"}]},
        {"interaction": [{"path": "a"}], "item": [{"path": "b", "columns": {"id": {}}}]},
        {"interaction": [{"path": "a"}], "item": [{"path": "b", "header": False, "columns": {"x": {}}}]},
    ],
)
def test_options_that_make_no_sense_are_known_before_a_file_is_read(options):
    with pytest.raises(ValidationError):
        Table.parse(options)


def test_blocks_join_without_a_seam(read, monkeypatch):
    text = "user,item\n" + "".join(f"{i},x{i}\n" if i % 7 else "bad\n" for i in range(500))
    whole = read(text)
    monkeypatch.setattr(_delimited, "BLOCK", 64)
    pieces = read(text)
    assert pieces.interaction.equals(whole.interaction)
    assert pieces.bad == whole.bad and pieces.bad_count == whole.bad_count == 72


@pytest.mark.parametrize(
    ("delimiter", "name"),
    [("\n", "line feed"), ("\r", "carriage"), ('"', "quote"), ("\0", "NUL"), (",\n", "line")],
)
def test_what_means_something_else_is_no_delimiter(delimiter, name):
    with pytest.raises(ValidationError, match=name):
        Table.parse({"interaction": [{"path": "a.csv", "delimiter": delimiter}]})


def test_files_are_located_or_named(tmp_path):
    context = Context(folder=tmp_path / "recipe", data_dir=(tmp_path / "data",))
    table = Table.parse(
        {"interaction": [{"path": "a.csv"}], "item": [{"path": "b.csv", "columns": {"x": {}}}]}
    )
    assert table.locate(context) is None and table.absent(context) == ("a.csv", "b.csv")
    for folder, name in (("data", "a.csv"), ("recipe", "b.csv")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).touch()
        (tmp_path / folder / "c.csv").mkdir()
    assert table.locate(context) == tmp_path / "data" and table.absent(context) == ()
    assert Table.parse({"interaction": [{"path": "c.csv"}]}).absent(context) == ("c.csv",)
