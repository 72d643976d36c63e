"""From a recipe's data block to a data set and its split; a stand-in where the recipe allows one."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from recbox.api.setting import Setting
from recbox.context import Context
from recbox.data import Dataset, Split, Tables, assemble, split
from recbox.data.behaviours import told, without_held
from recbox.data.profiles import Sheet, read_sheets
from recbox.errors import MissingDataError
from recbox.recipe.blocks import Clean
from recbox.recipe.edge import of_data
from recbox.recipe.fault import fault
from recbox.recipe.recipe import Part, Recipe
from recbox.recommender import left_out
from recbox.registry.blame import suspected

if TYPE_CHECKING:
    from recbox.api.nightly import Warm


@dataclass(frozen=True)
class Job:
    """A setting with its data: what fitting, judging and saving work on. context: settled on a device.
    seconds: what reading and splitting took. warm: whose weights training begins with."""

    setting: Setting
    context: Context
    dataset: Dataset
    split: Split
    seconds: float = 0.0
    warm: Warm | None = None

    @property
    def recipe(self) -> Recipe:
        return self.setting.recipe


def read(setting: Setting, context: Context) -> Job:
    """The recipe's data, cleaned and split; what is drawn for it follows `data.seed`, if that is given."""
    start = time.perf_counter()
    data = setting.recipe.data
    drawing = context if data.seed is None else context.with_(seed=data.seed)
    sheets = read_sheets(data.profile, context)
    # Not those of a source that isn't ours: it may keep them, to give them again.
    spend = not data.source.foreign
    job = job_of(setting, context, read_tables(setting, drawing), sheets, spend=spend)
    job = replace(job, seconds=time.perf_counter() - start)
    if said := told(job.dataset):
        context.progress.notice(said)
    for said in [*left_out(setting.recipe.edge, job.dataset), *_blank(job.dataset)]:
        context.progress.notice(said, "warning")
    if sheets:
        train = job.dataset.take(job.split.train)
        for sheet in sheets:
            sheet.check(train, context)
            sheet.tell(job.dataset, context)
    return job


def _blank(dataset: Dataset) -> Iterator[str]:
    """A line for each column that says nothing of any node."""
    for type in ("user", "item"):
        nodes = dataset.nodes(type)
        for column in nodes.columns:
            if nodes.table[column.name].null_count() == len(nodes):
                yield f"the column {column.name!r} has no value for any of {len(nodes):,} {type}s"


def read_tables(setting: Setting, context: Context, *, real: bool = False) -> Tables:
    """What the source reads, or what stands in for it. context: with the seed that draws follow. real:
    nothing may stand in."""
    data = setting.recipe.data
    try:
        with context.progress.task(f"read {data.source.label}"):
            return _checked(data.source, data.source.options.read(context))
    except MissingDataError as error:
        if data.fallback == "synthetic" and not real:
            return replace(_stand_in(setting, context, error), name=data.source.label)
        if real or not _replaceable(setting.recipe):
            raise
        instead = f"{error.instead}, or write `fallback: synthetic` in `data` for a trial"
        raise MissingDataError(error.what, where=error.where, why=error.why, instead=instead) from error


def job_of(
    setting: Setting, context: Context, tables: Tables, sheets: Sequence[Sheet], *, spend: bool = False
) -> Job:
    """The data set of tables and profiles, and its split; other behaviours tell nothing of what it holds
    out. spend: see `assemble`."""
    data = setting.recipe.data
    for sheet in sheets:
        tables = sheet.joined(tables)
    dataset = _assembled(
        data.source, tables, data.clean, target=data.target or "", scratch=context.scratch, spend=spend
    )
    drawing = context if data.seed is None else context.with_(seed=data.seed)
    parts = split(dataset, data.split, drawing)
    return Job(setting, context, without_held(dataset, parts) if data.target else dataset, parts)


def _checked(source: Part, tables: object) -> Tables:
    """What a source read, if it is tables with the two columns that everything stands on."""
    if not isinstance(tables, Tables):
        raise fault(source, f"reads a {type(tables).__name__}, not Tables")
    if absent := [name for name in ("user", "item") if name not in tables.interaction.columns]:
        raise fault(source, f"reads interactions without a column `{absent[0]}`")
    return tables


def _assembled(source: Part, tables: Tables, how: Clean, **more: Any) -> Dataset:
    """The data set; tables of another make than they should be are the fault of the source."""
    try:
        return assemble(tables, how, **more)
    except Exception as error:
        origins = [source.origin] if source.origin else []
        if found := suspected(error, origins, "the tables can't be made into a data set"):
            raise found from error
        raise


def _replaceable(recipe: Recipe) -> bool:
    """Whether data that is made would do: it has interactions alone, of one behaviour."""
    made = recipe.data.target is None and not any(map(of_data, recipe.edge))
    return made and recipe.data.source.options.shape() is not None


def _stand_in(setting: Setting, context: Context, error: MissingDataError):
    source = setting.recipe.data.source
    shape = source.options.shape() or {}
    context.progress.notice(
        f"SYNTHETIC DATA: {source.label} is not here, so a generated set of its shape stands in for it. "
        f"No figure of this run says anything about {source.label}.\n{error}",
        "alarm",
    )
    return setting.registry.load("source", "synthetic").parse(shape).read(context)
