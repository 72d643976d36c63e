"""Reading `user item item ...`: a file at once, with numpy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from recbox.data import Tables
from recbox.data.find import search_path
from recbox.data.tables import MAX_BAD
from recbox.errors import DataError, MissingDataError
from recbox.source._block import Bad
from recbox.source._splits import GivenSplit
from recbox.source.lightgcn import LightGCNText

if TYPE_CHECKING:
    from recbox.context import Context

DIGITS = 18
"""Of the longest id: a larger number may not fit 64 bits."""


def read_lightgcn(options: LightGCNText, context: Context) -> Tables:
    """All parts; a line that is not made of whole numbers is one bad row. A user alone is no interaction."""
    folder = options.locate(context)
    if folder is None:
        raise _missing(options, context)
    return _tables(folder, options.files, folder.name)


def read_published(split: GivenSplit, context: Context) -> Tables:
    """The same, of files that are found or fetched, and are the right ones. Items of a line come in ascending
    order, whatever their order in the copy that is here, so that draws which follow the rows do too."""
    folder = split.locate(context) or split.fetch(context)
    split.check(folder)
    files = [(name.partition(".")[0], name) for name in split.files]
    return _tables(folder, files, split.folder, ordered=True)


def _tables(folder: Path, files: Sequence[tuple[str, str]], name: str, *, ordered: bool = False) -> Tables:
    """files: each part and its file."""
    bad, frames = Bad(), []
    for part, file in files:
        frame = _read(folder / file, bad).with_columns(part=pl.lit(part))
        frames.append(frame.sort("line", "item") if ordered else frame)
    interaction = pl.concat(frames)
    return Tables(
        name=name,
        interaction=interaction,
        bad=tuple(bad.rows),
        bad_count=bad.count,
        rows=interaction.height + bad.count,
        origin=str(folder),
    )


def _missing(options: LightGCNText, context: Context) -> DataError:
    places = [str(base / options.folder) for base in (context.folder, *search_path(context.data_dir))]
    names = " and ".join(name for _, name in options.files)
    what, why = f"there is no folder {options.folder} with {names}", f"looked at {', '.join(places)}"
    instead = f"put the files into {places[0]}, or name the folder above with --data-dir or RECBOX_DATA"
    if options.shape() is None:
        return DataError(what, why=why, instead=instead)
    known = options.folder.rstrip("/").rpartition("/")[2]
    more = f", or write `source: {{use: {known}}}`, which is fetched"
    return MissingDataError(what, why=why, instead=instead + more)


def _read(path: Path, bad: Bad) -> pl.DataFrame:
    try:
        text = np.frombuffer(path.read_bytes() + b"\n", np.uint8)
    except OSError as error:
        raise DataError(f"can't read: {error.strerror or error}", where=str(path)) from error
    ends = np.flatnonzero(text == 10)
    wrong = _wrong_lines(text, ends)
    found = [(int(line) + 1, "a line is whole numbers with blanks between") for line in wrong[:MAX_BAD]]
    bad.add(str(path), found, len(wrong))
    line, number = _numbers(text, ends, wrong)
    first = np.r_[True, line[1:] != line[:-1]][: len(line)]
    user = number[first][np.cumsum(first) - 1]
    frame = pl.DataFrame({"user": user, "item": number, "line": line + 1}).filter(~first)
    return frame.with_columns(file=pl.lit(str(path), pl.String))


def _wrong_lines(text: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """0-based lines with anything but digits, blanks, tabs and returns, or with a number that is too long."""
    usual = ((text >= 48) & (text <= 57)) | (text == 32) | (text == 9) | (text == 13) | (text == 10)
    starts, stops = _tokens(text)
    places = np.r_[np.flatnonzero(~usual), starts[stops - starts > DIGITS]]
    return np.unique(np.searchsorted(ends, places))


def _tokens(text: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each run of digits starts and stops."""
    edges = np.diff(((text >= 48) & (text <= 57)).astype(np.int8), prepend=0, append=0)
    return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)


def _numbers(text: np.ndarray, ends: np.ndarray, wrong: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The 0-based line and the value of every number that is not in a wrong line."""
    starts, stops = _tokens(text)
    line = np.searchsorted(ends, starts)
    kept = ~np.isin(line, wrong)
    starts, stops, line = starts[kept], stops[kept], line[kept]
    value = np.zeros(len(starts), np.int64)
    for place in range(int((stops - starts).max(initial=0))):  # once for each digit of the longest
        inside = starts + place < stops
        value[inside] = value[inside] * 10 + (text[starts[inside] + place] - 48)
    return line, value
