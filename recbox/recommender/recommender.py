"""The module that is trained: vectors of all nodes, and a head that scores them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import torch
from torch import nn

from recbox.kernel import Graph, View, blocks_of, narrow_products
from recbox.plugin import Embedding
from recbox.recommender.combine import Attended
from recbox.recommender.some import first_of


class Recommender(nn.Module):
    """encoder → layers → combine, for all nodes at once; users are the first rows, items the next, and where
    the graph has entities these are the last."""

    def __init__(
        self,
        encoder: nn.ModuleDict,
        layer: nn.ModuleList,
        combine: nn.Module,
        head: nn.Module,
        bf16: bool,
        norms: Sequence[str | None] = (),
        prior: torch.Tensor | None = None,
        retrievable: bool = False,
    ) -> None:
        """norms: of each layer, what `Layer.propagates` says; none: of none. prior: float32 `[items]`, what
        their scores have besides (`Head.prior`); None: nothing. retrievable: see `Head.retrievable`."""
        super().__init__()
        self.encoder, self.layer, self.head = encoder, layer, head
        self.combine = combine
        self.norms = tuple(norms) or (None,) * len(layer)
        self.register_buffer("prior", prior, persistent=False)
        self.bf16, self.retrievable = bf16, retrievable
        """Propagate in bfloat16; parameters, combination and what is judged stay in float32."""

    @property
    def counts(self) -> tuple[int, int]:
        """(users, items)."""
        return self.encoder["user"].count, self.encoder["item"].count

    def attend(self, users: torch.Tensor | None, items: torch.Tensor | None) -> None:
        """Before a step: the nodes that it is about, int64 `[m]` each, perhaps repeated. None for both: an
        epoch begins."""
        about = {"user": users, "item": items}
        for type, encoder in self.encoder.items():
            encoder.attend(about.get(type, users if users is None else users[:0]))

    @property
    def rows(self) -> tuple[slice, slice]:
        """Where users are, and where items are."""
        users, items = self.counts
        return slice(0, users), slice(users, users + items)

    def first(self, nodes: torch.Tensor | None = None) -> torch.Tensor:
        """What the encoders give: `[N, d]`, or `[n, d]` for `nodes`."""
        if nodes is not None:
            return first_of(list(self.encoder.values()), nodes)
        return torch.cat(self._parts())

    def _parts(self) -> list[torch.Tensor]:
        """What each type's encoder gives, `[n, d]` each."""
        device = next(self.parameters()).device
        return [e(torch.arange(e.count, device=device)) for e in self.encoder.values()]

    def weights(self) -> dict[str, torch.Tensor]:
        """float `[n, parts]` for each node type whose encoder weighs its parts: what they weigh now."""
        device = next(self.parameters()).device
        found = {n: e.weights(torch.arange(e.count, device=device)) for n, e in self.encoder.items()}
        return {node: weights for node, weights in found.items() if weights is not None}

    def hop_weights(self, hops: Sequence[torch.Tensor]) -> torch.Tensor | None:
        """float `[n, L + 1]`: what each hop weighs for each node; None where hops aren't weighed."""
        return self.combine.shares(hops) if isinstance(self.combine, Attended) else None

    @torch.no_grad()
    def attention(self, graph: Graph, hops: Sequence[torch.Tensor]) -> dict[int, torch.Tensor]:
        """float `[e, heads]` by hop, from 1: what each edge weighs in the layers whose module has a method
        `attention(graph, x)`, given what each hop was; in evaluation mode."""
        found = {}
        for hop, (layer, x) in enumerate(zip(self.layer, hops, strict=False), 1):
            if attends(layer):
                with torch.autocast(x.device.type, torch.bfloat16, enabled=self.bf16):
                    found[hop] = layer.attention(graph, x.bfloat16() if self.bf16 else x).float()
        return found

    def forward(
        self,
        graph: Graph,
        view: View | None = None,
        *,
        propagate: bool = True,
        nodes: torch.Tensor | None = None,
    ) -> Embedding:
        """Vectors of all nodes, with messages passed over `graph` as `view` leaves it, and with the view's
        noise; without `propagate` what the encoders give is all.

        nodes: int64 `[n]`, ascending, which are all that is asked for. The result is of these alone where
        that spares some work, else of all.
        """
        view = View() if view is None else view
        around = graph.views(view, len(self.layer)) if propagate else []
        if nodes is not None and (norm := self._chain(around, view)) and _few(around[-1], nodes):
            hops = around[0].hops(self._parts(), len(around), norm, bf16=self.bf16, nodes=nodes)
            return Embedding(self.combine(hops), tuple(hops), nodes)
        hops = self._hops(self.first(), around, view)
        return Embedding(self.combine(hops), tuple(hops))

    def sampled(
        self, graph: Graph, nodes: torch.Tensor, fanout: Sequence[int], generator: torch.Generator
    ) -> Embedding:
        """Vectors of `nodes` (int64 `[n]`, ascending), with messages over up to so many neighbours a hop,
        `fanout[0]` of their own, `fanout[1]` of these; encoders are asked for what they need alone."""
        blocks, sources = blocks_of(graph, nodes, fanout, generator)
        hops = [x[: len(nodes)] for x in self._hops(self.first(sources), blocks, View())]
        return Embedding(self.combine(hops), tuple(hops), nodes)

    def block(self, user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
        """float32 `[n, m]`, scores of each user against each item, for a loss; with `bf16` multiplied in
        bfloat16, where the processor has such products and scores are products."""
        if not (self.bf16 and self.retrievable and user.device.type == "cpu" and narrow_products()):
            scores: torch.Tensor = self.head.block(user, item)
            return scores
        one, other = self.head.vectors(user, item)
        return (one.bfloat16() @ other.bfloat16().T).float()

    def _chain(self, around: Sequence[Graph], view: View) -> str | None:
        """The norm, where all layers are one run, and nothing comes between them."""
        alone = around and view.noise is None and len(self._runs(around, view)) == 1
        return self.norms[0] if alone else None

    def _hops(self, first: torch.Tensor, around: Sequence[Graph], view: View) -> list[torch.Tensor]:
        """The first vectors and those of each hop, with the view's noise. around: what each layer passes
        over."""
        hops = [first if view.noise is None else view.noise(0, first)]
        with torch.autocast(first.device.type, torch.bfloat16, enabled=self.bf16):
            for run in self._runs(around, view):
                hops += self._passed(run, around[run[0]], hops[-1], view)
        return hops

    def _runs(self, around: Sequence[Graph], view: View) -> list[list[int]]:
        """The layers by number, those in a row together that are `propagate` by one norm over one graph."""

        def way(number: int) -> object:
            norm = self.norms[number]
            return number if norm is None or view.noise is not None else (norm, around[number])

        return [list(run) for _, run in groupby(range(len(around)), way)]

    def _passed(self, run: Sequence[int], graph: Graph, x: torch.Tensor, view: View) -> list[torch.Tensor]:
        """float32 `[N, d]` of each of these layers."""
        number, norm = run[0], self.norms[run[0]]
        if len(run) > 1 and norm is not None:
            return graph.hops(x, len(run), norm, bf16=self.bf16)[1:]
        found = self.layer[number](graph, x.bfloat16() if self.bf16 else x)
        return [(found if view.noise is None else view.noise(number + 1, found)).float()]


def _few(graph: Graph, nodes: torch.Tensor) -> bool:
    """Whether so few edges end at the nodes that it is cheaper to pick these out."""
    return 2 * int(graph.count[nodes].sum()) < graph.edges


def attends(layer: nn.Module) -> bool:
    """Whether a layer's module says what its edges weigh. A part of it that is called so is no method."""
    return callable(getattr(type(layer), "attention", None))
