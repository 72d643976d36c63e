"""Profiles: text columns out of files of their own, joined to the tables of a source by external id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

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
    from recbox.recipe.recipe import Profiling

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
        """Ids in the type that the data has them in, and texts; without those that are blank."""
        rows = {key: row.text.strip() for key, row in self.rows.items() if row.text.strip()}
        columns = {"id": list(rows), self.profile.block.column: list(rows.values())}
        said = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
        return said.with_columns(pl.col("id").cast(kind, strict=False)).drop_nulls().unique("id")

    def tell(self, dataset: Dataset, context: Context) -> None:
        """Say how many nodes have no text, and how many texts are of nobody here."""
        block = self.profile.block
        nodes = dataset.nodes(block.node)
        none = nodes.table[block.column].null_count()
        strange = len(self.rows.keys() - set(nodes.ids.cast(pl.String).to_list()))
        said = [f"{none:,} of {len(nodes):,} {block.node}s have none"] if none else []
        said += [f"{strange:,} of its rows are of no {block.node} in the data"] if strange else []
        if said:
            context.progress.notice(f"{self.profile.label} ({self.path}): {'; '.join(said)}", "warning")


def read_sheets(profiles: Sequence[Profiling], context: Context) -> list[Sheet]:
    """The files of profiles; a `DataError` for one that isn't there yet."""
    return [_sheet(profile, context) for profile in profiles]


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


def check_made(sheet: Sheet, train: Dataset, context: Context) -> None:
    """A `DataError` where texts answer other prompts than the recipe's, as those that were made of another
    training part, which may have held what this one is judged by."""
    block = sheet.profile.block
    if block.prompt is None:
        return
    prompts = asked(sheet.profile, train)
    made = [key for key, row in sheet.rows.items() if key in prompts and row.made]
    other = [key for key in made if sheet.rows[key].of[0] != digest(prompts[key])]
    stale = [key for key in other if not sheet.rows[key].kept]
    if stale:
        cause = "prompt, columns" + (", history or the split that it is of" if block.history else "")
        raise DataError(
            f"{len(stale):,} of {len(sheet.rows):,} texts answer other prompts than the recipe's",
            where=str(sheet.path),
            why=f"{cause} have changed since, as for {block.node} {stale[0]}",
            instead=f"`{COMMAND}` writes these anew; texts that you changed are kept",
        )
    if other and block.history:
        context.progress.notice(
            f"{sheet.profile.label} ({sheet.path}): {len(other):,} texts that were changed by hand were made "
            "of another history: what they know may be what this run is judged by",
            "warning",
        )
