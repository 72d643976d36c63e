"""New nodes in a trained recommender: they receive and do not send, and what was there stays as it is.

A new node's first vector is what its encoders make of its features, and of its history where they read it;
of a node that they know by its place alone there is nothing to know, and what it starts from is zeros (as in
DropoutNet, Volkovs et al. 2017). Each hop it receives what its neighbours were at that hop in training, by
the same layer with the same parameters (the inductive pass of GraphSAGE, Hamilton et al. 2017,
arXiv:1706.02216).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self, final

import numpy as np
import polars as pl
import torch

from recbox.context import Context
from recbox.errors import DataError, UnsupportedError
from recbox.graph import CSR, Layout
from recbox.kernel import Graph
from recbox.plugin import Embedding, History, NewUsers
from recbox.recipe.recipe import Network
from recbox.recommender.carried import FEATURE, of_new_users
from recbox.recommender.edges import Structures
from recbox.recommender.recommender import Recommender

INTERACTION = "interaction"


@dataclass(frozen=True)
class Received:
    """Interactions that new nodes receive over: node i's are `indptr[i]:indptr[i + 1]`. source: int64, nodes
    of the graph as it was; weight: float32, looked at where the graph's have weights; carried: float32 `[m,
    features]`, what the edges carry."""

    indptr: np.ndarray
    source: np.ndarray
    weight: np.ndarray
    carried: np.ndarray

    def __len__(self) -> int:
        return len(self.indptr) - 1

    @classmethod
    def nothing(cls, count: int) -> Self:
        """Of so many nodes, none has any."""
        none = np.zeros(0, np.float32)
        return cls(np.zeros(count + 1, np.int64), np.zeros(0, np.int64), none, none[:, None])

    def of(self, i: int) -> Received:
        """What node i has."""
        own = slice(self.indptr[i], self.indptr[i + 1])
        lengths = self.indptr[i : i + 2] - self.indptr[i]
        return Received(lengths, self.source[own], self.weight[own], self.carried[own])


@final
class Growth:
    """A recommender with the graph that it was trained on, in evaluation mode; it is not changed."""

    def __init__(
        self, recipe: Network, recommender: Recommender, structures: Structures, context: Context
    ) -> None:
        self.recipe, self.structures, self.context = recipe, structures, context
        self.recommender = recommender.eval()

    @cached_property
    def graph(self) -> Graph:
        """The graph that it was trained on."""
        return self.structures.graph(self.context)

    @cached_property
    def known(self) -> Embedding:
        """Vectors of the nodes that were there, at each hop and in the end."""
        with torch.no_grad():
            return self.recommender(self.graph)

    def users(self, new: NewUsers) -> torch.Tensor:
        """Final vectors `[n, D]` of new users. `UnsupportedError`: there is nothing to know them by."""
        edges = self.structures.csr.get(INTERACTION)
        encoders = [part.options for part in self.recipe.encoder["user"].part]
        read = any(options.inductive or options.by_history for options in encoders)
        if not (self.recipe.layer and edges) and not read:
            raise _unreached(bool(self.recipe.layer), edges is not None)
        weight = self._weight(new)
        features = pl.DataFrame({"": [None] * len(new)}) if new.features is None else new.features
        first = self._first("user", features, new.history)
        source = new.item + self.structures.layout.offset("item")
        carried = of_new_users(self.structures.feature.get(INTERACTION, ()), new)
        return self._combined(self._pass("user", first, Received(new.indptr, source, weight, carried)))

    def items(self, features: pl.DataFrame) -> torch.Tensor:
        """Final vectors `[n, D]` of new items, which nobody has. `UnsupportedError`: no encoder reads any."""
        return self._combined(self._item_hops(features))

    def hop_weights(self, features: pl.DataFrame) -> torch.Tensor | None:
        """float `[n, L + 1]`: what each hop weighs for new items; None: hops aren't weighed."""
        return self.recommender.hop_weights(self._item_hops(features))

    def attention(self) -> dict[int, torch.Tensor]:
        """float `[e, heads]` by hop: what each edge of the graph weighs in the layers that say so."""
        return self.recommender.attention(self.graph, self.known.hops)

    def _weight(self, new: NewUsers) -> np.ndarray:
        """float32 `[m]`: what the edges of histories count. 1 where the recipe leaves the data's weights out,
        though `recency` may have weighed those of the graph."""
        if not any(edge.type == INTERACTION and edge.weight == "value" for edge in self.recipe.edge):
            return np.ones_like(new.weight)
        if (new.weight <= 0).any():
            raise DataError(
                "a history has a weight that is not above 0", why="weights are those of edges of the graph"
            )
        return new.weight

    def _item_hops(self, features: pl.DataFrame) -> list[torch.Tensor]:
        if not any(part.options.inductive for part in self.recipe.encoder["item"].part):
            used = ", ".join(sorted({part.label for part in self.recipe.encoder["item"].part}))
            raise UnsupportedError(
                "this recipe scores no new items",
                why=f"its items have the encoder {used}, which knows only those that it was trained with",
                instead="`encoder: {item: {use: feature}}`, or a feature encoder beside it (`fuse: sum`)",
            )
        first = self._first("item", features, History.none(features.height))
        return self._pass("item", first, Received.nothing(features.height))

    @torch.no_grad()
    def _combined(self, hops: Sequence[torch.Tensor]) -> torch.Tensor:
        final: torch.Tensor = self.recommender.combine(hops)
        return final

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
    def _pass(self, node: str, first: torch.Tensor, received: Received) -> list[torch.Tensor]:
        """The new nodes' vectors at each hop. A layer that recbox didn't bring may look at how many edges a
        node sends, which new ones add to: it gets each new node alone, so that none depends on another."""
        alone = len(received) > 1 and any(part.foreign for part in self.recipe.layer)
        if not alone:
            return self._hops(node, first, received)
        parts = [self._hops(node, first[i : i + 1], received.of(i)) for i in range(len(received))]
        return [torch.cat(each) for each in zip(*parts)]

    def _hops(self, node: str, first: torch.Tensor, received: Received) -> list[torch.Tensor]:
        place = self.structures.layout.range(node).stop
        graph = grown(self.structures, node, received).graph(self.context, one_way=True)
        hops, stop = [first], place + len(first)
        for layer, before in zip(self.recommender.layer, self.known.hops, strict=False):
            x = torch.cat([before[:place], hops[-1].to(before.dtype), before[place:]])
            with torch.autocast(x.device.type, torch.bfloat16, enabled=self.recommender.bf16):
                out = layer(graph, x.bfloat16() if self.recommender.bf16 else x)
            hops.append(out[place:stop].float())
        return hops


def _unreached(layers: bool, edges: bool) -> UnsupportedError:
    """No way leads from items to users. layers, edges: whether the recipe has what it takes."""
    brings = "the graph has no interactions that would bring" if layers else "no layer brings"
    missing = [] if layers else ["a recipe with a `layer`"]
    missing += [] if edges else ["`interaction` in `graph.edge`"]
    return UnsupportedError(
        "this recipe scores no new users",
        why=f"users are known by their ids alone, and {brings} them what their items are",
        instead=f"{' and '.join(missing)}, or `encoder: {{user: {{use: feature}}}}`",
    )


def grown(was: Structures, node: str, received: Received) -> Structures:
    """The structures with new nodes after those of their type, which receive interactions alone."""
    place, count = was.layout.range(node).stop, len(received)
    counts = tuple((name, n + count * (name == node)) for name, n in was.layout.counts)
    nothing = Received.nothing(count)
    csr = {
        type: _inserted(one, place, received if type == INTERACTION else nothing)
        for type, one in was.csr.items()
    }
    return replace(was, layout=Layout(counts), csr=csr)


def _inserted(csr: CSR, place: int, new: Received) -> CSR:
    """New rows at `place`; the nodes from there on move up by as many. Of what edges carry besides their
    features, new ones have zeros."""
    count, at = len(new), csr.indptr[place]
    moved: Sequence[np.ndarray] = [np.where(i >= place, i + count, i) for i in (csr.indices, new.source)]
    rows = [csr.indptr[:place], at + new.indptr, csr.indptr[place + 1 :] + new.indptr[-1]]
    weights = None if csr.weight is None else np.insert(csr.weight, at, new.weight)
    zeros = {name: np.zeros((len(new.source), *was.shape[1:]), was.dtype) for name, was in csr.edge.items()}
    more = zeros | ({FEATURE: new.carried} if FEATURE in csr.edge and len(new.source) else {})
    edge = {name: np.insert(was, at, more[name], axis=0) for name, was in csr.edge.items()}
    indices = np.insert(moved[0], at, moved[1])
    return CSR(np.concatenate(rows), indices, weights, None, csr.columns + count, edge)
