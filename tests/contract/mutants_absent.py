"""Sources that are copies of built-ins, and are wrong about what is there, absent or damaged."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from mutant_kit import Mutant
from source_copies import source

from recbox.context import Context
from recbox.data import Tables
from recbox.data.find import search_path
from recbox.errors import DataError
from recbox.plugin import Provides
from recbox.source.lightgcn import LightGCNText
from recbox.source.movielens import MovieLens1M, MovieLens100K
from recbox.source.recbole import RecBoleAtomic
from recbox.source.table import Table


def says(of: type, **changed: object) -> type:
    """A copy whose `provides` says something else."""
    return source(of, provides=lambda self, context: replace(of.provides(self, context), **changed))


def counts_rows(self: Table, context: Context) -> Provides:
    return replace(Table.provides(self, context), time=self.read(context).interaction.height > 0)


def needs_rows(self: LightGCNText, context: Context) -> Provides:
    if self.read(context).interaction.height < 5:
        raise DataError("hardly any rows", where=self.folder)
    return LightGCNText.provides(self, context)


def nothing_without_files(self: MovieLens100K, context: Context) -> Provides:
    return Provides() if self.locate(context) is None else MovieLens100K.provides(self, context)


def by_first_file(self: Table, context: Context) -> Path | None:
    path = context.folder / self.interaction[0].path
    return path.parent if path.is_file() else None


def at_a_file(self: Table, context: Context) -> Path | None:
    found = Table.locate(self, context)
    return found and found / self.interaction[0].path


def by_folder(self: MovieLens100K, context: Context) -> Path | None:
    folders = [base / self.release.folder for base in search_path(context.data_dir)]
    return next((folder for folder in folders if folder.is_dir()), None)


def anywhere(self: LightGCNText, context: Context) -> Path:
    return context.folder / self.folder


def all_absent(self: LightGCNText, context: Context) -> tuple[str, ...]:
    return tuple(f"{self.folder}/{name}" for _, name in self.files)


def made_up(self: MovieLens100K, context: Context) -> Path:
    into = context.folder / self.release.folder
    into.mkdir(exist_ok=True)
    return into


def refused(self: MovieLens1M, context: Context) -> Path:
    raise ConnectionRefusedError("no network")


SAID: tuple[Mutant, ...] = (
    Mutant("provides-is-true", "lightgcn", "says that there are times", says(LightGCNText, time=True)),
    Mutant("provides-is-true", "lightgcn", "says nothing of parts", says(LightGCNText, part=False)),
    Mutant(
        "provides-is-true",
        "movielens-100k",
        "a column that isn't there",
        says(MovieLens100K, columns={"item": {"director": "categorical"}}, complete=False),
    ),
    Mutant("provides-is-true", "recbole", "says nothing of columns", says(RecBoleAtomic, columns={})),
    Mutant(
        "provides-is-true",
        "movielens-1m",
        "a number as a category",
        says(MovieLens1M, columns={"item": {"year": "categorical"}}, complete=False),
    ),
    Mutant(
        "provides-is-true",
        "table",
        "relations without their edges",
        says(Table, edges=frozenset({"interaction"})),
    ),
    Mutant(
        "provides-is-true",
        "table",
        "a relation of another name",
        says(Table, relations={"user-relation": ("friend",)}),
    ),
    Mutant("provides-is-true", "table", "says nothing of behaviours", says(Table, behaviours=())),
    Mutant("provides-is-true", "table", "another behaviour", says(Table, behaviours=("buy", "view"))),
    Mutant(
        "provides-reads-no-rows", "table", "times where there are rows", source(Table, provides=counts_rows)
    ),
    Mutant(
        "provides-reads-no-rows",
        "lightgcn",
        "refuses without rows",
        source(LightGCNText, provides=needs_rows),
    ),
    Mutant(
        "provides-reads-no-rows",
        "movielens-100k",
        "nothing without files",
        source(MovieLens100K, provides=nothing_without_files),
    ),
    Mutant("provides-reads-no-rows", "recbole", "always complete", says(RecBoleAtomic, complete=True)),
)

FOUND: tuple[Mutant, ...] = (
    Mutant(
        "it-knows-where-its-data-lies",
        "lightgcn",
        "absent what is there",
        source(LightGCNText, absent=all_absent),
    ),
    Mutant("it-knows-where-its-data-lies", "table", "located at a file", source(Table, locate=at_a_file)),
    Mutant(
        "it-knows-where-its-data-lies",
        "table",
        "looks for one file of many",
        source(Table, locate=by_first_file),
    ),
    Mutant(
        "it-knows-where-its-data-lies",
        "movielens-100k",
        "looks for a folder alone",
        source(MovieLens100K, locate=by_folder),
    ),
    Mutant(
        "absent-data-is-known-to-be-absent",
        "lightgcn",
        "located where it belongs",
        source(LightGCNText, locate=anywhere),
    ),
    Mutant(
        "absent-data-is-known-to-be-absent",
        "table",
        "nothing is ever absent",
        source(Table, absent=lambda self, context: ()),
    ),
    Mutant(
        "absent-data-is-known-to-be-absent",
        "movielens-100k",
        "fetches an empty folder",
        source(MovieLens100K, fetch=made_up),
    ),
    Mutant(
        "absent-data-is-known-to-be-absent",
        "movielens-1m",
        "an error of the network",
        source(MovieLens1M, fetch=refused),
    ),
)


def opened(of: type, *names: str) -> type:
    """A copy that looks into files before it reads them, as ASCII text, and expects them there."""

    def read(self: object, context: Context) -> Tables:
        for name in names:
            (context.folder / name).read_text("ascii")
        return of.read(self, context)

    return source(of, read=read)


def vague(self: Table, context: Context) -> Tables:
    try:
        return Table.read(self, context)
    except DataError:
        raise DataError("the data can't be read") from None


def empty(self: RecBoleAtomic, context: Context) -> Tables:
    """No rows, where there is no file."""
    if self.locate(context) is None:
        return Tables("toy", RecBoleAtomic.read(self, context).interaction.clear())
    return RecBoleAtomic.read(self, context)


def remembered() -> type:
    """What was read first is given ever after."""

    @cache
    def once(options: LightGCNText) -> Tables:
        return LightGCNText.read(options, here[-1])

    def read(self: LightGCNText, context: Context) -> Tables:
        here.append(context)
        return once(self)

    here: list[Context] = []
    return source(LightGCNText, read=read)


def first_looked_at(tables: Tables) -> Tables:
    tables.interaction.row(0)
    return tables


DAMAGED: tuple[Mutant, ...] = (
    Mutant(
        "a-missing-file-is-a-data-error",
        "lightgcn",
        "opened before it is looked for",
        opened(LightGCNText, "toy/train.txt"),
    ),
    Mutant(
        "a-missing-file-is-a-data-error",
        "recbole",
        "one of them opened",
        opened(RecBoleAtomic, "toy/toy.user"),
    ),
    Mutant("a-missing-file-is-a-data-error", "table", "names nothing", source(Table, read=vague)),
    Mutant("a-missing-file-is-a-data-error", "lightgcn", "remembers what it read", remembered()),
    Mutant(
        "a-damaged-file-is-no-crash",
        "movielens-100k",
        "other bytes are no text",
        opened(MovieLens100K, "ml-100k/u.data"),
    ),
    Mutant(
        "a-damaged-file-is-no-crash",
        "recbole",
        "no file without a row",
        source(RecBoleAtomic, first_looked_at),
    ),
    Mutant(
        "a-damaged-file-is-no-crash",
        "movielens-1m",
        "as many rows as published",
        source(MovieLens1M, lambda t: replace(t, rows=7)),
    ),
    Mutant(
        "a-damaged-file-is-no-crash",
        "lightgcn",
        "three bad rows at most",
        source(LightGCNText, lambda t: replace(t, bad_count=min(t.bad_count, 3))),
    ),
)

MUTANTS: tuple[Mutant, ...] = (*SAID, *FOUND, *DAMAGED)
