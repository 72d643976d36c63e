"""Scores without some of a user's items: the graph pass is run again over a graph without their edges.

Where each hop is `Â x`, that is one over the graph that is there, less what came over those edges
(`hops_without`); where layers look no farther than a node's own edges, it is one of the rows that change
(`again`); else one over a graph of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from recbox.explain.again import Less, passed
from recbox.explain.ego import Egos
from recbox.explain.found import DRAWS, Without
from recbox.explain.subject import Records, Subject, having
from recbox.kernel import View, by_column, hops_without, kept, lacking
from recbox.plugin import NewItems
from recbox.recommender import GraphScorer, Growth

FEWEST = 5
"""Draws of other evidence where each is a pass over a large graph of its own."""
SUMS = ("last", "sum", "mean", "layers")
"""Ways to combine hops that add up vectors."""
AFFORDED = 10_000_000
"""Edges, times layers, that passes for comparison may go over in all."""


def without(records: Records, subject: Subject, growth: Growth) -> Without:
    """Of a user who was there: all edges between the user and the items go, in both directions, and all nodes
    are passed over again, with all parameters as trained. Of one who came since, or took more: the items go
    from what the user receives."""

    def over(lists: Sequence[np.ndarray]) -> np.ndarray:
        scorer = records.artifact.scorer
        if isinstance(scorer, GraphScorer) and _is_product(scorer, growth):
            return _products(records, growth, subject.user, lists)
        read = _read(records, subject, growth)
        return np.stack([_again(records, growth, subject.user, out, read) for out in lists])

    def shorter(lists: Sequence[np.ndarray]) -> np.ndarray:
        left = having(subject.history, [np.flatnonzero(~np.isin(subject.history.item, out)) for out in lists])
        scores = records.scorer.new_users(left).block(np.arange(len(lists)))
        return np.asarray(scores.detach().float().cpu().numpy())

    return shorter if subject.since else over


def effort(records: Records, subject: Subject, *, over_graph: bool) -> int:
    """About how many multiplications one of the lists of `without` takes."""
    items = len(records.ids)
    if not over_graph:  # a row of items for each item of the history, as of a matrix of items by items
        return items * (1 + len(subject.history.item))
    growth = records.artifact.growth
    width = growth.known.hops[0].shape[1]
    if subject.since:
        return width * (items + len(growth.known.hops) * len(subject.history.item))
    scorer, layers = records.artifact.scorer, len(growth.recommender.layer)
    if chain(growth) is None:
        return width * (items + layers * (growth.graph.edges + width * growth.graph.nodes))
    product = isinstance(scorer, GraphScorer) and _is_product(scorer, growth)
    return width * items + layers * growth.graph.edges * (2 if product else width)


def _read(records: Records, subject: Subject, growth: Growth) -> np.ndarray:
    """bool `[N]`: the user, the target, and the items that the user doesn't have."""
    layout = growth.structures.layout
    read, items = np.zeros(layout.total, bool), layout.range("item")
    read[items] = ~records.seen(subject.user)[: layout.count("item")]
    read[subject.user] = True
    if subject.item < layout.count("item"):
        read[items.start + subject.item] = True
    return read


def _again(records: Records, growth: Growth, user: int, out: np.ndarray, read: np.ndarray) -> np.ndarray:
    """float32 `[items]`: scores of a user without edges to these items; of the nodes that are `read`."""
    scorer = records.artifact.scorer
    assert isinstance(scorer, GraphScorer)  # noqa: S101
    less = Less(user, np.sort(out) + growth.structures.layout.offset("item"), read)
    with torch.no_grad():
        final = _passed(records.egos, less)
        own, items = (final[rows] for rows in growth.recommender.rows)
        new = _new(records, scorer)
        items = items if new is None else torch.cat([items, new.item])
        prior = _prior(scorer, new)
        again = GraphScorer(own[user : user + 1], items, scorer.head, scorer.retrievable, prior=prior)
        return np.asarray(again.block(np.zeros(1, np.int64))[0].cpu().numpy())


def _passed(egos: Egos, less: Less) -> torch.Tensor:
    """float32 `[N, D]`: final vectors, right where they are read."""
    growth, nodes = egos.growth, torch.from_numpy(less.nodes)
    graph, recommender, norm = growth.graph, growth.recommender, chain(growth)
    if norm is not None:
        gone = lacking(graph, less.user, nodes)
        hops = hops_without(graph, growth.known.hops[0], len(recommender.layer), norm, gone)
    elif (found := passed(egos, less)) is not None:
        hops = found
    else:
        view = View(keep=kept(graph, less.user, nodes))
        return torch.as_tensor(recommender(graph, view).final)
    final: torch.Tensor = recommender.combine(hops)
    return final


@torch.no_grad()
def _products(records: Records, growth: Growth, user: int, lists: Sequence[np.ndarray]) -> np.ndarray:
    """float32 `[n, items]`: the same scores, for each of the lists, where they are inner products.

    With `P` what hops and `combine` make of vectors x, the user's is `f = (P e_u)ᵀ x`, and all items' scores
    are `P (x f)`: for each list two columns are passed over the graph, in place of all of x.
    """
    scorer, graph, x = records.artifact.scorer, growth.graph, growth.known.hops[0]
    norm, offset = chain(growth), growth.structures.layout.offset("item")
    assert isinstance(scorer, GraphScorer) and norm is not None  # noqa: S101
    gone = by_column([lacking(graph, user, torch.from_numpy(out + offset)) for out in lists])

    def final(columns: torch.Tensor) -> torch.Tensor:
        hops = hops_without(graph, columns, len(growth.recommender.layer), norm, gone)
        return torch.as_tensor(growth.recommender.combine(hops))

    one = x.new_zeros(graph.nodes, len(lists))
    one[user] = 1
    own = final(one).T @ x
    scores = final(x @ own.T)[growth.recommender.rows[1]].T
    new = _new(records, scorer)
    scores = scores if new is None else torch.cat([scores, own @ new.item.T], 1)
    prior = _prior(scorer, new)
    return np.asarray((scores if prior is None else scores + prior).cpu().numpy())


def _new(records: Records, scorer: GraphScorer) -> GraphScorer | None:
    """Of new items: these receive nothing, so that they are what they were."""
    if records.new is None:
        return None
    new = scorer.new_items(NewItems(records.new))
    assert isinstance(new, GraphScorer)  # noqa: S101
    return new


def _prior(scorer: GraphScorer, new: GraphScorer | None) -> torch.Tensor | None:
    if scorer.prior is None or new is None:
        return scorer.prior
    return None if new.prior is None else torch.cat([scorer.prior, new.prior])


def _is_product(scorer: GraphScorer, growth: Growth) -> bool:
    """Whether scores are inner products of sums of hops, over a graph that is the same both ways."""
    if chain(growth) not in ("sym", "none") or growth.recipe.combine not in SUMS or not scorer.retrievable:
        return False
    own, other = scorer.user[:4], scorer.item[:4]
    head: Any = scorer.head
    user, item = head.vectors(own, other)
    return torch.equal(user, own) and torch.equal(item, other)


def chain(growth: Growth) -> str | None:
    """The norm, where each layer is `propagate` by the same one; such passes need no graph of their own."""
    norms = set(growth.recommender.norms)
    return norms.pop() if len(norms) == 1 and growth.graph.reverse is not None else None


def draws(egos: Egos) -> int:
    """How many passes for comparison a test by deletion may cost, by what one costs."""
    growth = egos.growth
    layers = len(growth.recommender.layer)
    if chain(growth) is not None or not any(egos.reach(number) for number in range(layers)):
        return DRAWS
    return min(DRAWS, max(FEWEST, AFFORDED // max(1, growth.graph.edges * layers)))
