"""One trial: the recipe with its values, fitted on train and judged on validation. There is no test here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import numpy as np

from recbox.api.blaming import blaming
from recbox.api.fitting import fit_method
from recbox.api.reading import Job, read
from recbox.api.resuming import features
from recbox.api.setting import Setting, on_device
from recbox.context import Context
from recbox.data import Dataset, Split
from recbox.errors import DataError, UnsupportedError
from recbox.evaluate import Held, Pairs, Validation, check_pairs, held_valid, nothing_new
from recbox.evaluate.baseline import SECONDS
from recbox.evaluate.fitting import options
from recbox.progress import SILENT
from recbox.recipe import load
from recbox.recipe.recipe import Recipe
from recbox.recipe.varying import vary
from recbox.train import Follow
from recbox.tuning.arm import Arm

Watch = Callable[[int, dict[str, float]], None]
"""Told the number of epochs and the metrics of each validation; it may raise `Pruned`."""


class Pruned(Exception):
    """The trial is hopeless."""


@dataclass(frozen=True, eq=False)
class Ground:
    """Data that was read and split, without the rows of the test: no trial can look at them."""

    dataset: Dataset
    split: Split
    valid: Held
    fingerprint: str
    """Of interactions, feature tables and relations."""
    synthetic: bool


def read_ground(setting: Setting) -> Ground:
    """The data of a recipe. A `DataError` where nothing is held out for validation."""
    with blaming(setting.registry):
        job = read(setting, setting.context)
    split = replace(job.split, test=np.empty(0, dtype=np.int64))
    recipe = setting.recipe
    valid = held_valid(job.dataset, split, recipe.evaluate)
    if not len(valid.users):
        raise DataError(
            "there is nothing to choose by: no user has a validation item that is new to them",
            where="data.split",
            instead=nothing_new(recipe.evaluate) or "hold out some with data.split.valid",
        )
    if isinstance(valid, Pairs):
        check_pairs(valid, recipe.metric)
    fingerprint = f"{job.dataset.fingerprint} {features(job.dataset)}"
    return Ground(job.dataset, split, valid, fingerprint, job.dataset.synthetic)


@dataclass(frozen=True)
class Found:
    """value: what the recipe selects by. valid: all metrics of the validation part, at the best epoch."""

    value: float
    valid: dict[str, float]


def attempt(
    arm: Arm, ground: Ground, settings: Mapping[str, Any], device: str, watch: Watch, follow: Follow
) -> Found:
    """Fit and judge. Ctrl-C goes on as KeyboardInterrupt; what the method can't do is a `RecboxError`.

    follow: told of each epoch that ended.
    """
    setting = setting_of(arm, settings)
    recipe = setting.recipe
    with blaming(setting.registry):
        if arm.kind == "baseline":
            _check_time(recipe, ground)
        context = on_device(setting, device)
        job = Job(setting, context, ground.dataset, ground.split)
        method = fit_method(job, _validation(recipe, ground, context, watch), None, False, follow)
    if method.status != "done":
        raise KeyboardInterrupt
    return Found(method.valid[recipe.evaluate.select], method.valid)


def _check_time(recipe: Recipe, ground: Ground) -> None:
    """An `UnsupportedError` for a baseline whose fit is estimated to take longer than `recbox run` grants to
    one: a recipe's own method may take as long as it likes."""
    if recipe.model is None:
        return
    data, label = ground.dataset, recipe.model.label
    seconds = options(recipe.model).need(len(data.user), len(data.item), len(ground.split.train)).seconds
    if seconds > SECONDS:
        limit = f"the limit for a baseline is {SECONDS:.0f} s"
        raise UnsupportedError(f"{label} would take about {seconds:,.0f} s to fit, {limit}")


def setting_of(arm: Arm, settings: Mapping[str, Any]) -> Setting:
    """The arm's with the values of a trial; `refit` comes after the choice, so it is no part of it."""
    context = arm.setting.context.with_(progress=SILENT)
    plain = vary(arm.recipe.resolved, settings)
    recipe = load(plain, registry=arm.setting.registry, context=context)
    recipe = replace(recipe, evaluate=recipe.evaluate.model_copy(update={"refit": False}))
    return replace(arm.setting, recipe=recipe, context=context.with_(seed=recipe.seed))


def _validation(recipe: Recipe, ground: Ground, context: Context, watch: Watch) -> Validation:
    every = recipe.stage[0].training.every if recipe.stage else 1
    epochs = count(every, every)
    return Validation.of(recipe, ground.valid, context, lambda found: watch(next(epochs), found))
