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
from recbox.data.ordering import feed, order_of
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
    train, valid, test = (
        context.scratch.lay(np.flatnonzero(part == which)) for which in (TRAIN, VALID, TEST)
    )
    user = dataset.interaction.user
    facts |= {"train": len(train), "valid": len(valid), "test": len(test)}
    for name, rows in (("train", train), ("test", test)):
        facts[f"users_without_{name}"] = len(dataset.user) - int(np.bincount(user[rows]).astype(bool).sum())
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
    columns = [column for column in (part, x.user, x.item, x.time, x.behaviour) if column is not None]
    order = order_of(*columns)
    digest = hashlib.sha256()
    for column in columns:
        feed(digest.update, column, order, "<i8")
        digest.update(b"\x1e")
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


def _keys(*columns: np.ndarray | None) -> list[np.ndarray]:
    """Those that the data has."""
    return [column for column in columns if column is not None]


def _last(order: np.ndarray, counts: np.ndarray, valid: np.ndarray, test: np.ndarray) -> np.ndarray:
    """int8 `[n]`. order: rows, one group after the other, of `counts` rows each (int64 `[groups]`); of each
    the last `test` rows are test, the `valid` before them valid."""
    test = np.minimum(test, counts)
    valid = np.minimum(valid, counts - test)
    lengths = np.stack([counts - valid - test, valid, test], axis=1).reshape(-1)
    part = np.empty(len(order), np.int8)
    part[order] = np.repeat(np.tile(np.array([TRAIN, VALID, TEST], np.int8), len(counts)), lengths)
    return part


def _shares(order: np.ndarray, counts: np.ndarray, block: Block) -> np.ndarray:
    """The same, with shares of each group."""
    return _last(order, counts, rounded(block.valid, counts), rounded(block.test, counts))


def _user_time(dataset: Dataset, block: Block, context: Context, facts: dict[str, Any]) -> np.ndarray:
    x = dataset.interaction
    order = order_of(*_keys(x.user, _times(dataset, block), x.item, x.behaviour))
    return _shares(order, np.bincount(x.user), block)


def _user_random(dataset: Dataset, block: Block, context: Context, facts: dict[str, Any]) -> np.ndarray:
    x = dataset.interaction
    return _shares(_shuffled(x, context), np.bincount(x.user), block)


def _shuffled(x: Interactions, context: Context) -> np.ndarray:
    """int64 `[n]`: rows by user, in an order that is drawn."""
    draw = np.empty(len(x))
    draw[order_of(*_keys(x.user, x.item, x.behaviour))] = context.random("split").random(len(x))
    return order_of(x.user, draw.view(np.int64))  # numbers from 0 on are in the order of their bits


def _clustered(x: Interactions, context: Context) -> np.ndarray:
    """int64 `[n]`: rows by user, those last that are nearest to one that is drawn."""
    near = nearness(x, context.random("split"))
    return order_of(*_keys(x.user, near.view(np.int64), -x.item, x.behaviour))


def _leave_last(dataset: Dataset, block: Block, context: Context, facts: dict[str, Any]) -> np.ndarray:
    """Users with two interactions give one to test; users with one give none."""
    x = dataset.interaction
    order = order_of(*_keys(x.user, _times(dataset, block), x.item, x.behaviour))
    counts = np.bincount(x.user)
    test = ((counts >= 2) & (block.test > 0)).astype(np.int64)
    valid = ((counts >= 2 + test) & (block.valid > 0)).astype(np.int64)
    return _last(order, counts, valid, test)


def _time(dataset: Dataset, block: Block, context: Context, facts: dict[str, Any]) -> np.ndarray:
    x = dataset.interaction
    order = order_of(*_keys(_times(dataset, block), x.item, x.user, x.behaviour))
    return _shares(order, np.array([len(x)]), block)


def _given(dataset: Dataset, block: Block, context: Context, facts: dict[str, Any]) -> np.ndarray:
    x = dataset.interaction
    if x.part is None and dataset.synthetic:  # it stands in for data that has parts
        facts["given"] = "the data is made, so its parts are drawn as by user-random"
        if block.valid_by == "random":
            return _user_random(dataset, block, context, facts)
        counts = np.bincount(x.user)
        part = _last(_shuffled(x, context), counts, np.zeros_like(counts), rounded(block.test, counts))
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
        drawn = pick(x.take(train), context)
        counts = np.bincount(x.user[train])
        part[train] = _last(drawn, counts, rounded(block.valid, counts), np.zeros_like(counts))
    return part


def _cold(type: str) -> Callable[[Dataset, Block, Context, dict[str, Any]], np.ndarray]:
    def rule(dataset: Dataset, block: Block, context: Context, facts: dict[str, Any]) -> np.ndarray:
        with_any, nodes = np.unique(getattr(dataset.interaction, type), return_inverse=True)
        n = len(with_any)
        drawn = context.random("split").permutation(n)[::-1]
        held = _shares(drawn, np.array([n]), block)
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
