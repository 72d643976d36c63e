"""New nodes in a trained recommender: they receive and do not send, and what was there stays as it is.

A new node's first vector is what its encoders make of its features, and of its history where they read it;
of a node that they know by its place alone there is nothing to know, and what it starts from is zeros (as in
DropoutNet, Volkovs et al. 2017). Each hop it receives what its neighbours were at that hop in training, by
the same layer with the same parameters (the inductive pass of GraphSAGE, Hamilton et al. 2017,
arXiv:1706.02216).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import final

import numpy as np
import polars as pl
import torch

from recbox.context import Context
from recbox.errors import DataError, UnsupportedError
from recbox.kernel import Graph
from recbox.plugin import Embedding, History, NewUsers
from recbox.recipe.recipe import Network
from recbox.recommender.edges import Structures
from recbox.recommender.near import Degrees, carries, degrees, near
from recbox.recommender.received import INTERACTION, Arriving, grown, nothing, of_users
from recbox.recommender.recommender import Recommender


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
    def _degrees(self) -> Degrees:
        return degrees(self.structures)

    @cached_property
    def known(self) -> Embedding:
        """Vectors of the nodes that were there, at each hop and in the end."""
        with torch.no_grad():
            return self.recommender(self.graph)

    def users(self, new: NewUsers) -> torch.Tensor:
        """Final vectors `[n, D]` of new users, and of known ones with what they took since: these start from
        what their encoders gave in training. `UnsupportedError`: there is nothing to know them by."""
        first, received = self.arriving(new)
        return self._combined(self._pass("user", first, received))

    def arriving(self, new: NewUsers) -> tuple[torch.Tensor, Arriving]:
        """What users start from, `[n, d]`, and what they receive; see `users`."""
        edges = self.structures.csr.get(INTERACTION)
        encoders = [part.options for part in self.recipe.encoder["user"].part]
        read = any(options.inductive or options.by_history for options in encoders)
        if not (self.recipe.layer and edges) and not read:
            raise _unreached(bool(self.recipe.layer), edges is not None)
        weight = self._weight(new)
        features = pl.DataFrame({"": [None] * len(new)}) if new.features is None else new.features
        first = self._first("user", features, new.history, new.known)
        return first, of_users(self.structures, new, weight)

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
        return self._pass("item", first, nothing(self.structures, features.height))

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
    def _first(
        self, node: str, features: pl.DataFrame, history: History, known: np.ndarray | None = None
    ) -> torch.Tensor:
        there = None if known is None else torch.from_numpy(known).to(self.context.device)
        first: torch.Tensor = self.recommender.encoder[node].fresh(features, history, there)
        return first

    @torch.no_grad()
    def _pass(self, node: str, first: torch.Tensor, received: Arriving) -> list[torch.Tensor]:
        """The new nodes' vectors at each hop. A layer that recbox didn't bring may look at how many edges a
        node sends, which new ones add to: it gets each new node alone, so that none depends on another."""
        alone = len(first) > 1 and any(part.foreign for part in self.recipe.layer)
        if not alone:
            return self._hops(node, first, received)
        each = [{type: one.of(i) for type, one in received.items()} for i in range(len(first))]
        parts = [self._hops(node, first[i : i + 1], own) for i, own in enumerate(each)]
        return [torch.cat(each) for each in zip(*parts)]

    def _hops(self, node: str, first: torch.Tensor, received: Arriving) -> list[torch.Tensor]:
        structures, known = self.structures, self.known.hops
        if not carries(structures) and not any(part.foreign for part in self.recipe.layer):
            seen = near(structures, self._degrees, received)
            structures, received = seen.structures, seen.arriving
            known = [hop[torch.from_numpy(seen.nodes).to(hop.device)] for hop in known]
        place = structures.layout.range(node).stop
        graph = grown(structures, node, len(first), received).graph(self.context, one_way=True)
        hops, stop = [first], place + len(first)
        for layer, before in zip(self.recommender.layer, known, strict=False):
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
