"""Making data: hidden tastes, popularity by Zipf's law, times that grow, ratings that follow taste."""

from __future__ import annotations

import numpy as np
import polars as pl

from recbox.data import Column, Tables
from recbox.source.synthetic import Synthetic

KINDS = [
    *("Harbour", "Forest", "Desert", "Winter", "Kitchen", "Circus", "Railway", "Orchestra"),
    *("Island", "Market", "Garden", "Workshop", "Meadow", "Castle", "Lagoon", "Summit"),
]
FIRST = ["Amber", "Quiet", "Silver", "Distant", "Broken", "Hidden", "Golden", "Early", "Wild", "Gentle"]
WORK = ["baker", "carpenter", "engineer", "librarian", "nurse", "pilot", "student", "teacher"]
_START, _YEAR = 1_400_000_000, 365 * 86_400
_ANYTHING = 0.1
"""The share of draws among all items alike, so that every pair can come."""


def make(options: Synthetic, random: np.random.Generator) -> Tables:
    """The tables that the options describe, the same for the same stream."""
    kind = random.integers(0, options.clusters, options.items)
    tastes = random.integers(0, options.clusters, (options.users, 2))
    pair = _pairs(options, kind, tastes, random)
    user, item = np.divmod(pair, options.items)
    liked = (kind[item][:, None] == tastes[user]).any(axis=1)
    rating = np.clip(np.rint(3.0 + 1.2 * liked + random.normal(0, 0.9, len(pair))), 1, 5)
    interaction = pl.DataFrame(
        {"user": user + 1, "item": item + 1, "weight": rating, "time": _times(user, options.users, random)}
    ).sort("time", "user", "item")
    return Tables(
        name="synthetic",
        interaction=interaction,
        user=_users(options.users, random),
        item=_items(kind, random),
        columns={
            "user": (Column("age", "numeric"), Column("occupation", "categorical")),
            "item": (Column("title", "text", "title"), Column("year", "numeric"), Column("genre", "multi")),
        },
        rows=len(pair),
        synthetic=True,
        origin=f"made: {options.users} users, {options.items} items, {options.interactions} interactions",
    )


def _pairs(
    options: Synthetic, kind: np.ndarray, tastes: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """Different pairs, as user * items + item, ascending; every user and every item is in one at least."""
    n = max(options.users, options.items)
    users, items = random.permutation(options.users), random.permutation(options.items)
    found = np.unique(np.resize(users, n) * np.int64(options.items) + np.resize(items, n))
    draw = _Draws(options, kind, tastes, random)
    while (missing := options.interactions - len(found)) > 0:
        new = np.setdiff1d(draw(2 * missing + 16), found)
        found = np.union1d(found, random.permutation(new)[:missing])
    return found


class _Draws:
    """Draws of pairs: how active a user is, what they like, how popular an item is."""

    def __init__(
        self, options: Synthetic, kind: np.ndarray, tastes: np.ndarray, random: np.random.Generator
    ) -> None:
        self.options, self.tastes, self.random = options, tastes, random
        self.active = np.cumsum(random.lognormal(0, 0.8, options.users))
        popular = (1.0 + random.permutation(options.items)) ** -options.skew
        self.order = np.argsort(kind, kind="stable")
        self.mass = np.r_[0.0, np.cumsum(popular[self.order])]
        self.bounds = np.searchsorted(kind[self.order], np.arange(options.clusters + 1))

    def __call__(self, count: int) -> np.ndarray:
        random, options = self.random, self.options
        user = np.searchsorted(self.active, random.random(count) * self.active[-1], side="right")
        user = np.minimum(user, options.users - 1)
        liked = self.tastes[user, random.integers(0, 2, count)]
        low, high = self.mass[self.bounds[liked]], self.mass[self.bounds[liked + 1]]
        free = (random.random(count) >= options.taste) | (high <= low)
        low, high = np.where(free, 0.0, low), np.where(free, self.mass[-1], high)
        at = np.searchsorted(self.mass, low + random.random(count) * (high - low), side="right") - 1
        item = self.order[np.clip(at, 0, options.items - 1)]
        anything = random.random(count) < _ANYTHING
        item = np.where(anything, random.integers(0, options.items, count), item)
        return np.asarray(np.unique(user * np.int64(options.items) + item))


def _times(user: np.ndarray, users: int, random: np.random.Generator) -> np.ndarray:
    """A person comes at some time in two years, and stays for some months."""
    begin = _START + random.integers(0, 2 * _YEAR, users)
    stay = random.exponential(_YEAR / 6, users)
    time: np.ndarray = begin[user] + random.random(len(user)) * stay[user]
    return time.astype(np.int64)


def _items(kind: np.ndarray, random: np.random.Generator) -> pl.DataFrame:
    n = len(kind)
    first, year = random.integers(0, len(FIRST), n), random.integers(1950, 2015, n)
    second = random.integers(0, len(KINDS), n)
    several = random.random(n) < 0.3
    titles = [f"{FIRST[f]} {KINDS[k]} {i}" for i, (f, k) in enumerate(zip(first, kind, strict=True), 1)]
    genres = [
        sorted({KINDS[k], KINDS[s]} if more else {KINDS[k]})
        for k, s, more in zip(kind, second, several, strict=True)
    ]
    return pl.DataFrame(
        {"id": np.arange(1, n + 1), "title": titles, "year": year.astype(float), "genre": genres}
    )


def _users(n: int, random: np.random.Generator) -> pl.DataFrame:
    age = random.integers(16, 80, n).astype(float)
    work = np.array(WORK)[random.integers(0, len(WORK), n)]
    return pl.DataFrame({"id": np.arange(1, n + 1), "age": age, "occupation": work})
