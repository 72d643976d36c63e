"""The rows of a ranking, block by block: the quick way first, the sure way where that is in doubt.

polars reads text fast, and doesn't say which line is wrong, or reads over it. So a file is read by polars;
where it stumbles, or where a value is odd, all is read again by the readers that know every line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import polars as pl

from recbox.data.tables import MAX_BAD
from recbox.errors import DataError
from recbox.outside.form import TREC, Listing
from recbox.outside.frames import BATCH, parquet_batches, typed_batches
from recbox.source._block import Block, positions, show
from recbox.source._delimited import header_of, read_delimited
from recbox.source._structured import read_jsonl

SHOWN = 5
"""Bad rows that an error spells out."""
FIELDS = 6
"""Of a line of a TREC run."""


class Doubtful(Exception):
    """The quick way is not to be trusted with this file."""


@dataclass
class Bad:
    """Rows that are none: all counted, the first spelled out."""

    where: str
    rows: list[tuple[int, str]]
    count: int = 0

    def add(self, rows: list[tuple[int, str]], count: int) -> None:
        self.rows = sorted([*self.rows, *rows])[:MAX_BAD]
        self.count += count

    def refuse(self, rows: int) -> None:
        """A `DataError` with the places, if there are any."""
        if not self.count:
            return
        file = self.where.rpartition("/")[2]
        lines = [f"{file}:{line}: {reason}" for line, reason in self.rows[:SHOWN]]
        if self.count > len(lines):
            lines.append(f"and {self.count - len(lines):,} more")
        raise DataError(
            f"{self.count:,} bad row{'s' if self.count > 1 else ''}, of {rows:,}",
            where=self.where,
            why="\n       ".join(lines),
            instead="mend or leave out these rows; a ranking is judged whole or not at all",
        )


def ways(given: Listing) -> list[Callable[[], Iterator[pl.DataFrame]]]:
    """Readers of the ranking, the last of them sure: frames of `user` and `item` (Int64 or String) and
    `score` (Float64, finite; for a rank its negative). The sure one raises a `DataError` with the places of
    rows that are none, the others `Doubtful`."""
    if given.format in ("parquet", "frame"):
        return [partial(_sure, given)]
    return [partial(_quick, given), partial(_sure, given)]


def _sure(given: Listing) -> Iterator[pl.DataFrame]:
    bad, rows = Bad(given.where, []), 0
    for block in _blocks(given):
        frame = typed(block.frame, given.ranked)
        wrong = frame.filter("bad")
        bad.add([*block.bad, *_reasons(wrong, given.ranked)], block.bad_count + wrong.height)
        rows += block.frame.height + block.bad_count
        if not bad.count:
            yield frame.select("user", "item", "score")
    bad.refuse(rows)


def _blocks(given: Listing) -> Iterator[Block]:
    if given.format == "frame" and given.frame is not None:
        return map(Block, typed_batches(given.frame, [str(c) for c in given.columns], given.where))
    if given.format == "parquet":
        return map(Block, parquet_batches(given.path, [str(c) for c in given.columns]))
    if given.format == "jsonl":
        return read_jsonl(given.path, given.columns)
    return read_delimited(given.path, given.layout, given.columns)


def _quick(given: Listing) -> Iterator[pl.DataFrame]:
    try:
        for batch in _scanned(given).collect_batches(chunk_size=BATCH):
            frame = typed(batch.with_columns(line=pl.lit(0, pl.Int64)), given.ranked)
            if frame.select(pl.col("bad").any() | _torn("user").any() | _torn("item").any()).item():
                raise Doubtful
            yield frame.select("user", "item", "score")
    except (Doubtful, GeneratorExit, KeyboardInterrupt, SystemExit, MemoryError, DataError):
        raise
    except BaseException as error:  # polars may panic, which is no Exception; the sure way knows the place
        raise Doubtful from error


def _torn(name: str) -> pl.Expr:
    """An id with a NUL, over several lines, or with a quote, which isn't closed and has swallowed rows."""
    return pl.col(name).str.contains(r"[\n\"\x00]")


def _scanned(given: Listing) -> pl.LazyFrame:
    """Columns c0, c1, c2, as text."""
    if given.format == "jsonl":
        names = [str(column) for column in given.columns]
        frame = pl.scan_ndjson(given.path, schema=dict.fromkeys(names, pl.String))
        return frame.select(pl.col(name).alias(f"c{n}") for n, name in enumerate(names))
    layout = given.layout
    frame = pl.scan_csv(
        given.path,
        separator=layout.delimiter,
        has_header=layout.header,
        quote_char='"' if layout.quote else None,
        infer_schema=False,
        glob=False,
    )
    names = frame.collect_schema().names()
    if given.format == "trec":
        if len(names) != FIELDS:
            raise Doubtful
        at = [int(column) - 1 for column in TREC]
    else:
        header = [name.strip('"') for name in header_of(given.path, layout)] if layout.header else None
        at = positions(given.columns, header, len(names), given.where)
    return frame.select(pl.col(names[i]).alias(f"c{n}") for n, i in enumerate(at))


def typed(frame: pl.DataFrame, ranked: bool) -> pl.DataFrame:
    """c0, c1, c2 to `user`, `item`, `score`; `bad` where one of them is missing or no finite number. The
    score as it was written stays as `c2`."""
    text = frame.schema["c2"] == pl.String
    number = pl.col("c2").str.strip_chars().cast(pl.Float64, strict=False) if text else pl.col("c2")
    score = -number if ranked else number
    missing = pl.any_horizontal(_missing(name, frame.schema[name]) for name in ("c0", "c1"))
    bad = missing | ~score.is_finite().fill_null(False)
    return frame.select(
        pl.col("c0").alias("user"), pl.col("c1").alias("item"), score.alias("score"), "c2", "line",
        bad.alias("bad"),
    )  # fmt: skip


def _missing(name: str, dtype: pl.DataType) -> pl.Expr:
    if dtype == pl.String:
        return pl.col(name).fill_null("").str.strip_chars() == ""
    return pl.col(name).is_null()


def _reasons(wrong: pl.DataFrame, ranked: bool) -> list[tuple[int, str]]:
    return [(row["line"], _reason(row, ranked)) for row in wrong.head(MAX_BAD).iter_rows(named=True)]


def _reason(row: dict[str, object], ranked: bool) -> str:
    for name in ("user", "item"):
        if row[name] is None or not str(row[name]).strip():
            return f"no {name}"
    name = "rank" if ranked else "score"
    return (
        f"no {name}" if row["c2"] in (None, "") else f"{name} {show(str(row['c2']))} is not a finite number"
    )
