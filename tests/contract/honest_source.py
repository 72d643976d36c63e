"""Sources of other forms than the built-in ones, written as a careful author would."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import final

from recbox.plugin import BadRow, Column, Context, DataError, Provides, Sample, Source, Tables

Row = tuple[str | int, str | int, float, str, int]
"""User, item, weight, file, line."""


def tables(rows: list[Row], bad: list[BadRow], origin: Path, **more: object) -> Tables:
    import polars as pl

    ids = pl.Int64 if rows and all(isinstance(row[0], int) for row in rows) else pl.String
    types = {"user": ids, "item": ids, "weight": pl.Float64, "file": pl.String, "line": pl.Int64}
    return Tables(
        name=origin.name,
        interaction=pl.DataFrame(rows, schema=types, orient="row"),
        bad=tuple(bad[:100]),
        bad_count=len(bad),
        rows=len(rows) + len(bad),
        origin=str(origin),
        **more,
    )


@final
class FilePerItem(Source):
    """A folder with a file for each item: its number and a colon, then lines `user,rating`."""

    folder: str
    """The folder, relative to the recipe's."""

    def provides(self, context: Context) -> Provides:
        return Provides()

    def locate(self, context: Context) -> Path | None:
        folder = context.folder / self.folder
        return folder if any(folder.glob("*.txt")) else None

    def absent(self, context: Context) -> tuple[str, ...]:
        return () if self.locate(context) else (f"{self.folder}/*.txt",)

    def read(self, context: Context) -> Tables:
        if (folder := self.locate(context)) is None:
            raise DataError(f"there are no .txt files in {self.folder}", where=str(context.folder))
        rows, bad = [], []
        for path in sorted(folder.glob("*.txt")):
            for found in self._file(path):
                (bad if isinstance(found, BadRow) else rows).append(found)
        return tables(rows, bad, folder)

    def _file(self, path: Path) -> Iterator[Row | BadRow]:
        try:
            first, *lines = path.read_bytes().split(b"\n")
            item = int(first.removesuffix(b":"))
        except (OSError, ValueError) as error:
            raise DataError("the first line is no item's number", where=str(path), why=str(error)) from error
        for number, line in enumerate(lines, 2):
            if line.strip():
                try:
                    user, rating = line.split(b",")
                    yield int(user), item, float(int(rating)), str(path), number
                except ValueError as error:
                    yield BadRow(str(path), number, str(error))

    @classmethod
    def sample(cls, folder: Path) -> Sample:
        (folder / "training").mkdir()
        (folder / "training" / "mv_1.txt").write_text("1:\n7,3\n8,x\n")
        (folder / "training" / "mv_2.txt").write_text("2:\n8,5\n")
        bad = (("mv_1.txt", 3),)
        return Sample(cls(folder="training"), ((7, 1), (8, 2)), bad, columns={"weight": (3.0, 5.0)})


@final
class Reviews(Source):
    """A gzip file with a review as JSON in each line: `user`, `item` and perhaps `stars`."""

    file: str
    """The file, relative to the recipe's folder."""

    def provides(self, context: Context) -> Provides:
        return Provides()

    def absent(self, context: Context) -> tuple[str, ...]:
        return () if (context.folder / self.file).is_file() else (self.file,)

    def read(self, context: Context) -> Tables:
        path, rows, bad = context.folder / self.file, [], []
        try:
            lines = gzip.decompress(path.read_bytes()).splitlines()
        except (OSError, EOFError, zlib.error) as error:
            raise DataError(f"can't read {self.file}", where=str(path), why=str(error)) from error
        for number, line in enumerate(lines, 1):
            try:
                review = json.loads(line)
                pair = str(review["user"]), str(review["item"])
                rows.append((*pair, float(review.get("stars", 1)), str(path), number))
            except (ValueError, LookupError, TypeError) as error:
                bad.append(BadRow(str(path), number, f"{type(error).__name__}: {error}"))
        return tables(rows, bad, path.parent)

    @classmethod
    def sample(cls, folder: Path) -> Sample:
        lines = (
            '{"user": "ann", "item": "tea", "stars": 2}',
            "{",
            '{"user": "bob", "item": "tea"}',
            '{"user": 1}',
        )
        (folder / "reviews.gz").write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0))
        good, bad = (("ann", "tea"), ("bob", "tea")), (("reviews.gz", 2), ("reviews.gz", 4))
        return Sample(cls(file="reviews.gz"), good, bad, columns={"weight": (2.0, 1.0)})


@final
class Columns(Source):
    """A Parquet file of interactions and one of items, whose columns it tells from its footer."""

    file: str = "log.parquet"
    """The interactions, relative to the recipe's folder."""
    items: str = "items.parquet"
    """The items, relative to the recipe's folder."""

    def provides(self, context: Context) -> Provides:
        import polars as pl

        try:
            names = [n for n in pl.read_parquet_schema(context.folder / self.items) if n != "id"]
        except (OSError, pl.exceptions.PolarsError):
            return Provides(complete=False)
        return Provides(columns={"item": dict.fromkeys(names, "categorical")})

    def absent(self, context: Context) -> tuple[str, ...]:
        return tuple(name for name in (self.file, self.items) if not (context.folder / name).is_file())

    def read(self, context: Context) -> Tables:
        import polars as pl

        frames = [self._frame(context.folder / name) for name in (self.file, self.items)]
        try:
            log = frames[0].select(pl.col("user", "item").cast(pl.String), weight=1.0)
            item = frames[1].select(pl.all().cast(pl.String))
        except pl.exceptions.PolarsError as error:
            raise DataError("the columns are others", where=str(context.folder), why=str(error)) from error
        columns = {"item": tuple(Column(name, "categorical") for name in item.columns if name != "id")}
        rows = [(*row, self.file, number) for number, row in enumerate(log.rows(), 1)]
        return tables(rows, [], context.folder, item=item, columns=columns)

    def _frame(self, path: Path) -> object:
        import polars as pl

        try:
            return pl.read_parquet(path)
        except (OSError, pl.exceptions.PolarsError) as error:
            raise DataError(f"can't read {path.name}", where=str(path), why=str(error)) from error

    @classmethod
    def sample(cls, folder: Path) -> Sample:
        import polars as pl

        pl.DataFrame({"user": ["a", "b"], "item": ["x", "y"]}).write_parquet(folder / "log.parquet")
        pl.DataFrame({"id": ["x", "y"], "colour": ["red", None]}).write_parquet(folder / "items.parquet")
        features = {"item": {"x": {"colour": "red"}, "y": {"colour": None}}}
        return Sample(cls(), (("a", "x"), ("b", "y")), features=features)


SOURCES = (FilePerItem, Reviews, Columns)
