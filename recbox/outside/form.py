"""What a ranking is before it is read: its format, and which of its columns are user, item and score."""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polars as pl

from recbox.errors import DataError, OptionError, nearest
from recbox.outside.frames import as_frame, parquet_columns
from recbox.source._block import COLUMN, MAX_LINE
from recbox.source._delimited import Layout, header_of

Format = Literal["parquet", "csv", "tsv", "jsonl", "trec", "frame"]
FORMATS = ("auto", "parquet", "csv", "tsv", "jsonl", "trec")
SUFFIXES: dict[str, Format] = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".trec": "trec",
    ".run": "trec",
}
LAYOUT = {
    "csv": Layout(),
    "tsv": Layout(delimiter="\t"),
    "trec": Layout(delimiter=" ", quote=False, header=False, runs=True),
}
TREC: tuple[COLUMN, ...] = (1, 3, 5)
"""Of `qid Q0 docid rank score tag`. The rank is not read: trec_eval goes by the score, too."""
USUAL = {"user": ("user", "user_id"), "item": ("item", "item_id"), "score": ("score",), "rank": ("rank",)}
"""Names that are known without being told, the first that is there."""


@dataclass(frozen=True, eq=False)
class Listing:
    """columns: where user, item and score are. ranked: the third is a rank, of which 1 is the best. frame:
    the rows themselves, where they aren't in a file."""

    name: str
    where: str
    format: Format
    columns: tuple[COLUMN, COLUMN, COLUMN]
    ranked: bool = False
    path: Path = Path()
    frame: pl.LazyFrame | None = None

    @property
    def layout(self) -> Layout:
        """How a delimited file is written. Columns by position mean that it has no header."""
        known = LAYOUT[self.format]
        header = known.header and not isinstance(self.columns[0], int)
        return Layout(known.delimiter, known.quote, header, runs=known.runs)


def listing(source: object, format: str = "auto", columns: Mapping[str, str] | None = None) -> Listing:
    """A ranking: the path of a file, or a frame (polars, pandas, or a mapping from names to columns).

    columns: names in the file, such as `{"user": "u", "item": "i", "score": "s"}`; all as positions, counted
    from 1, for CSV and TSV without a header. A `DataError` where the file isn't there or a column is
    missing; an `OptionError` for a format that can't be told.
    """
    asked = _asked(columns or {})
    if not isinstance(source, str | Path):
        frame = as_frame(source)
        found, ranked = _columns(frame.collect_schema().names(), asked, "the frame")
        return Listing("frame", "the frame", "frame", found, ranked, frame=frame)
    path = Path(source)
    _check_file(path)
    form = _format(path, format)
    if form == "trec":
        if asked:
            raise OptionError("a TREC run has no names of columns", where="--columns", instead="leave it out")
        return Listing(path.stem, str(path), form, (1, 3, 5), path=path)
    if asked and all(name.isdecimal() for name in asked.values()):
        found, ranked = _positions(asked, form)
    else:
        found, ranked = _columns(_names(path, form), asked, str(path))
    return Listing(path.stem, str(path), form, found, ranked, path)


def _asked(columns: Mapping[str, str]) -> dict[str, str]:
    for role, name in columns.items():
        if role not in USUAL:
            raise OptionError(
                f"there is no column {role!r} to name", where="--columns", instead=nearest(role, list(USUAL))
            )
        if not isinstance(name, str) or not name:
            raise OptionError(f"{name!r} is no name of a column", where="--columns")
    if {"score", "rank"} <= set(columns):
        raise OptionError("a ranking is by score or by rank", where="--columns", instead="name one of them")
    return dict(columns)


def _check_file(path: Path) -> None:
    if not path.is_file():
        what = "is a folder, not a file" if path.is_dir() else "there is no such file"
        raise DataError(what, where=str(path))
    try:
        with path.open("rb") as file:
            first = file.read(2)
    except OSError as error:
        raise DataError(f"can't read: {error.strerror or error}", where=str(path)) from error
    if not first:
        raise DataError("the file is empty", where=str(path))
    if first in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raise DataError("the file is UTF-16", where=str(path), instead="save it as UTF-8")


def _format(path: Path, asked: str) -> Format:
    if asked not in FORMATS:
        raise OptionError(
            f"there is no format {asked!r}", where="--format", instead=nearest(asked, list(FORMATS))
        )
    with path.open("rb") as file:
        magic = file.read(4) == b"PAR1"
    found = SUFFIXES.get(path.suffix.lower()) if asked == "auto" else next(f for f in FORMATS if f == asked)
    if found is None and magic:
        return "parquet"
    if found is None:
        raise OptionError(
            f"the format can't be told from {path.suffix!r}",
            where=str(path),
            instead=f"--format {', '.join(FORMATS[1:])}",
        )
    return found  # type: ignore[return-value]


def _positions(asked: Mapping[str, str], form: Format) -> tuple[tuple[COLUMN, COLUMN, COLUMN], bool]:
    if form not in ("csv", "tsv"):
        raise OptionError(f"columns of {form} have names, not positions", where="--columns")
    third = "rank" if "rank" in asked else "score"
    if missing := [role for role in ("user", "item", third) if role not in asked]:
        raise OptionError(
            f"the position of {missing[0]} is missing",
            where="--columns",
            instead="name all three: user=1,item=2,score=3",
        )
    return (int(asked["user"]), int(asked["item"]), int(asked[third])), third == "rank"


def _names(path: Path, form: Format) -> list[str]:
    if form == "parquet":
        return parquet_columns(path)
    if form == "jsonl":
        return _keys(path)
    names = [name.strip('"') for name in header_of(path, LAYOUT[form])]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f"the header has the column {twice!r} twice", where=f"{path}:1")
    return names


def _keys(path: Path) -> list[str]:
    """Of the first object."""
    with path.open("rb") as file:
        line = next((line for line in iter(lambda: file.readline(MAX_LINE), b"") if line.strip()), b"")
    try:
        found = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise DataError("the first line is no JSON object", where=f"{path}:1")
    return list(found)


def _columns(
    names: Sequence[str], asked: Mapping[str, str], where: str
) -> tuple[tuple[COLUMN, COLUMN, COLUMN], bool]:
    """Names of the three columns, and whether the third is a rank. Where both are there, score is taken."""
    user, item = (_column(role, names, asked, where) for role in ("user", "item"))
    for role in ("score", "rank"):
        if role in asked or not {"score", "rank"} & set(asked):
            found = next((n for n in (asked.get(role, role),) if n in names), None)
            if found is not None:
                return (user, item, found), role == "rank"
    third = next((asked[role] for role in ("score", "rank") if role in asked), "score or rank")
    raise _absent(third, names, where, "score")


def _column(role: str, names: Sequence[str], asked: Mapping[str, str], where: str) -> str:
    wanted = (asked[role],) if role in asked else USUAL[role]
    found = next((name for name in wanted if name in names), None)
    if found is None:
        raise _absent(wanted[0], names, where, role)
    return found


def _absent(name: str, names: Sequence[str], where: str, role: str) -> DataError:
    shown = ", ".join(n[:40] for n in names[:10]) or "none"
    return DataError(
        f"there is no column {name}",
        where=where,
        why=f"its columns are: {shown}",
        instead=f"name it with --columns {role}=NAME (in Python, columns={{{role!r}: NAME}})",
    )
