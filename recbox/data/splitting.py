"""Which interactions are held out: every split of the recipe, as row indices.

Counts are Python's `round(share · n)`; ties in time go by item id ascending. No split depends on the order of
rows: random draws are made in the order of user, item and behaviour.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from recbox.data.clustering import nearness
from recbox.data.dataset import Dataset, Interactions
from recbox.errors import DataError

if TYPE_CHECKING:
    from recbox.context import Context
    from recbox.recipe.blocks import Split as Block

TRAIN, VALID, TEST = 0, 1, 2


@dataclass(frozen=True)
class Split:
    """Row indices (int64, ascending) of the three parts; together they are every row, once."""

    train: np.ndarray
    valid: np.ndarray
    test: np.ndarray
    facts: dict[str, Any] = field(default_factory=dict)
    fingerprint: str = ""
    """SHA-256 over the sorted (part, user, item, time), so that the order of rows doesn't matter."""


def split(dataset: Dataset, block: Block, context: Context) -> Split:
    """Split the interactions as `block` says.

    Raises `DataError` where the split needs times or parts that the data lacks, and where a part that was
    asked for, or train, would be empty.
    """
    facts: dict[str, Any] = {"by": block.by}
    part = _RULES[block.by](dataset, block, context, facts)
    _check(part, dataset, block)
    train, valid, test = (np.flatnonzero(part == which) for which in (TRAIN, VALID, TEST))
    user = dataset.interaction.user
    facts |= {"train": len(train), "valid": len(valid), "test": len(test)}
    facts["users_without_train"] = len(dataset.user) - len(np.unique(user[train]))
    facts["users_without_test"] = len(dataset.user) - len(np.unique(user[test]))
    return Split(train, valid, test, facts, _fingerprint(dataset.interaction, part))


def _check(part: np.ndarray, dataset: Dataset, block: Block) -> None:
    asked = {"train": True, "valid": block.valid > 0, "test": block.test > 0}
    empty = [name for code, name in enumerate(asked) if asked[name] and not (part == code).any()]
    if empty:
        raise DataError(
            f"the split by {block.by} leaves no interaction for {' and '.join(empty)}",
            where=dataset.name,
            why=f"there are {len(part)} interactions of {len(dataset.user)} users; "
            f"shares are valid {block.valid}, test {block.test}, and counts are rounded",
            instead="change `data.split` (by, valid, test), or give more data",
        )


def _fingerprint(x: Interactions, part: np.ndarray) -> str:
    columns = [part, x.user, x.item, x.time, x.behaviour]
    arrays = [column.astype("<i8") for column in columns if column is not None]
    order = np.lexsort(arrays[::-1])
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(array[order].tobytes() + b"\x1e")
    return digest.hexdigest()


def fingerprint_of(x: Interactions, split: Split) -> str:
    """The fingerprint that these rows have, whatever the split says that it is; rows of no part count too."""
    part = np.full(len(x), -1, np.int8)
    for which, rows in enumerate((split.train, split.valid, split.test)):
        part[rows] = which
    return _fingerprint(x, part)


def rounded(share: float, counts: np.ndarray) -> np.ndarray:
    """Python's `round(share * n)` for every n: half to even, on the same doubles."""
    return np.rint(share * counts).astype(np.int64)


def _times(dataset: Dataset, block: Block) -> np.ndarray:
    if dataset.interaction.time is None:
        raise DataError(
            f"the split by {block.by} needs the time of every interaction, and the data has none",
            where=dataset.name,
            instead="map the source's `time` column, or split by user-random",
        )
    return dataset.interaction.time


def _behaviour(x: Interactions) -> np.ndarray:
    return np.zeros(len(x), np.int8) if x.behaviour is None else x.behaviour


def _from_end(order: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each row: how many of its group come after it in `order` (sorted by group first), and how many
    the group has."""
    counts = np.bincount(group)
    end = np.cumsum(counts)
    after = np.empty(len(order), np.int64)
    after[order] = end[group[order]] - 1 - np.arange(len(order))
    return after, counts[group]


def _last(after: np.ndarray, valid: np.ndarray, test: np.ndarray) -> np.ndarray:
    """The last `test` rows of each group are test, the `valid` before them valid."""
    part = np.full(len(after), TRAIN, np.int8)
    part[after < valid + test] = VALID
    part[after < test] = TEST
    return part


def _user_time(dataset: Dataset, block: Block, context: Context, facts: dict[str, Any]) -> np.ndarray:
    x = dataset.interaction
    order = np.lexsort((_behaviour(x), x.item, _times(dataset, block), x.user))
    after, counts = _from_end(order, x.user)
    return _last(after, rounded(block.valid, counts), rounded(block.test, counts))


def _user_random(dataset: Dataset, block: Block, context: Context, facts: dict[str, Any]) -> np.ndarray:
    after, counts = _shuffled(dataset.interaction, context)
    return _last(after, rounded(block.valid, counts), rounded(block.test, counts))


def _shuffled(x: Interactions, context: Context) -> tuple[np.ndarray, np.ndarray]:
    draw = np.empty(len(x))
    draw[np.lexsort((_behaviour(x), x.item, x.user))] = context.random("split").random(len(x))
    return _from_end(np.lexsort((draw, x.user)), x.user)


def _clustered(x: Interactions, context: Context) -> tuple[np.ndarray, np.ndarray]:
    """The last of each user are those nearest to one that is drawn."""
    near = nearness(x, context.random("split"))
    return _from_end(np.lexsort((_behaviour(x), -x.item, near, x.user)), x.user)


def _leave_last(dataset: Dataset, block: Block, context: Context, facts: dict[str, Any]) -> np.ndarray:
    """Users with two interactions give one to test; users with one give none."""
    x = dataset.interaction
    order = np.lexsort((_behaviour(x), x.item, _times(dataset, block), x.user))
    after, counts = _from_end(order, x.user)
    test = ((counts >= 2) & (block.test > 0)).astype(np.int64)
    valid = ((counts >= 2 + test) & (block.valid > 0)).astype(np.int64)
    return _last(after, valid, test)


def _time(dataset: Dataset, block: Block, context: Context, facts: dict[str, Any]) -> np.ndarray:
    x = dataset.interaction
    order = np.lexsort((_behaviour(x), x.user, x.item, _times(dataset, block)))
    after, counts = _from_end(order, np.zeros(len(x), np.int64))
    return _last(after, rounded(block.valid, counts), rounded(block.test, counts))


def _given(dataset: Dataset, block: Block, context: Context, facts: dict[str, Any]) -> np.ndarray:
    x = dataset.interaction
    if x.part is None and dataset.synthetic:  # it stands in for data that has parts
        facts["given"] = "the data is made, so its parts are drawn as by user-random"
        if block.valid_by == "random":
            return _user_random(dataset, block, context, facts)
        after, counts = _shuffled(x, context)
        part = _last(after, np.zeros_like(counts), rounded(block.test, counts))
    elif x.part is None:
        raise DataError(
            "the split by given needs data that brings its own parts, and this data has none",
            where=dataset.name,
            instead="give the source's files or rows a `part` (train, valid, test), or split another way",
        )
    else:
        part = x.part.copy()
    facts["valid_from_train"] = bool(block.valid > 0 and not (part == VALID).any())
    if facts["valid_from_train"]:
        train = np.flatnonzero(part == TRAIN)
        pick = _clustered if block.valid_by == "cluster" else _shuffled
        after, counts = pick(x.take(train), context)
        part[train[after < rounded(block.valid, counts)]] = VALID
    return part


def _cold(type: str) -> Callable[[Dataset, Block, Context, dict[str, Any]], np.ndarray]:
    def rule(dataset: Dataset, block: Block, context: Context, facts: dict[str, Any]) -> np.ndarray:
        with_any, nodes = np.unique(getattr(dataset.interaction, type), return_inverse=True)
        n = len(with_any)
        after = np.empty(n, np.int64)
        after[context.random("split").permutation(n)] = np.arange(n)
        counts = np.full(n, n)
        held = _last(after, rounded(block.valid, counts), rounded(block.test, counts))
        facts |= {f"{type}s_valid": int((held == VALID).sum()), f"{type}s_test": int((held == TEST).sum())}
        return np.asarray(held[nodes])

    return rule


_RULES: dict[str, Callable[[Dataset, Block, Context, dict[str, Any]], np.ndarray]] = {
    "user-time": _user_time,
    "user-random": _user_random,
    "leave-last": _leave_last,
    "time": _time,
    "given": _given,
    "cold-item": _cold("item"),
    "cold-user": _cold("user"),
}
