"""Whether models and metrics that recbox didn't bring give what their kind promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from recbox.plugin import Scorer
from recbox.recipe.fault import fault

if TYPE_CHECKING:
    from recbox.data import Dataset
    from recbox.recipe.recipe import Part


def check_scorer(part: Part, scorer: object, train: Dataset) -> Scorer:
    """What a model fitted, if it is a scorer for this data; two users' scores are looked at."""
    import torch

    if not isinstance(scorer, Scorer):
        raise fault(part, f"fits a {type(scorer).__name__}, not a Scorer")
    shape = len(train.user), len(train.item)
    if tuple(scorer.shape) != shape:
        raise fault(part, f"fits a scorer of shape {tuple(scorer.shape)}, and the data is {shape}")
    if not all(shape):
        return scorer
    some = np.unique(np.array([0, shape[0] - 1], dtype=np.int64))
    block = scorer.block(some)
    if not isinstance(block, torch.Tensor):
        raise fault(part, f"gives a {type(block).__name__} as a block of scores, not a tensor")
    if tuple(block.shape) != (len(some), shape[1]) or block.dtype != torch.float32:
        what = f"gives {block.dtype} of shape {list(block.shape)} as a block of scores"
        raise fault(part, f"{what}, not float32 of shape {[len(some), shape[1]]}")
    if block.isnan().any() or block.isposinf().any():
        raise fault(part, "gives scores that are infinite or not a number", why="only -inf may be one: never")
    return scorer


def check_values(part: Part, value: Any, users: int) -> np.ndarray:
    """float64 `[users]` of a metric, finite."""
    try:
        values = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise fault(part, f"gives a {type(value).__name__}, not a number for each user") from None
    if values.shape != (users,) or not np.isfinite(values).all():
        what = f"gives values of shape {values.shape}, or not finite, for {users} users"
        raise fault(part, what, instead="leave it out of evaluate.metric")
    return values


def check_value(part: Part, value: Any) -> float:
    """One finite number of a metric of the whole catalogue."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise fault(part, f"gives a {type(value).__name__}, not a number") from None
    if part.foreign and not np.isfinite(number):
        raise fault(part, f"gives {number}, not a finite number", instead="leave it out of evaluate.metric")
    return number
