"""Negatives to judge by: drawn by a seed of their own, so that every method is asked for the same pairs."""

from __future__ import annotations

import numpy as np

from recbox.context import Context

CELLS = 1 << 22
"""Numbers that are drawn at once for users who know most items."""
CROWDED = 2
"""A user who wants more than one in so many of the items that are left gets them by a draw of all of them."""
ROUNDS = 20
"""Draws with replacement at most; who lacks some then gets them as a crowded user does."""


def drawn(wanted: np.ndarray, known: np.ndarray, chance: np.ndarray, seed: int, key: int) -> np.ndarray:
    """int64, ascending keys `user * items + item`: `wanted[user]` (int64 `[users]`) different items of each
    user, none of them in `known` (sorted keys); where too few are left, all that are.

    chance: float `[items]`, how likely each is drawn, in proportion; 0 is never. The draws follow `seed` and
    `key` alone.
    """
    items, random = len(chance), Context(seed=seed).random("evaluate.negative", key)
    open_ = chance > 0
    taken = np.bincount(known[open_[known % items]] // items, minlength=len(wanted))
    left = int(open_.sum()) - taken
    wanted = np.minimum(wanted, left)
    crowded = wanted * CROWDED > left
    found, lacking = _sparse(np.where(crowded, 0, wanted), known, chance, random)
    rest = np.where(crowded, wanted, lacking)
    more = _crowded(rest, np.sort(np.concatenate([known, found]), kind="stable"), chance, random)
    return np.sort(np.concatenate([found, more]), kind="stable")


def _sparse(
    need: np.ndarray, known: np.ndarray, chance: np.ndarray, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Drawn with replacement; what is known or stands twice is drawn again, some times. The keys, ascending,
    and how many each user still lacks."""
    items, got = len(chance), np.zeros(0, dtype=np.int64)
    edges = np.cumsum(chance, dtype=np.float64)
    for _ in range(ROUNDS):
        user = np.repeat(np.arange(len(need)), need)
        if not len(user):
            break
        # Past the last edge lies nothing, and an item of chance 0 has an empty interval.
        item = np.searchsorted(edges, random.random(len(user)) * edges[-1], side="right")
        keys = distinct(user * items + np.minimum(item, items - 1))
        new = keys[~among(keys, known) & ~among(keys, got)]
        got = np.sort(np.concatenate([got, new]), kind="stable")  # two runs, which it merges
        need = need - np.bincount(new // items, minlength=len(need))
    return got, need


def _crowded(
    wanted: np.ndarray, known: np.ndarray, chance: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """All items that are left in a random order, some users at a time: the largest of log chance + Gumbel,
    which draws without replacement in proportion to the chances (Efraimidis and Spirakis 2006)."""
    items, found = len(chance), [np.zeros(0, dtype=np.int64)]
    users = np.flatnonzero(wanted)
    with np.errstate(divide="ignore"):
        base = np.log(chance)
    rows = max(1, CELLS // max(items, 1))
    for start in range(0, len(users), rows):
        some = users[start : start + rows]
        value = base + random.gumbel(size=(len(some), items))
        keys = some[:, None] * items + np.arange(items)
        value[among(keys, known)] = -np.inf
        order = np.argsort(-value, axis=1)
        inside = np.arange(items) < wanted[some][:, None]
        found.append(np.take_along_axis(keys, order, axis=1)[inside])
    return np.concatenate(found)


def distinct(keys: np.ndarray) -> np.ndarray:
    """Each key once, ascending."""
    keys = np.sort(keys)
    # numpy's unique goes through a hash table for integers, 35 times slower than this.
    return np.asarray(keys[np.diff(keys, prepend=-1) > 0])


def among(keys: np.ndarray, known: np.ndarray) -> np.ndarray:
    """bool, of the keys' shape: whether each is in `known`, which ascends."""
    if not len(known):
        return np.zeros(keys.shape, dtype=bool)
    return np.asarray(known[np.minimum(np.searchsorted(known, keys), len(known) - 1)] == keys)
