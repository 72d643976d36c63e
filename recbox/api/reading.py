"""From a recipe's data block to a data set and its split; a stand-in where the recipe allows one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from recbox.api.setting import Setting
from recbox.context import Context
from recbox.data import Dataset, Split, assemble, split
from recbox.errors import MissingDataError
from recbox.recipe.recipe import Recipe


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
    """The recipe's data, cleaned and split."""
    data = setting.recipe.data
    try:
        with context.progress.task(f"read {data.source.label}"):
            tables = data.source.options.read(context)
    except MissingDataError as error:
        if data.fallback != "synthetic":
            raise
        tables = replace(_stand_in(setting, context, error), name=data.source.label)
    dataset = assemble(tables, data.clean)
    return Job(setting, context, dataset, split(dataset, data.split, context))


def _stand_in(setting: Setting, context: Context, error: MissingDataError):
    source = setting.recipe.data.source
    shape = source.options.shape() or {}
    context.progress.notice(
        f"SYNTHETIC DATA: {source.label} is not here, so a generated set of its shape stands in for it. "
        f"No figure of this run says anything about {source.label}.\n{error}",
        "alarm",
    )
    return setting.registry.load("source", "synthetic").parse(shape).read(context)
