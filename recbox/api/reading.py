"""From a recipe's data block to a data set and its split; a stand-in where the recipe allows one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from recbox.api.setting import Setting
from recbox.context import Context
from recbox.data import Dataset, Split, Tables, assemble, split
from recbox.errors import MissingDataError
from recbox.recipe.blocks import Clean
from recbox.recipe.fault import fault
from recbox.recipe.recipe import Part, Recipe
from recbox.registry.blame import suspected


@dataclass(frozen=True)
class Job:
    """A setting with its data: what fitting, judging and saving work on. context: settled on a device."""

    setting: Setting
    context: Context
    dataset: Dataset
    split: Split

    @property
    def recipe(self) -> Recipe:
        return self.setting.recipe


def read(setting: Setting, context: Context) -> Job:
    """The recipe's data, cleaned and split; what is drawn for it follows `data.seed`, if that is given."""
    data = setting.recipe.data
    drawing = context if data.seed is None else context.with_(seed=data.seed)
    try:
        with context.progress.task(f"read {data.source.label}"):
            tables = _checked(data.source, data.source.options.read(drawing))
    except MissingDataError as error:
        if data.fallback != "synthetic":
            raise
        tables = replace(_stand_in(setting, drawing, error), name=data.source.label)
    dataset = _assembled(data.source, tables, data.clean)
    return Job(setting, context, dataset, split(dataset, data.split, drawing))


def _checked(source: Part, tables: object) -> Tables:
    """What a source read, if it is tables with the two columns that everything stands on."""
    if not isinstance(tables, Tables):
        raise fault(source, f"reads a {type(tables).__name__}, not Tables")
    if absent := [name for name in ("user", "item") if name not in tables.interaction.columns]:
        raise fault(source, f"reads interactions without a column `{absent[0]}`")
    return tables


def _assembled(source: Part, tables: Tables, how: Clean) -> Dataset:
    """The data set; tables of another make than they should be are the fault of the source."""
    try:
        return assemble(tables, how)
    except Exception as error:
        origins = [source.origin] if source.origin else []
        if found := suspected(error, origins, "the tables can't be made into a data set"):
            raise found from error
        raise


def _stand_in(setting: Setting, context: Context, error: MissingDataError):
    source = setting.recipe.data.source
    shape = source.options.shape() or {}
    context.progress.notice(
        f"SYNTHETIC DATA: {source.label} is not here, so a generated set of its shape stands in for it. "
        f"No figure of this run says anything about {source.label}.\n{error}",
        "alarm",
    )
    return setting.registry.load("source", "synthetic").parse(shape).read(context)
