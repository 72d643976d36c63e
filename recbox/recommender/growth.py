"""New nodes in a trained recommender: they receive and do not send, and what was there stays as it is.

A new node's first vector is what its encoders make of its features, and of its history where they read it;
of a node that they know by its place alone there is nothing to know, and what it starts from is zeros (as in
DropoutNet, Volkovs et al. 2017). Each hop it receives what its neighbours were at that hop in training, by
the same layer with the same parameters (the inductive pass of GraphSAGE, Hamilton et al. 2017,
arXiv:1706.02216).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import final

import numpy as np
import polars as pl
import torch

from recbox.context import Context
from recbox.errors import DataError, UnsupportedError
from recbox.graph import CSR, Layout
from recbox.plugin import Embedding, History, NewUsers
from recbox.recipe.recipe import Recipe
from recbox.recommender.edges import Structures
from recbox.recommender.recommender import COMBINE, Recommender

INTERACTION = "interaction"


@final
class Growth:
    """A recommender with the graph that it was trained on, in evaluation mode; it is not changed."""

    def __init__(
        self, recipe: Recipe, recommender: Recommender, structures: Structures, context: Context
    ) -> None:
        self.recipe, self.structures, self.context = recipe, structures, context
        self.recommender = recommender.eval()

    @cached_property
    def known(self) -> Embedding:
        """Vectors of the nodes that were there, at each hop and in the end."""
        with torch.no_grad():
            return self.recommender(self.structures.graph(self.context))

    def users(self, new: NewUsers) -> torch.Tensor:
        """Final vectors `[n, D]` of new users. `UnsupportedError`: there is nothing to know them by."""
        edges = self.structures.csr.get(INTERACTION)
        encoders = [part.options for part in self.recipe.encoder["user"].part]
        read = any(options.inductive or options.by_history for options in encoders)
        if not (self.recipe.layer and edges) and not read:
            raise UnsupportedError(
                "this recipe scores no new users",
                why="users are known by their ids alone, and no layer brings them what their items are",
                instead="a recipe with a `layer`, or `encoder: {user: {use: feature}}`",
            )
        if edges and edges.weight is not None and (new.weight <= 0).any():
            raise DataError(
                "a history has a weight that is not above 0", why="weights are those of edges of the graph"
            )
        features = pl.DataFrame({"": [None] * len(new)}) if new.features is None else new.features
        first = self._first("user", features, new.history)
        source = new.item + self.structures.layout.offset("item")
        return self._pass("user", first, new.indptr, source, new.weight)

    def items(self, features: pl.DataFrame) -> torch.Tensor:
        """Final vectors `[n, D]` of new items, which nobody has. `UnsupportedError`: no encoder reads any."""
        if not any(part.options.inductive for part in self.recipe.encoder["item"].part):
            used = ", ".join(sorted({part.label for part in self.recipe.encoder["item"].part}))
            raise UnsupportedError(
                "this recipe scores no new items",
                why=f"its items have the encoder {used}, which knows only those that it was trained with",
                instead="`encoder: {item: {use: feature}}`, or a feature encoder beside it (`fuse: sum`)",
            )
        none = np.zeros(features.height + 1, np.int64)
        first = self._first("item", features, History.none(features.height))
        return self._pass("item", first, none, none[:0], np.zeros(0, np.float32))

    def weights(self, node: str, features: pl.DataFrame) -> torch.Tensor | None:
        """float `[n, parts]`: what the encoder's parts weigh for new nodes that have nothing yet; None: they
        aren't weighed."""
        found: torch.Tensor | None = self.recommender.encoder[node].fresh_weights(features)
        return found

    @torch.no_grad()
    def _first(self, node: str, features: pl.DataFrame, history: History) -> torch.Tensor:
        first: torch.Tensor = self.recommender.encoder[node].fresh(features, history)
        return first

    @torch.no_grad()
    def _pass(
        self, node: str, first: torch.Tensor, indptr: np.ndarray, source: np.ndarray, weight: np.ndarray
    ) -> torch.Tensor:
        """The new nodes' vectors. A layer that recbox didn't bring may look at how many edges a node sends,
        which new ones add to: it gets each new node alone, so that none depends on another."""
        alone = len(indptr) > 2 and any(part.foreign for part in self.recipe.layer)
        if not alone:
            return self._hops(node, first, indptr, source, weight)
        parts = []
        for i in range(len(indptr) - 1):
            own = slice(indptr[i], indptr[i + 1])
            lengths = indptr[i : i + 2] - indptr[i]
            parts.append(self._hops(node, first[i : i + 1], lengths, source[own], weight[own]))
        return torch.cat(parts)

    def _hops(
        self, node: str, first: torch.Tensor, indptr: np.ndarray, source: np.ndarray, weight: np.ndarray
    ) -> torch.Tensor:
        place = self.structures.layout.range(node).stop
        graph = grown(self.structures, node, indptr, source, weight).graph(self.context, one_way=True)
        hops, stop = [first], place + len(first)
        for layer, before in zip(self.recommender.layer, self.known.hops, strict=False):
            x = torch.cat([before[:place], hops[-1].to(before.dtype), before[place:]])
            with torch.autocast(x.device.type, torch.bfloat16, enabled=self.recommender.bf16):
                out = layer(graph, x.bfloat16() if self.recommender.bf16 else x)
            hops.append(out[place:stop].float())
        return COMBINE[self.recommender.combine](hops)


def grown(
    was: Structures, node: str, indptr: np.ndarray, source: np.ndarray, weight: np.ndarray
) -> Structures:
    """The structures with new nodes after those of their type, which receive interactions alone.

    indptr: int64 `[n + 1]`; source: int64, nodes of the graph as it was; weight: float32, one an edge, looked
    at where the interactions of the graph have weights.
    """
    place, count = was.layout.range(node).stop, len(indptr) - 1
    counts = tuple((name, n + count * (name == node)) for name, n in was.layout.counts)
    empty = np.zeros(count + 1, np.int64), source[:0], weight[:0]
    csr = {
        type: _inserted(one, place, *((indptr, source, weight) if type == INTERACTION else empty))
        for type, one in was.csr.items()
    }
    return replace(was, layout=Layout(counts), csr=csr)


def _inserted(csr: CSR, place: int, indptr: np.ndarray, source: np.ndarray, weight: np.ndarray) -> CSR:
    """New rows at `place`; the nodes from there on move up by as many."""
    count, at = len(indptr) - 1, csr.indptr[place]
    moved: Sequence[np.ndarray] = [np.where(i >= place, i + count, i) for i in (csr.indices, source)]
    rows = [csr.indptr[:place], at + indptr, csr.indptr[place + 1 :] + indptr[-1]]
    weights = None if csr.weight is None else np.insert(csr.weight, at, weight)
    more = {name: (a, np.zeros((len(source), *a.shape[1:]), a.dtype)) for name, a in csr.edge.items()}
    edge = {name: np.insert(was, at, new, axis=0) for name, (was, new) in more.items()}
    indices = np.insert(moved[0], at, moved[1])
    return CSR(np.concatenate(rows), indices, weights, None, csr.columns + count, edge)
