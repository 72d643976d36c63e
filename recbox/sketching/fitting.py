"""What training with some parts needs, by arithmetic: so that they fit the machine before anything is run.

It is within a factor of about two: `recbox check --estimate` makes some steps, and knows better.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recbox.sketching.choosing import Parts
    from recbox.sketching.counting import Counts

SENSIBLE = 1800
"""Seconds of training that a start may take."""
LIBRARIES = 600 << 20
"""Bytes that a process holds before it has read anything."""
ROW, NUMBER = 150, 28
"""Bytes of an interaction (its data, both directions of its edge, the order of an epoch), and of a number of
a vector: itself, its gradient, two moments of Adam, and what hops give and hand back."""
MULTIPLIED, PASSED, GATHERED = 3e10, 8e9, 2e9
"""Operations that one core does in a second: of dense blocks, of messages over all edges, and of rows that
lie anywhere."""
DRAWN = 256
"""Items that each interaction is set against where these are drawn."""
LEAST_EPOCHS, LEAST_DIM, LEAST_SHARE = 3, 8, 8
"""The last is that of the batch: an eighth of what it would be."""


@dataclass(frozen=True)
class Need:
    """memory: bytes that the process holds at most. seconds: of all epochs, with validation, which is about
    half as much again; without baselines."""

    memory: int
    seconds: float


def need(counts: Counts, parts: Parts, threads: int) -> Need:
    """What training takes where it goes on to its last epoch."""
    nodes, batch = counts.users + counts.items, min(parts.batch, counts.kept)
    scored = counts.items if parts.over == "all" else DRAWN
    held = batch * scored * (12 if parts.over == "all" else 8 * parts.dim)
    memory = _data(counts) + nodes * parts.dim * NUMBER + held
    steps = -(-int(0.75 * counts.kept) // batch)
    dense = 6 * batch * scored * parts.dim
    step = dense / (MULTIPLIED if parts.over == "all" else GATHERED) + _hops(counts, parts, batch)
    return Need(int(memory), 1.5 * parts.epochs * steps * step / max(threads, 1))


def _data(counts: Counts) -> int:
    """Bytes that no choice of parts changes."""
    return LIBRARIES + ROW * counts.rows


def _hops(counts: Counts, parts: Parts, batch: int) -> float:
    """Seconds of a step in which messages pass, forth and back."""
    edges = 2 * counts.rows * parts.hops
    if parts.fanout:
        first = min(batch * (2 + DRAWN), counts.users + counts.items)
        edges = min(edges, int(first * parts.fanout[0] * (1 + parts.fanout[1])))
    return 4 * edges * parts.dim / (GATHERED if parts.fanout else PASSED)


def fitted(counts: Counts, parts: Parts, memory: int, threads: int) -> Parts:
    """The first of these parts, each smaller in one thing than that before, that fits into `memory` bytes
    beside the data; or into a quarter of it where the data takes the rest and more, for `--scratch` lays data
    into files. Else the smallest. Then as many epochs as are trained in a sensible time."""
    smaller, most = list(_smaller(parts)), max(memory, _data(counts) + memory // 4)
    fitting = (one for one in smaller if need(counts, one, threads).memory <= most)
    parts = next(fitting, smaller[-1])
    seconds = need(counts, parts, threads).seconds
    if seconds > SENSIBLE and parts.over == "all" and counts.items > 4 * DRAWN:
        drawn = replace(parts, over="sampled")
        if (fewer := need(counts, drawn, threads).seconds) < seconds:
            parts, seconds = drawn, fewer
    if seconds > SENSIBLE:
        epochs = max(LEAST_EPOCHS, int(parts.epochs * SENSIBLE / seconds))
        parts = replace(parts, epochs=epochs, hurried=True)
    return parts


def _smaller(parts: Parts) -> Iterator[Parts]:
    """From the parts on: smaller batches, then shorter vectors."""
    yield parts
    least = parts.batch // LEAST_SHARE
    while parts.batch > least:
        parts = replace(parts, batch=parts.batch // 2)
        yield parts
    while parts.dim > LEAST_DIM:
        parts = replace(parts, dim=parts.dim // 2)
        yield parts
