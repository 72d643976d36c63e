"""Models that the engine trains: as the recipe's own method, and as baselines beside another."""

from __future__ import annotations

from recbox.context import Context
from recbox.data import Dataset
from recbox.evaluate.fitting import allow
from recbox.evaluate.guard import check_scorer
from recbox.recipe.blocks import Training
from recbox.recipe.recipe import Part
from recbox.train import ModelCourse


def model_course(
    part: Part, train: Dataset, context: Context, select: str, lower_is_better: bool, training: Training
) -> ModelCourse:
    """A model to be trained. An `UnsupportedError` where it needs more memory than `context.memory`; what a
    stranger's becomes is looked at before anything is trained."""
    allow(part, train, context)
    course = ModelCourse(part, training, train, context, select, lower_is_better)
    if part.foreign:
        check_scorer(part, course.scorer(), train)
    return course
