"""Which parts suit data of a size: a start that trains in minutes, not the best that a search would find."""

from __future__ import annotations

from dataclasses import dataclass

from recbox.sketching.counting import Counts

VECTOR = 12
"""Bytes for each number of a trained vector: itself, and two moments of Adam."""


@dataclass(frozen=True)
class Parts:
    """What differs from data to data in a recipe."""

    dim: int
    split: str
    over: str
    """The softmax: over all items, or some that are drawn."""
    epochs: int
    batch: int
    fanout: tuple[int, ...]
    """Of sampled propagation; empty: all edges in each step."""
    valid_users: int | None
    baseline: tuple[str, ...]


def choose(counts: Counts, timed: bool, memory: int, given: bool = False) -> Parts:
    """memory: bytes that may be used. given: the data brings its own parts."""
    n = counts.kept
    return Parts(
        dim=_dim(counts, memory),
        split="given" if given else _split(counts, timed),
        over="all" if counts.items <= 20_000 else "sampled",
        epochs=100 if n < 1_000_000 else 30 if n < 10_000_000 else 10,
        batch=2048 if n < 1_000_000 else 8192 if n < 10_000_000 else 65_536,
        fanout=() if n < 3_000_000 else (5, 3),
        valid_users=5000 if counts.users > 50_000 else None,
        baseline=("popularity", "item-knn", *(["ease"] if counts.items <= 10_000 else [])),
    )


def _dim(counts: Counts, memory: int) -> int:
    dim = 32 if counts.kept < 20_000 else 64
    while dim > 8 and (counts.users + counts.items) * dim * VECTOR > memory // 4:
        dim //= 2
    return dim


def _split(counts: Counts, timed: bool) -> str:
    """Shares of a user's few interactions round to nothing; then each one's last is held out."""
    if not timed:
        return "user-random"
    return "leave-last" if counts.usual < 8 else "user-time"
