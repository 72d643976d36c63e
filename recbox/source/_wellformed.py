"""Blocks of delimited text in which every line is a row, parsed at one go.

Most blocks of most files are such: this is several times faster than looking at each line, and takes integers
as integers. What it gives is what the slower way gives, or nothing: then the block goes that way, with its
reasons for each row.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

import numpy as np
import polars as pl

from recbox.source._block import MAX_LINE, Block

_INTEGER = re.compile(rb"0|-?[1-9]\d{0,17}")
"""One as it is written back, which may be read as such."""
_LONGEST = 20
"""Bytes of the longest of them."""


def parse_block(
    block: bytes, delimiter: bytes, first_line: int, width: int, at: Sequence[int], whole: Container[int]
) -> Block | None:
    """Rows of `width` fields, of which the columns at `at` are kept, those in `whole` as Int64 where their
    values are written as integers are; None where a line is no such row, or can't be told to be one.

    block: lines that end in a line feed. delimiter: one byte.
    """
    first = block[: block.find(b"\n")].split(delimiter)
    if b"\0" in block or len(first) != width:
        return None
    types = [pl.Int64 if i in whole and _INTEGER.fullmatch(first[i]) else pl.String for i in range(width)]
    frame = _parsed(block, delimiter, types)
    if frame is None or not _same(frame, block, delimiter):
        return None
    kept = frame.select(pl.col(f"f{i}").alias(f"c{n}") for n, i in enumerate(at))
    return Block(kept.with_columns(pl.int_range(first_line, first_line + pl.len()).alias("line")))


def _parsed(block: bytes, delimiter: bytes, types: Sequence[type[pl.DataType]]) -> pl.DataFrame | None:
    """Columns `f0`, `f1`, ...; None where a line has too many fields, or a value is not of its type."""
    try:
        return pl.read_csv(
            block,
            has_header=False,
            schema={f"f{i}": type for i, type in enumerate(types)},
            separator=delimiter.decode(),
            quote_char=None,
        )
    except pl.exceptions.PolarsError:
        return None


def _same(frame: pl.DataFrame, block: bytes, delimiter: bytes) -> bool:
    """Whether writing the frame would give the block again.

    No line has too many fields, so that none has too few where delimiters are as many as they should be. No
    other way to write an integer is as short as the one that it is written in: so if the lengths add up to
    that of the block, all are written in that way.
    """
    rows, width = frame.shape
    if block.count(b"\n") != rows or block.count(delimiter) != rows * (width - 1):
        return False
    length, longest = rows * width, width
    for column in frame.iter_columns():
        if column.dtype == pl.Int64:
            if column.null_count():
                return False
            length, longest = length + _digits(column.to_numpy()), longest + _LONGEST
        else:
            bytes_of = column.str.len_bytes()
            length, longest = length + int(bytes_of.sum()), longest + int(bytes_of.max() or 0)
    return length == len(block) and longest <= MAX_LINE


def _digits(values: np.ndarray) -> int:
    """How long these integers are when written one after the other."""
    negative = int((values < 0).sum())
    size = np.abs(values) if negative else values
    largest = int(size.max())
    more = sum(int((size >= 10**power).sum()) for power in range(1, len(str(largest))))
    return len(values) + negative + more
