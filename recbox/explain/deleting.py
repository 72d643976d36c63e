"""Scores without some of a user's items: the graph pass is run again over a graph without their edges."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from recbox.explain.found import Without
from recbox.explain.subject import Records, Subject, having
from recbox.kernel import View
from recbox.plugin import NewItems
from recbox.recommender import GraphScorer, Growth


def without(records: Records, subject: Subject, growth: Growth) -> Without:
    """Of a user who was there: all edges between the user and the items go, in both directions, and all nodes
    are passed over again, with all parameters as trained. Of one who came since, or took more: the items go
    from what the user receives."""

    def passed(lists: Sequence[np.ndarray]) -> np.ndarray:
        return np.stack([_again(records, growth, subject.user, out) for out in lists])

    def shorter(lists: Sequence[np.ndarray]) -> np.ndarray:
        left = having(subject.history, [np.flatnonzero(~np.isin(subject.history.item, out)) for out in lists])
        scores = records.scorer.new_users(left).block(np.arange(len(lists)))
        return np.asarray(scores.detach().float().cpu().numpy())

    return shorter if subject.since else passed


def effort(records: Records, subject: Subject, *, over_graph: bool) -> int:
    """About how many multiplications one of the lists of `without` takes."""
    items = len(records.ids)
    if not over_graph:  # a row of items for each item of the history, as of a matrix of items by items
        return items * (1 + len(subject.history.item))
    growth = records.artifact.growth
    width = growth.known.hops[0].shape[1]
    if subject.since:
        return width * (items + len(growth.known.hops) * len(subject.history.item))
    layers = len(growth.recommender.layer)
    return width * (items + layers * (growth.graph.edges + width * growth.graph.nodes))


def _again(records: Records, growth: Growth, user: int, out: np.ndarray) -> np.ndarray:
    """float32 `[items]`: all scores of a user without edges to these items."""
    graph, scorer = growth.graph, records.artifact.scorer
    assert isinstance(scorer, GraphScorer)  # noqa: S101
    nodes = torch.from_numpy(out + growth.structures.layout.offset("item"))
    view = View(keep=_kept(growth, user, nodes))
    with torch.no_grad():
        final = growth.recommender(graph, view).final
        own, items = (final[rows] for rows in growth.recommender.rows)
        prior = scorer.prior
        if records.new is not None:  # these receive nothing, so that they are what they were
            new = scorer.new_items(NewItems(records.new))
            assert isinstance(new, GraphScorer)  # noqa: S101
            items = torch.cat([items, new.item])
            prior = None if prior is None or new.prior is None else torch.cat([prior, new.prior])
        again = GraphScorer(own[user : user + 1], items, scorer.head, scorer.retrievable, prior=prior)
        return np.asarray(again.block(np.zeros(1, np.int64))[0].cpu().numpy())


def _kept(growth: Growth, user: int, nodes: torch.Tensor) -> torch.Tensor:
    """bool `[edges]`: all but those between the user and the nodes."""
    graph = growth.graph
    kept = torch.ones(graph.edges, dtype=torch.bool, device=graph.device)
    begin, end = graph.indptr[user : user + 2].tolist()
    own = begin + torch.isin(graph.indices[begin:end], nodes.to(graph.device)).nonzero()[:, 0]
    kept[own] = False
    if graph.reverse is not None:
        kept[graph.reverse[own]] = False
        return kept
    for node in nodes.tolist():
        begin, end = graph.indptr[node : node + 2].tolist()
        kept[begin + (graph.indices[begin:end] == user).nonzero()[:, 0]] = False
    return kept
