"""Lists of recommendations as text or files."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

from recbox.data.whole import replacing
from recbox.errors import OptionError, nearest

FORMATS = ("table", "json", "jsonl", "csv", "parquet")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def chunks(frames: Iterable[pl.DataFrame], form: str, *, neutral: bool = False) -> Iterator[str]:
    """The text of `frames` piece by piece, as `table`, `json`, `jsonl` or `csv`.

    table: aligned columns, characters that could steer a terminal escaped. json: one list of
    `{user, rank, item, title, score}`; jsonl: a line for each. csv: with a header; neutral: text that a
    spreadsheet would take for a formula (it begins with `=`, `+`, `-`, `@`, tab or return) gets an apostrophe
    in front. Off by default, for it changes ids.
    """
    writers = {"table": _table, "json": _json, "jsonl": _lines, "csv": lambda f: _csv(f, neutral)}
    if form not in writers:
        raise OptionError(f"there is no text format {form!r}", instead=nearest(form, list(writers)))
    return writers[form](frames)


def save(frames: Iterable[pl.DataFrame], path: Path, form: str, *, neutral: bool = False) -> None:
    """Write a file in one of `FORMATS`: whole or not at all. An `OptionError` where it can't be."""
    try:
        with replacing(path) as file:
            if form == "parquet":
                _parquet(frames, file)
            else:
                file.writelines(piece.encode("utf-8") for piece in chunks(frames, form, neutral=neutral))
    except OSError as error:
        raise OptionError(
            "can't write the file", where=str(path), why=error.strerror or str(error)
        ) from error


def _parquet(frames: Iterable[pl.DataFrame], file: BinaryIO) -> None:
    """A frame at a time, so that what is written is never in memory together."""
    from polars.io.plugins import register_io_source

    rest = iter(frames)
    first = next(rest)

    def source(*_: object) -> Iterator[pl.DataFrame]:
        return chain([first], rest)

    register_io_source(source, schema=first.schema).sink_parquet(file, maintain_order=True)


def _json(frames: Iterable[pl.DataFrame]) -> Iterator[str]:
    before = "[\n"
    for frame in frames:
        for row in frame.iter_rows(named=True):
            yield f"{before}  {json.dumps(row)}"
            before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _lines(frames: Iterable[pl.DataFrame]) -> Iterator[str]:
    for frame in frames:
        yield frame.write_ndjson()


def _csv(frames: Iterable[pl.DataFrame], neutral: bool) -> Iterator[str]:
    for number, frame in enumerate(frames):
        yield (_neutral(frame) if neutral else frame).write_csv(include_header=number == 0)


def _neutral(frame: pl.DataFrame) -> pl.DataFrame:
    texts = [pl.col(name) for name, kind in frame.schema.items() if kind == pl.String()]
    formula = [pl.any_horizontal(*(text.str.starts_with(c) for c in _FORMULA)) for text in texts]
    return frame.with_columns(
        pl.when(is_one).then(pl.lit("'") + text).otherwise(text).alias(text.meta.output_name())
        for text, is_one in zip(texts, formula)
    )


def _table(frames: Iterable[pl.DataFrame]) -> Iterator[str]:
    for number, frame in enumerate(frames):
        rows = [[_cell(value) for value in row] for row in frame.iter_rows()]
        head = [frame.columns] if number == 0 else []
        widths = [max(map(_width, column)) for column in zip(*head, *rows)]
        right = [not kind.is_(pl.String()) for kind in frame.dtypes]
        yield "".join(_line(row, widths, right) for row in (*head, *rows))


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4f}"
    return "" if value is None else "".join(map(_visible, str(value)))


def _visible(character: str) -> str:
    if unicodedata.category(character) not in _UNSAFE:
        return character
    return character.encode("unicode_escape", "surrogatepass").decode()


def _width(text: str) -> int:
    """Columns of a terminal: East Asian wide characters take two, combining marks none."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)


def _line(cells: list[str], widths: list[int], right: list[bool]) -> str:
    padded = [
        f"{' ' * (width - _width(cell))}{cell}" if to_right else f"{cell}{' ' * (width - _width(cell))}"
        for cell, width, to_right in zip(cells, widths, right)
    ]
    return "  ".join(padded).rstrip() + "\n"
