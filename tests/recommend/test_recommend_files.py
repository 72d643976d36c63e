"""Tables, JSON, CSV and Parquet: whole, exact, and harmless where that was asked for."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import polars as pl
import pytest

from recbox.api.load import Fitted
from recbox.errors import OptionError
from recbox.recommend import FORMATS, chunks, save

HOSTILE = [
    "=1+1",
    "+2",
    "-3",
    "@x",
    "\t=1",
    "fine",
    'quo"te,comma',
    "line\nbreak",
    "\x1b[31mred",
    "\u202eevil",
    "映画",
    None,
]


@pytest.fixture
def frames() -> list[pl.DataFrame]:
    n = len(HOSTILE)
    frame = pl.DataFrame(
        {
            "user": [-5] * n,
            "rank": list(range(1, n + 1)),
            "item": [str(h) for h in HOSTILE],
            "title": HOSTILE,
            "score": [-0.5] * n,
        },
        schema_overrides={"rank": pl.Int32, "score": pl.Float32},
    )
    return [frame[:5], frame[5:]]


def text(frames: list[pl.DataFrame], form: str, **options: bool) -> str:
    return "".join(chunks(frames, form, **options))


def test_json_is_one_document(frames: list[pl.DataFrame]) -> None:
    rows = json.loads(text(frames, "json"))
    assert rows == pl.concat(frames).to_dicts()
    assert json.loads(text([], "json")) == []


def test_json_lines_are_a_document_each(frames: list[pl.DataFrame]) -> None:
    lines = text(frames, "jsonl").removesuffix("\n").split("\n")
    assert [json.loads(line) for line in lines] == pl.concat(frames).to_dicts()
    assert text([frames[0].clear()], "jsonl") == ""


def test_csv_is_exact_unless_asked(frames: list[pl.DataFrame]) -> None:
    rows = list(csv.DictReader(io.StringIO(text(frames, "csv"))))
    assert [r["title"] for r in rows] == [h or "" for h in HOSTILE]
    assert rows[0]["user"] == "-5"


def test_csv_cells_are_no_formulas_where_asked(frames: list[pl.DataFrame]) -> None:
    rows = list(csv.DictReader(io.StringIO(text(frames, "csv", neutral=True))))
    for row, title in zip(rows, HOSTILE):
        changed = title is not None and title[0] in "=+-@\t"
        assert row["title"] == "'" * changed + (title or "")
        assert row["score"] == "-0.5"


def test_a_table_is_aligned_and_steers_no_terminal(frames: list[pl.DataFrame]) -> None:
    lines = text(frames[:1], "table").splitlines()
    assert lines[0].split() == ["user", "rank", "item", "title", "score"]
    assert len({len(line) for line in lines}) == 1
    whole = text(frames, "table")
    assert "\x1b" not in whole and "\u202e" not in whole and "\\x1b[31mred" in whole
    assert whole.count("\n") == len(HOSTILE) + 1


@pytest.mark.parametrize("form", FORMATS)
def test_files_appear_whole(fitted: Fitted, form: str, tmp_path: Path) -> None:
    frame = fitted.recommend(k=2)
    save([frame], tmp_path / f"out.{form}", form)
    assert os.listdir(tmp_path) == [f"out.{form}"]
    if form == "parquet":
        assert pl.read_parquet(tmp_path / "out.parquet").equals(frame)
    if form == "csv":
        assert pl.read_csv(tmp_path / "out.csv", schema=frame.schema).equals(frame)


def test_a_file_is_kept_where_writing_fails(fitted: Fitted, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("before")

    def broken() -> object:
        yield fitted.recommend(1, k=1)
        raise OptionError("stop")

    with pytest.raises(OptionError, match="stop"):
        save(broken(), tmp_path / "out", "csv")
    assert os.listdir(tmp_path) == ["out"]
    assert (tmp_path / "out").read_text() == "before"


def test_a_place_that_cannot_be_written_to(fitted: Fitted, tmp_path: Path) -> None:
    for place in (tmp_path / "nowhere" / "x", Path("/proc/x")):
        with pytest.raises(OptionError, match="can't write the file"):
            save([fitted.recommend(1, k=1)], place, "csv")


def test_an_unknown_format() -> None:
    with pytest.raises(OptionError, match="did you mean 'json'"):
        text([], "jsn")


@pytest.mark.parametrize("form", ["parquet", "csv", "json", "jsonl"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, ValueError])
def test_what_ends_while_lists_are_made_leaves_no_file(tmp_path, form, error):
    def frames():
        yield pl.DataFrame({"user": [1], "rank": [1], "item": [2], "title": ["x"], "score": [0.5]})
        raise error

    with pytest.raises(error):
        save(frames(), tmp_path / "lists", form)
    assert not list(tmp_path.iterdir())
