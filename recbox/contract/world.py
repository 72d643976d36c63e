"""The kit's world: people and items of three kinds, some items far more popular than others.

Small enough to check by eye, and with a structure that any method can learn: a person's interactions are
with items of their own kind, nine times out of ten, and so are those that are held out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars as pl

    from recbox.data import Dataset, Tables, Triples
    from recbox.kernel import Graph

USERS, ITEMS, KINDS = 48, 36, 3
DRAWN, HELD = 9, 3
"""Interactions of a person in training and held out; the last person and the last item have none in
training."""


@dataclass(frozen=True, eq=False)
class World:
    """train: all nodes and features, the training interactions alone. held: `[n, 2]` user and item of the
    held-out interactions, as inner ids, none of which is in training. weight: float `[n]`, theirs."""

    train: Dataset
    held: np.ndarray
    weight: np.ndarray


@cache
def world(seed: int = 0) -> World:
    """The planted world; the same object for the same seed, which nobody may change."""
    whole = dataset(seed)
    x = whole.interaction
    lonely = (x.user == USERS - 1) | (x.item == ITEMS - 1)
    held = lonely | (np.asarray(x.time) >= DRAWN)
    return World(whole.take(np.flatnonzero(~held)), np.stack([x.user, x.item], axis=1)[held], x.weight[held])


def dataset(seed: int = 0) -> Dataset:
    """All interactions of the planted world, a new object at each call."""
    from recbox.data import assemble
    from recbox.recipe.blocks import Clean

    return assemble(tables(seed), Clean())


def tables(seed: int = 0) -> Tables:
    """The planted world as a source would give it."""
    import polars as pl

    from recbox.data import Column, Tables

    rng = np.random.default_rng(seed)
    rows = [row for user in range(USERS) for row in _rows(user, rng)]
    interaction = pl.DataFrame(rows, schema=["user", "item", "weight", "time"], orient="row")
    return Tables(
        name="planted",
        interaction=interaction,
        user=_users(),
        item=_items(),
        columns={
            "user": (Column("age", "numeric"), Column("occupation", "categorical")),
            "item": (
                Column("title", "text", "title"),
                Column("year", "numeric"),
                Column("category", "categorical"),
                Column("genre", "multi"),
            ),
        },
        relation={"friend": _pairs(USERS), "similar": _pairs(ITEMS)},
        ends={"friend": ("user", "user"), "similar": ("item", "item")},
        knowledge=_triples(),
        rows=len(rows),
    )


def _rows(user: int, rng: np.random.Generator) -> list[tuple[int, int, float, int]]:
    """A person's interactions in the order of time: nine of ten with their own kind, and popular ones first
    in their hearts. Weights: 5 for the own kind, 2 for others."""
    own = np.arange(ITEMS) % KINDS == user % KINDS
    taste = np.where(own, 0.9 / own.sum(), 0.1 / (~own).sum()) * (1.5 - np.arange(ITEMS) / ITEMS)
    count = DRAWN + HELD if user < USERS - 1 else HELD
    chosen = list(rng.choice(ITEMS, size=count, replace=False, p=taste / taste.sum()))
    if user == 0 and ITEMS - 1 not in chosen:
        chosen[0] = ITEMS - 1  # so that the last item is there at all
    return [(user, int(item), 5.0 if own[item] else 2.0, time) for time, item in enumerate(chosen)]


def _users() -> pl.DataFrame:
    import polars as pl

    age = [None if u % 7 == 3 else 20.0 + u for u in range(USERS)]
    job = [None if u % 5 == 4 else f"job {u % KINDS}" for u in range(USERS)]
    return pl.DataFrame({"id": list(range(USERS)), "age": age, "occupation": job})


def _items() -> pl.DataFrame:
    import polars as pl

    every = range(ITEMS)
    return pl.DataFrame(
        {
            "id": list(every),
            "title": [None if i % 8 == 5 else f"Item {i} of kind {i % KINDS}" for i in every],
            "year": [None if i % 6 == 2 else 1990.0 + i for i in every],
            "category": [None if i % 9 == 7 else f"kind {i % KINDS}" for i in every],
            "genre": [None if i % 7 == 6 else [f"g{i % KINDS}", f"h{i % 4}"] for i in every],
        },
        schema_overrides={"genre": pl.List(pl.String)},
    )


def _pairs(count: int) -> pl.DataFrame:
    """Each node is linked to the next of its kind."""
    import polars as pl

    source = list(range(count - KINDS))
    return pl.DataFrame({"source": source, "target": [s + KINDS for s in source]})


def _triples() -> Triples:
    """Each item is of a kind, and was made by somebody; makers work on kinds."""
    import polars as pl

    from recbox.data import Triples

    every = range(ITEMS)
    rows = [(str(i), "of kind", f"kind {i % KINDS}") for i in every]
    rows += [(str(i), "made by", f"maker {i % KINDS}.{i % 5}") for i in every]
    rows += [(f"maker {k}.{n}", "works on", f"kind {k}") for k in range(KINDS) for n in range(5)]
    return Triples(pl.DataFrame(rows, schema=["head", "relation", "tail"], orient="row"))


def graph(
    train: Dataset, *, kernel: str = "torch", types: frozenset[str] = frozenset(), weighted: bool = False
) -> Graph:
    """The training graph: interactions, and edges of `types` (`user-relation`, `item-relation`,
    `knowledge`)."""
    from recbox.context import Context
    from recbox.recipe.edge import Edge
    from recbox.recommender import build_graph

    edges = [
        Edge.parse({"type": t, "weight": "value" if weighted and t != "knowledge" else "none"})
        for t in ("interaction", *sorted(types - {"interaction"}))
    ]
    return build_graph(tuple(edges), train, Context(kernel=kernel, threads=1))
