"""Which parts suit data of a size: a start that trains in minutes, not the best that a search would find."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recbox.data import split
from recbox.errors import DataError
from recbox.recipe.blocks import Split
from recbox.sketching.counting import Counts
from recbox.sketching.fitting import fitted

if TYPE_CHECKING:
    from recbox.context import Context
    from recbox.data import Dataset

PRIOR = 0.1
"""On validation 0.05 to 0.2 differ little: `benchmarks/sketches.py`."""


@dataclass(frozen=True)
class Parts:
    """What differs from data to data in a recipe."""

    dim: int
    split: Split
    over: str
    """The softmax: over all items, or some that are drawn."""
    epochs: int
    batch: int
    fanout: tuple[int, ...]
    """Of sampled propagation; empty: all edges in each step."""
    valid_users: int | None
    baseline: tuple[str, ...]
    prior: float = PRIOR
    """What an item's popularity counts in a score."""
    hops: int = 2
    hurried: bool = False
    """Whether epochs are as many as there is time for."""


def choose(counts: Counts, held: Split, memory: int, threads: int, described: bool = False) -> Parts:
    """held: the split. memory: bytes that may be used. threads: that train. described: whether items have
    features, by which new ones are found, which a prior would put last."""
    return fitted(counts, _by_size(counts, held, described), memory, threads)


def _by_size(counts: Counts, held: Split, described: bool) -> Parts:
    n = counts.kept
    return Parts(
        dim=32 if n < 20_000 else 64,
        split=held,
        over="all" if counts.items <= 20_000 else "sampled",
        epochs=100 if n < 1_000_000 else 30 if n < 10_000_000 else 10,
        batch=2048 if n < 1_000_000 else 8192 if n < 10_000_000 else 65_536,
        fanout=() if n < 3_000_000 else (5, 3),
        valid_users=5000 if counts.users > 50_000 else None,
        prior=0.0 if described else PRIOR,
        baseline=("popularity", "item-knn", *(["ease"] if counts.items <= 10_000 else [])),
    )


def hold_out(counts: Counts, data: Dataset, given: bool, context: Context) -> Split:
    """The first of several splits that leaves something in each part, or at least in train and test; given:
    the data brings its own. A `DataError` where none does."""
    error: DataError | None = None
    for one in _splits(counts, given):
        try:
            split(data, one, context)
        except DataError as found:
            error = error or found
        else:
            return one
    raise _too_few(counts, error)


def _too_few(counts: Counts, error: DataError | None) -> DataError:
    if counts.users < 2 or counts.kept == counts.users:
        what = "there is one user alone" if counts.users < 2 else "no user has more than one interaction"
        instead = "a row for each time that somebody took something: not a table with a column for each item"
        return DataError(
            what, why="what one person likes is told by what others have in common", instead=instead
        )
    return DataError(
        f"{counts.kept:,} interactions are too few to train on some and judge by others",
        why=error.what if error else "",
        instead="more data",
    )


def _splits(counts: Counts, given: bool) -> Iterator[Split]:
    """Shares of a user's few interactions round to nothing; then each one's last is held out, or a share of
    all in the order of time."""
    if given:
        yield from (Split(by="given", valid=valid) for valid in (0.1, 0.3, 0.0))
        return
    if counts.span is not None:
        if counts.usual >= 8:
            yield Split(by="user-time", valid=0.1, test=0.2)
        yield from (Split(by="leave-last"), Split(by="time", valid=0.1, test=0.2))
    shares = ((0.1, 0.2), (0.2, 0.2), (0.3, 0.3), (0.0, 0.3), (0.0, 0.5))
    yield from (Split(by="user-random", valid=valid, test=test) for valid, test in shares)
