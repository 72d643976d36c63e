"""Models that the engine trains: as the recipe's own method, and as baselines beside another."""

from __future__ import annotations

import time

from recbox.context import Context
from recbox.data import Dataset
from recbox.evaluate import fitting
from recbox.evaluate.fitting import Fitted, Fitter, Validate
from recbox.evaluate.guard import check_scorer
from recbox.progress import SILENT
from recbox.recipe.blocks import Training
from recbox.recipe.recipe import Part, Recipe
from recbox.recipe.trained import course_of, is_trained
from recbox.train import ModelCourse, fit


def model_course(
    part: Part, train: Dataset, context: Context, select: str, lower_is_better: bool, training: Training
) -> ModelCourse:
    """A model to be trained. An `UnsupportedError` where it needs more memory than `context.memory`; what a
    stranger's becomes is looked at before anything is trained."""
    fitting.allow(part, train, context)
    course = ModelCourse(part, training, train, context, select, lower_is_better)
    if part.foreign:
        check_scorer(part, course.scorer(), train)
    return course


def fitter(recipe: Recipe) -> Fitter:
    """Fits the baselines of a recipe: at one go, or in the loop by the settings that a model states.

    Ctrl-C goes on as KeyboardInterrupt: half a baseline is none.
    """
    select, lower = recipe.evaluate.select, recipe.lower_is_better

    def fit_either(
        part: Part,
        train: Dataset,
        context: Context,
        validate: Validate | None = None,
        epochs: int | None = None,
    ) -> Fitted:
        if not is_trained(part.options):
            return fitting.fit(part, train, context)
        began, silent = time.perf_counter(), context.with_(progress=SILENT)
        course = model_course(part, train, silent, select, lower, course_of(part.options))
        result = fit(course, validate, stop=epochs)
        if result.status != "done":
            raise KeyboardInterrupt
        return Fitted(course.scorer(), time.perf_counter() - began, result.epochs)

    return fit_either
