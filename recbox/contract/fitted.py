"""Fitting a model on the kit's worlds, on changed ones, and on almost nothing."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from recbox.context import Context
from recbox.contract.case import Case
from recbox.contract.law import hold
from recbox.contract.training import course
from recbox.contract.world import ITEMS, KINDS, USERS, World, tables, world
from recbox.data import Dataset, Interactions, Nodes, Relation, assemble
from recbox.plugin import Model, Scorer, Spec, Trained
from recbox.recipe.blocks import Clean
from recbox.train import fit as run

SEEDS = (0, 1, 2)
"""The worlds that a model is fitted on."""
TAKEN, HELD = 10, 3
"""A person's interactions in `skewed`, and how many of them are held out."""


@dataclass(frozen=True)
class Inputs:
    """The training part of the kit's world."""

    train: Dataset


def inputs(case: Case, double: bool = False) -> Inputs:
    return Inputs(copy.deepcopy(world().train))


def produce(case: Case, context: Context, given: Inputs) -> Mapping[str, Any]:
    scorer = fit_on(case, given.train, context)
    arrays, json = scorer.state()
    return {"the scores": block(scorer), "the state": [arrays, repr(json)]}


def model(case: Case) -> Model:
    assert isinstance(case.options, Model)  # noqa: S101
    return case.options


def fit(case: Case, train: Dataset, context: Context | None = None) -> Scorer:
    """Fit on a copy, so that no law sees what another's model changed."""
    return fit_on(case, copy.deepcopy(train), context or case.context)


def fit_on(case: Case, train: Dataset, context: Context) -> Scorer:
    """Fit on this very data; what the engine trains is trained."""
    if isinstance(case.options, Trained):
        given = course(case, train, context)
        run(given, None)
        scorer = given.scorer()
    else:
        spec = Spec(node="", count=0, width=0, dim=0, train=train, graph=None, context=context)
        scorer = model(case).fit(spec)
    hold(isinstance(scorer, Scorer), f"fit returns a {type(scorer).__name__}, not a Scorer")
    return scorer


def block(scorer: Scorer) -> np.ndarray:
    """float `[users, items]`: all scores."""
    scores: np.ndarray = scorer.block(np.arange(scorer.shape[0])).numpy().copy()
    return scores


def draws(case: Case) -> bool:
    """Whether another seed gives other scores."""
    train, other = world().train, case.context.with_(seed=case.context.seed + 1)
    return not np.array_equal(block(fit(case, train)), block(fit(case, train, other)))


def near(found: np.ndarray, expected: np.ndarray, seen: str, to: float = 1e-4) -> None:
    """The law is broken where an entry differs by more than `to` of the largest."""
    hold(found.shape == expected.shape, f"{list(found.shape)}, not {list(expected.shape)}")
    if expected.size:
        gap = float(np.abs(found - expected).max())
        hold(gap <= to * max(1.0, float(np.abs(expected).max())), seen.format(f"{gap:.2g}"))


def auc(scorer: Scorer, given: World) -> float:
    """How often a held-out item is above one that its user never takes; ties are halves."""
    scores, x = block(scorer), given.train.interaction
    free = np.ones(scores.shape, bool)
    free[x.user, x.item] = False
    free[given.held[:, 0], given.held[:, 1]] = False
    found = []
    for user, item in given.held:
        others = scores[user, free[user]]
        found.append(np.mean(others < scores[user, item]) + 0.5 * np.mean(others == scores[user, item]))
    return float(np.mean(found))


@cache
def skewed(seed: int) -> World:
    """People and items of the kit's world, with a few items that most people take, so that popularity alone
    tells something; what is held out is drawn from all that a person took. Weights are higher for every other
    item, and from some people."""
    import polars as pl

    rng = np.random.default_rng(seed)
    popular = 1.0 / (1.0 + rng.permutation(ITEMS))
    rows = []
    for user in range(USERS):
        liked = popular * np.where(np.arange(ITEMS) % KINDS == user % KINDS, 4.0, 1.0)
        taken = rng.choice(ITEMS, TAKEN, replace=False, p=liked / liked.sum())
        weight = 3.0 + (user // KINDS) % 3 + taken % 2 + rng.normal(0, 0.5, TAKEN)
        order = rng.permutation(TAKEN)
        rows += [(user, int(taken[at]), float(weight[at]), time) for time, at in enumerate(order)]
    frame = pl.DataFrame(rows, schema=["user", "item", "weight", "time"], orient="row")
    whole = assemble(replace(tables(seed), interaction=frame, rows=len(rows)), Clean())
    x, held = whole.interaction, np.asarray(whole.interaction.time) < HELD
    return World(whole.take(np.flatnonzero(~held)), np.stack([x.user, x.item], axis=1)[held], x.weight[held])


def error(scores: np.ndarray, given: World) -> float:
    """Mean squared difference of scores `[users, items]` and the weights that are held out."""
    at = given.held[:, 0], given.held[:, 1]
    return float(((scores[at] - given.weight) ** 2).mean())


def renamed(train: Dataset, order: np.ndarray) -> Dataset:
    """The data with its users in another order: user i is the one that was `order[i]`."""
    place = np.argsort(order)
    nodes, x = train.user, train.interaction
    table = nodes.table.select("id").hstack(nodes.table.drop("id")[order.tolist()])
    return replace(
        train,
        user=replace(nodes, table=table),
        interaction=replace(x, user=place[x.user]),
        relation={name: _moved(links, place) for name, links in train.relation.items()},
    )


def _moved(links: Relation, place: np.ndarray) -> Relation:
    source, target = (
        place[at] if end == "user" else at for end, at in zip(links.ends, (links.source, links.target))
    )
    return replace(links, source=source, target=target)


def shuffled(case: Case, train: Dataset) -> Dataset:
    """The data with its interactions in another order."""
    return train.take(case.context.random("contract.order").permutation(len(train.interaction)))


def single(users: int, items: int, needs: frozenset[str] = frozenset()) -> Dataset:
    """One interaction, of the first user with the first item, and of features those that items need."""
    import polars as pl

    nodes = [Nodes(pl.DataFrame({"id": np.arange(count)})) for count in (users, items)]
    if needs:
        own = world().train.item
        columns = tuple(c for c in own.columns if c.name in needs)
        table = own.table.head(items).select("id", *(c.name for c in columns))
        nodes[1] = Nodes(table, columns)
    first = np.zeros(1, np.int64)
    x = Interactions(first, first.copy(), np.ones(1, np.float32), np.zeros(1, np.int64))
    return Dataset("single", nodes[0], nodes[1], x)
