"""Profiles: text columns out of files of their own, joined to the tables of a source by external id."""

from __future__ import annotations

import os
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from recbox.data.columns import Column
from recbox.data.dataset import Dataset
from recbox.data.find import resolve_file
from recbox.data.profile_file import Row, digest, read_profile
from recbox.data.tables import Tables
from recbox.data.texts import texts
from recbox.errors import DataError

if TYPE_CHECKING:
    from recbox.context import Context
    from recbox.recipe.recipe import Part, Profiling

COMMAND = "recbox profile RECIPE"


@dataclass(frozen=True)
class Sheet:
    """A profile and what its file holds."""

    profile: Profiling
    path: Path
    rows: dict[str, Row]

    def joined(self, tables: Tables) -> Tables:
        """The tables with the column: null where no row has a text. Ids with a text and interactions that had
        no features yet get a row of features."""
        block = self.profile.block
        node, name = block.node, block.column
        known: pl.DataFrame | None = getattr(tables, node)
        if known is not None and name in known.columns:
            what = f"the {node}s have a column {name!r} already"
            raise DataError(what, where=self.profile.label, instead="another `column`")
        said = self._texts(tables.interaction.schema[node])
        ids = tables.interaction.select(pl.col(node).alias("id")).unique(maintain_order=True)
        new = ids.join(said, on="id", how="semi")
        if known is not None:
            new = pl.concat([known, new.join(known, on="id", how="anti")], how="diagonal")
        whole = new.join(said, on="id", how="left", maintain_order="left")
        columns = {**tables.columns, node: (*tables.columns.get(node, ()), Column(name, "text", "text"))}
        user, item = (whole, tables.item) if node == "user" else (tables.user, whole)
        return replace(tables, user=user, item=item, columns=columns)

    def _texts(self, kind: pl.DataType) -> pl.DataFrame:
        """Ids in the type that the data has them in, and texts; without those that are blank. `007` is not
        the id 7."""
        rows = {key: row.text.strip() for key, row in self.rows.items() if row.text.strip()}
        columns = {"id": list(rows), self.profile.block.column: list(rows.values())}
        said = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
        typed = said.with_columns(pl.col("id").cast(kind, strict=False).alias("typed"))
        same = typed.filter(pl.col("typed").cast(pl.String) == pl.col("id"))
        return same.select(pl.col("typed").alias("id"), self.profile.block.column)

    def tell(self, dataset: Dataset, context: Context) -> None:
        """Say how many nodes have no text, and how many texts are of nobody here."""
        nodes = dataset.nodes(self.profile.block.node)
        if none := nodes.table[self.profile.block.column].null_count():
            self._notice(f"{none:,} of {len(nodes):,} {self.profile.block.node}s have none", context)
        self.tell_strange(set(nodes.ids.cast(pl.String).to_list()), context)

    def tell_strange(self, ids: Set[str], context: Context) -> None:
        """Say how many rows are of no id of the data, and name one."""
        if strange := [key for key in self.rows if key not in ids]:
            what = f"{len(strange):,} of its rows are of no {self.profile.block.node} in the data"
            self._notice(f"{what}, such as {strange[0]!r}; they are left alone", context)

    def _notice(self, what: str, context: Context) -> None:
        context.progress.notice(f"{self.profile.label} ({self.path}): {what}", "warning")

    def check(self, train: Dataset, context: Context) -> None:
        """A `DataError` where texts answer other prompts than the recipe's, as those that were made of
        another training part, which may have held what this one is judged by; or were written by another
        writer."""
        block, writer = self.profile.block, self.profile.writer
        if block.prompt is None or writer is None:
            return
        prompts, own = asked(self.profile, train), named(writer)
        there = {key: row for key, row in self.rows.items() if key in prompts and row.text.strip()}
        other = [key for key, row in there.items() if row.made and row.of[0] != digest(prompts[key])]
        stale = [key for key in other if not there[key].kept]
        if stale:
            cause = "prompt, columns" + (", history or the split that it is of" if block.history else "")
            why = f"{cause} have changed since, as for {block.node} {stale[0]}"
            raise self._stale(f"{len(stale):,} of {len(there):,} texts answer other prompts", why)
        foreign = [key for key, row in there.items() if not row.kept and row.of[1] != own]
        if foreign:
            why = f"it was another one, or had other options, as for {block.node} {foreign[0]}"
            raise self._stale(f"{len(foreign):,} of {len(there):,} texts were written by another writer", why)
        if len({row.of[2] for row in there.values() if not row.kept}) > 1:
            self._notice(f"texts are of several versions of the writer; `{COMMAND}` makes them one", context)
        self._doubt(other, [key for key, row in there.items() if not row.made], context)

    def _stale(self, what: str, why: str) -> DataError:
        return DataError(
            f"{what} than the recipe's",
            where=str(self.path),
            why=why,
            instead=f"`{COMMAND}`, with this command's options, writes these anew; what you changed stays",
        )

    def _doubt(self, other: Sequence[str], unmarked: Sequence[str], context: Context) -> None:
        """Say of which texts it can't be known whether they are of this training part."""
        if not self.profile.block.history:
            return
        leak = "what they know may be what this run is judged by"
        if other:
            what = f"{len(other):,} texts that were changed by hand were made of another history"
            self._notice(f"{what}: {leak}", context)
        if unmarked:
            what = f"{len(unmarked):,} texts don't say (by `made`) what history they were made of"
            self._notice(f"{what}: {leak}", context)


def named(writer: Part) -> str:
    """The hash of a writer and those of its options that matter."""
    options: Any = writer.options
    return digest(f"{writer.label}\n{options.model_dump_json(exclude=set(options.idle))}")


def read_sheets(profiles: Sequence[Profiling], context: Context) -> list[Sheet]:
    """The files of profiles; a `DataError` for one that isn't there yet, and for one of two profiles."""
    check_distinct(profiles, context)
    return [_sheet(profile, context) for profile in profiles]


def check_distinct(profiles: Sequence[Profiling], context: Context) -> None:
    """A `DataError` where two profiles have one file, whatever its names."""
    owner: dict[str, str] = {}
    for profile in profiles:
        path = os.path.realpath(find_profile(profile, context) or context.folder / profile.block.file)
        if (other := owner.setdefault(path, profile.label)) and other != profile.label:
            what = f"it is the file of {other} and of {profile.label}"
            raise DataError(what, where=path, instead="a file for each")


def find_profile(profile: Profiling, context: Context) -> Path | None:
    """Where its file is; None where there is none yet."""
    return resolve_file(profile.block.file, context.folder, context.data_dir)


def _sheet(profile: Profiling, context: Context) -> Sheet:
    path = find_profile(profile, context)
    if path is None:
        raise DataError(
            f"the file of {profile.label} isn't here yet",
            where=str(context.folder / profile.block.file),
            instead=f"`{COMMAND}` writes it" if profile.writer else "put it there, or into a --data-dir",
        )
    return Sheet(profile, path, read_profile(path, profile.block.column))


def asked(profile: Profiling, train: Dataset) -> dict[str, str]:
    """The prompt for each node, by external id; empty where nothing is known of it. train: the training part,
    of which alone a history may be."""
    block = profile.block
    prompts = texts(train, block.node, block.asked, block.past, block.last, f"{profile.label}.prompt")
    return dict(zip(train.nodes(block.node).ids.cast(pl.String).to_list(), prompts))
