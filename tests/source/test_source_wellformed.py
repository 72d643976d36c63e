"""Blocks that are parsed at one go give what looking at each line gives, or are left to that."""

from __future__ import annotations

import calendar
from datetime import datetime

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recbox.context import Context
from recbox.data import assemble
from recbox.errors import DataError
from recbox.recipe.blocks import Clean
from recbox.source import _delimited, _structured
from recbox.source._times import seconds_of, usual
from recbox.source._wellformed import parse_block
from recbox.source.table import Table

INTEGERS = ["7", "0", "-5", "12", "9223372036854775807", "1500000000000", "3"]
VALUES = [
    *INTEGERS,
    "007",
    "+7",
    "-0",
    " 8",
    "8 ",
    "",
    "9223372036854775808",
    "1.5",
    "1e3",
    "x",
    "é",
    "\0",
    "\r",
]
COLUMNS = {"user": "user", "item": "item", "weight": "weight", "time": "time"}


def table(path, **options):
    return Table.parse({"interaction": [{"path": path.name, "columns": COLUMNS, **options}]}).read(
        Context(folder=path.parent)
    )


def said(path, **options):
    """All that reading a file says."""
    try:
        tables = table(path, **options)
    except DataError as error:
        return str(error)
    made = None
    if tables.interaction.height:
        dataset = assemble(tables, Clean(bad="skip"))
        made = dataset.fingerprint, dataset.facts
    return (
        tables.interaction.to_dict(as_series=False),
        tables.interaction.schema,
        tables.bad,
        tables.rows,
        made,
    )


def lines(values, width):
    return st.lists(st.lists(st.sampled_from(values), min_size=width[0], max_size=width[1]), max_size=8)


@pytest.mark.parametrize("delimiter", [",", "::"])
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.one_of(lines(INTEGERS, (4, 4)), lines([*INTEGERS, *INTEGERS, *VALUES], (4, 4)), lines(VALUES, (1, 6))),
    st.sampled_from(["\n", "\r\n", "\n\n"]),
    st.sampled_from([20, 64, 1 << 26]),
)
def test_both_ways_read_the_same(tmp_path, delimiter, rows, end, size):
    path = tmp_path / "a.csv"
    text = end.join(delimiter.join(row) for row in [["user", "item", "weight", "time"], *rows])
    path.write_bytes(text.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_delimited, "BLOCK", size)
        fast = said(path, delimiter=delimiter)
        patch.setattr(_delimited, "parse_block", lambda *_: None)
        assert fast == said(path, delimiter=delimiter)


def test_a_block_of_integers_is_one_of_integers_and_anything_else_is_not_taken():
    found = parse_block(b"7,0,x\n-5,12,y\n", b",", 3, 3, [1, 0, 2], {0, 1})
    assert found.frame.to_dict(as_series=False) == {
        "c0": [0, 12],
        "c1": [7, -5],
        "c2": ["x", "y"],
        "line": [3, 4],
    }
    assert found.frame.dtypes == [pl.Int64, pl.Int64, pl.String, pl.Int64]
    odd = ["1,2|3", "1,2|3,4,5", "1,2||3,4", "1,2|03,4", "1,2|3,-0", "1,2|+3,4", "1,2|,4", "1,2|3,4~"]
    odd += ["1,2|3,^", "1|007,1"]
    for text in odd:
        block = text.replace("|", "\n").replace("~", " ").replace("^", "\0").encode() + b"\n"
        assert parse_block(block, b",", 1, 2, [0, 1], {0, 1}) is None, text


def test_one_line_too_short_is_not_made_up_for_by_a_longer_number():
    assert parse_block(b"1,2\n3\n0004,5\n", b",", 1, 2, [0, 1], {0, 1}) is None


def test_parquet_is_read_some_rows_at_a_time(tmp_path, monkeypatch):
    frame = pl.DataFrame(
        {"user": [3, 1, None, 2, 1], "item": ["a", "b", "c", None, "a"], "weight": [1, 2, 3, 4, 5]}
    )
    frame = frame.with_columns(
        time=pl.Series([5, -1, 2, 3, 10**12], dtype=pl.Int64), user=pl.col("user").cast(pl.UInt8)
    )
    frame.write_parquet(tmp_path / "a.parquet")
    whole = said(tmp_path / "a.parquet")
    monkeypatch.setattr(_structured, "ROWS", 2)
    assert said(tmp_path / "a.parquet") == whole
    tables = table(tmp_path / "a.parquet")
    assert tables.interaction.select("user", "item", "weight", "time", "line").rows() == [
        (3, "a", 1.0, 5, 1), (1, "b", 2.0, -1, 2), (1, "a", 5.0, 10**9, 5),
    ]  # fmt: skip
    assert [(bad.line, bad.reason) for bad in tables.bad] == [(3, "no user"), (4, "no item")]


def test_an_empty_parquet_has_no_rows(tmp_path):
    pl.DataFrame(schema={"user": pl.Int64, "item": pl.Int64}).write_parquet(tmp_path / "a.parquet")
    tables = Table.parse({"interaction": [{"path": "a.parquet"}]}).read(Context(folder=tmp_path))
    assert tables.rows == 0 and tables.interaction.schema["user"] == pl.Int64


FORMS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%SZ"]


@given(st.lists(st.tuples(st.datetimes(datetime(1000, 1, 1)), st.sampled_from(FORMS)), min_size=1))
def test_times_without_offset_or_fraction_are_read_by_place(times):
    text = pl.Series("t", [f"{time:{form}}" for time, form in times])
    assert usual(text, "auto") == usual(text, "iso") == "plain"
    frame = text.to_frame().select(plain=seconds_of(pl.col("t"), "plain"), iso=seconds_of(pl.col("t"), "iso"))
    expected = [calendar.timegm((t if "H" in form else t.date()).timetuple()) for t, form in times]
    assert frame["plain"].to_list() == frame["iso"].to_list() == expected


@pytest.mark.parametrize(
    "odd", ["2024-01-01T10:00:00+01:00", "2024-01-01T10:00:00.5", "2024-01-01T10:00:60", "7"]
)
def test_any_other_time_sends_its_block_the_other_way(odd):
    assert usual(pl.Series(["2024-01-01", odd]), "auto") == "auto"
    assert usual(pl.Series(["7", "8"]), "auto") == "unix" and usual(pl.Series([odd]), "seconds") == "seconds"
