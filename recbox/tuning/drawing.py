"""Which setting is tried next: by TPE, at random, or the next of a grid."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial

from recbox.context import Context
from recbox.errors import OptionError
from recbox.tuning import space
from recbox.tuning.arm import Arm
from recbox.tuning.plan import By

GRID = 100_000
"""Settings of the largest grid that is counted through."""
AGAIN = 10
"""Draws before a setting that was tried already is tried again."""


def draw(
    arm: Arm,
    distributions: Mapping[str, BaseDistribution],
    trials: Sequence[FrozenTrial],
    by: By,
    budget: int | None,
    direction: str,
) -> dict[str, Any]:
    """Params that were not tried yet, if there are any. They follow from the seed and the trials so far, so
    that a search that was cut off goes on as it would have gone."""
    tried = {_key(trial.params) for trial in trials}
    count = space.size(arm.spaces)
    if by == "grid" or (count is not None and budget is not None and count <= budget):
        return _next(arm, tried, whole=budget is None or (count or 0) <= budget)
    for attempt in range(AGAIN):
        params = space.snapped(arm.spaces, _sampled(arm, distributions, trials, by, direction, attempt))
        if _key(params) not in tried:
            return params
    return _next(arm, tried, whole=False) if count is not None and count <= GRID else params


def check_grid(arm: Arm) -> None:
    """An `OptionError` for spaces that can't be counted through."""
    for path, one in arm.spaces.items():
        if space.size({path: one}) is None:
            what = f"{path} has no steps, so that there is no grid of it"
            raise OptionError(what, where=f"{arm.name}, search", instead="give a list or a step, or --by tpe")
    if (space.size(arm.spaces) or 0) > GRID:
        what = f"the grid has {space.size(arm.spaces):,} settings; {GRID:,} are the most"
        raise OptionError(what, where=f"{arm.name}, search", instead="--by random, or --by tpe")


def _next(arm: Arm, tried: set[str], whole: bool) -> dict[str, Any]:
    """The first setting of the grid that is left; in random order where not all will be tried."""
    count = space.size(arm.spaces) or 0
    order = range(count) if whole else _context(arm).random("tune-grid").permutation(count).tolist()
    settings = (space.nth(arm.spaces, number) for number in order)
    return next((s for s in settings if _key(s) not in tried), space.nth(arm.spaces, 0))


def _sampled(
    arm: Arm,
    distributions: Mapping[str, BaseDistribution],
    trials: Sequence[FrozenTrial],
    by: By,
    direction: str,
    attempt: int,
) -> dict[str, Any]:
    seed = int(_context(arm).random("tune", len(trials), attempt).integers(2**31))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        random = optuna.samplers.RandomSampler(seed=seed)
        sampler = random if by == "random" else optuna.samplers.TPESampler(seed=seed)
        study = optuna.create_study(direction=direction, sampler=sampler)
        if by != "random":
            study.add_trials(trials)
        return dict(study.ask(dict(distributions)).params)


def _context(arm: Arm) -> Context:
    return arm.setting.context.with_(seed=arm.recipe.seed)


def _key(params: Mapping[str, Any]) -> str:
    return json.dumps(dict(params), sort_keys=True)
