"""A trained recommender over more nodes than it was trained with, whose parameters stay as they are.

New nodes stand behind those of their type. What an encoder makes of them are their first vectors, as for
`Growth`: of their features, of their history where it reads it, and zeros where it knows nodes by their place
alone. Unlike there they send, too: messages pass over the whole graph.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import polars as pl
import torch
from torch import nn

from recbox.data import Dataset, Knowledge, Nodes
from recbox.data.history import History
from recbox.recipe.recipe import Network
from recbox.recipe.template import other
from recbox.recommender.assembly import prior_of
from recbox.recommender.fused import Fused
from recbox.recommender.recommender import Recommender

Base = Mapping[str, int]
"""By node type, how many nodes, the first ones, parameters were trained with."""


class Extended(nn.Module):
    """The encoders of one node type, in evaluation mode, and new nodes behind those that they were made for.

    table: a row of features for each new node; history: what each has, among the nodes that were trained
    with. limit: how many these are.
    """

    def __init__(self, base: Fused, table: pl.DataFrame, history: History, limit: int) -> None:
        super().__init__()
        self.base, self.table, self.history, self.limit = base, table, history, limit
        self.count, self.width = base.count + table.height, base.width
        with torch.no_grad():
            self.register_buffer("more", base.fresh(table, history), persistent=False)

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        known = nodes < self.base.count
        rows = self.base(nodes[known])
        if bool(known.all()):
            return rows
        out = rows.new_empty(len(nodes), rows.shape[1])
        out[known] = rows
        out[~known] = self.more[nodes[~known] - self.base.count].to(rows)
        return out

    def fresh(
        self, table: pl.DataFrame, history: History | None = None, known: torch.Tensor | None = None
    ) -> torch.Tensor:
        """As `Fused.fresh`; what encoders weren't trained with says nothing of a newer node."""
        if known is not None:
            late = known - self.base.count
            table, known = self._described(table, late), torch.where(late >= 0, -1, known)
        return self.base.fresh(table, history if history is None else within(history, self.limit), known)

    def _described(self, table: pl.DataFrame, late: torch.Tensor) -> pl.DataFrame:
        """The table with the rows of nodes that came later than training. late: int64 `[n]`, which of these
        each is, below 0: none."""
        at = late.cpu().numpy()
        rows = np.flatnonzero(at >= 0)
        if not len(rows):
            return table
        others = np.flatnonzero(at < 0)
        mixed = pl.concat([table[others], self.table[at[rows]]], how="diagonal_relaxed")
        return mixed[np.argsort(np.concatenate([others, rows]))]

    def weights(self, nodes: torch.Tensor) -> torch.Tensor | None:
        """As `Fused.weights`."""
        known = self.base.weights(nodes[nodes < self.base.count])
        if known is None:
            return None
        new = self.base.fresh_weights(self.table, self.history)
        every = torch.empty(self.count, known.shape[1], dtype=known.dtype, device=known.device)
        every[nodes[nodes < self.base.count]] = known
        every[self.base.count :] = new
        return every[nodes]

    def fresh_weights(self, table: pl.DataFrame, history: History | None = None) -> torch.Tensor | None:
        """As `Fused.fresh_weights`."""
        return self.base.fresh_weights(table, history if history is None else within(history, self.limit))


def extend(recommender: Recommender, recipe: Network, train: Dataset, base: Base) -> None:
    """Have the recommender know all nodes of `train`; it was built for the first `base` of each type."""
    recommender.eval()
    for node, encoder in recommender.encoder.items():
        more = train.nodes(node).table[base[node] :]
        if more.height:
            history, limit = _history(train, node, base), base[other(node)] if node != "entity" else 0
            recommender.encoder[node] = Extended(encoder, more.drop("id"), history, limit)
    recommender.prior = prior_of(recipe.head, train)


def _history(train: Dataset, node: str, base: Base) -> History:
    """What the new nodes of a type have, among those of the other type that were trained with."""
    count = len(train.nodes(node))
    if node == "entity":
        return History.none(count - base[node])
    every = History.of(train, node)
    return within(every.take(np.arange(base[node], count)), base[other(node)])


def within(history: History, limit: int) -> History:
    """Without nodes from `limit` on."""
    keep = history.node < limit
    total = np.concatenate([[0], np.cumsum(keep)])
    return History(total[history.indptr], history.node[keep])


def trained_with(data: Dataset, base: Base) -> Dataset:
    """The nodes that parameters were trained with, and what is between them."""
    x = data.interaction
    users, items = base["user"], base["item"]
    return replace(
        data,
        user=_head(data.user, users),
        item=_head(data.item, items),
        interaction=x.take(np.flatnonzero((x.user < users) & (x.item < items))),
        relation={},
        knowledge=None if data.knowledge is None else _among(data.knowledge, items, len(data.item)),
    )


def _head(nodes: Nodes, count: int) -> Nodes:
    return nodes if count == len(nodes) else replace(nodes, table=nodes.table.head(count))


def _among(known: Knowledge, items: int, of: int) -> Knowledge:
    """The triples without the items from `items` on, of which there are `of`."""
    keep = np.ones(len(known), bool)
    ends = []
    for end in (known.head, known.tail):
        keep &= (end < items) | (end >= of)
        ends.append(np.where(end >= of, end - (of - items), end))
    return Knowledge(ends[0][keep], known.relation[keep], ends[1][keep], known.relations)


def trained(recommender: Recommender) -> Recommender:
    """The same parameters, with the encoders of the nodes alone that they were trained with."""
    base = {node: getattr(encoder, "base", encoder) for node, encoder in recommender.encoder.items()}
    r = recommender
    layers = r.layer, r.combine, r.head, r.bf16, r.norms
    return Recommender(nn.ModuleDict(base), *layers, retrievable=r.retrievable).eval()
