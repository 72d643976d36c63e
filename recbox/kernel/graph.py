"""The graph: node ranges and compressed rows, bound to the kernel that multiplies with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property, partial
from typing import Any, Self, final
from weakref import WeakKeyDictionary

import torch

from recbox.errors import KernelError, nearest
from recbox.graph.csr import CSR
from recbox.graph.layout import Layout
from recbox.kernel import dgl_door, draw, product
from recbox.kernel.choice import choose, instance
from recbox.kernel.frontier import hops_at
from recbox.kernel.hops import hops, joined
from recbox.kernel.kernel import Kernel
from recbox.kernel.norm import Scale, scale
from recbox.kernel.part import Part, cut, kept_of, part_of, same
from recbox.kernel.sampling import Block
from recbox.kernel.sampling import draw as draw_block
from recbox.kernel.sound import scales, sound_csr
from recbox.kernel.union import unite
from recbox.kernel.view import View


@final
class Graph:
    """All nodes in one index space, n of them; row i receives, over e directed edges.

    layout: `layout.range("user")` is the slice of a type's rows, `layout.offset`, `layout.count` its start
    and length; users are first. nodes, edges: n and e. types: names of the edge types. device: of its
    tensors. kernel: `dgl` or `torch`.
    indptr: int64 `[n + 1]`; indices: int64 `[e]`, ascending within a row; weight: float32 `[e]` or None
    (all 1); reverse: int64 `[e]`, the position of the opposite edge, or None. Never changed in place.
    edge: what else is known of each edge, by name, `[e]` or `[e, f]`; of `graph[type]`, and of a graph that
    has one type. Where `edge["relation"]` is there, a pair may have several edges.
    The row of edge k is `rows[k]`, its source `indices[k]`; every interaction is there in both directions.
    Made by `Graph.build`, by a view, by `graph[type]`, or drawn (`block`): then its rows are some nodes.

    Stability: stable for callers.
    """

    def __init__(
        self,
        layout: Layout,
        whole: Part,
        parts: Mapping[str, Callable[[], Part]],
        kernel: Kernel,
        one_way: bool = False,
        drawn: tuple[Graph, Block] | None = None,
    ) -> None:
        self.layout, self._whole, self._parts, self._kernel = layout, whole, dict(parts), kernel
        self._one_way, self._drawn = one_way, drawn
        self._typed: dict[str, Graph] = {}
        s = whole.structure
        self.indptr, self.indices, self.reverse = s.indptr, s.indices, s.reverse
        self.nodes, self.edges, self.device, self.kernel = s.n_rows, s.edges, s.device, kernel.name
        self.edge = whole.edge
        self.types = tuple(self._parts)

    @classmethod
    def build(
        cls,
        layout: Layout,
        edges: Mapping[str, CSR],
        *,
        kernel: str = "auto",
        device: str = "cpu",
        scale: Mapping[str, float] | None = None,
        one_way: bool = False,
    ) -> Self:
        """A graph of one or more edge types, each a square structure over all nodes of `layout`.

        kernel: `auto`, `dgl` or `torch`. scale: what a type's weights count in the union (1 where not given);
        `graph[type]` keeps its own weights. one_way: some nodes receive without sending, and a node's degree
        is that of what it receives, wherever it stands. Raises KernelError for an unsound structure (see
        `check`).
        """
        sound = {name: sound_csr(layout, name, csr) for name, csr in edges.items()}
        union, position = unite(sound, scales(sound, scale or {}))
        parts = {name: part_of(csr, position[name], device) for name, csr in sound.items()}
        whole = part_of(union, None, device)
        if all(place is None for place in position.values()):  # one structure: derive from it once
            name, part = next(iter(parts.items()))
            parts = {name: Part(whole.structure, part.weight, None, whole.edge)}
        keep = {name: partial(same, part) for name, part in parts.items()}
        chosen = instance(choose(kernel, str(torch.device(device).type)))
        return cls(layout, whole, keep, chosen, one_way)

    @property
    def rows(self) -> torch.Tensor:
        """int64 `[e]`: the node that each edge ends at, as `indices` has the node it comes from."""
        return self._whole.structure.rows

    @property
    def count(self) -> torch.Tensor:
        """int64 `[n]`: edges that end at each node."""
        return self._whole.structure.count

    @cached_property
    def weight(self) -> torch.Tensor | None:
        """float32 `[e]`, or None where all are 1."""
        return self._whole.weight if self._drawn is None else self._drawn[1].weight()

    @cached_property
    def degree(self) -> torch.Tensor:
        """float32 `[n]`: sum of the weights of each node's edges; of a block, in the graph that it is of."""
        if self._drawn is None:
            return self._whole.structure.degree(self.weight)
        return self._drawn[0].degree[self._drawn[1].nodes]

    def spmm(self, x: torch.Tensor, weight: torch.Tensor | None = None) -> torch.Tensor:
        """The sum of x `[n, ...]` over each node's neighbours: `[n, ...]`, 0 for a node without edges.

        weight: `[e]`, or `[e, h]` for x `[n, h, d]`; None: the plain sum, whatever `graph.weight` says.
        """
        return product.spmm(self._kernel, self._whole.structure, x, weight)

    def sddmm(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        """For each edge, a `[n, ..., d]` at its target times b at its source, summed over d: `[e, ...]`."""
        return product.sddmm(self._kernel, self._whole.structure, a, b)

    def edge_softmax(self, e: torch.Tensor) -> torch.Tensor:
        """Softmax of `[e]` or `[e, h]` over the edges that end at each node, in the same shape."""
        return product.edge_softmax(self._kernel, self._whole.structure, e)

    def propagate(self, x: torch.Tensor, norm: str = "sym") -> torch.Tensor:
        """The weighted, normalised adjacency times x `[n, d]`; nodes without edges get 0.

        norm: `sym` D^-1/2 A D^-1/2 (Kipf & Welling 2017, without self-loops), `row` D^-1 A, `none` A.
        """
        return self._scale(norm).apply(self._kernel, x)

    def hops(
        self,
        x: torch.Tensor | Sequence[torch.Tensor],
        count: int,
        norm: str = "sym",
        *,
        bf16: bool = False,
        nodes: torch.Tensor | None = None,
    ) -> list[torch.Tensor]:
        """x, and what `propagate` gives once, twice, ... `count` times, in the type of x, as one step of
        autograd: cheaper than so many calls. bf16: products in bfloat16 where the kernel is made for it.
        nodes: int64 `[m]`, none twice, whose rows are all that is asked for, `[m, d]` each: cheaper still.
        x may be given in parts, one after the other."""
        parts = [x] if isinstance(x, torch.Tensor) else list(x)
        if nodes is not None:
            return hops_at(nodes, self._scale(norm), self._kernel, parts, count, bf16)
        return hops(self._scale(norm), self._kernel, joined(parts), count, bf16)

    def _scale(self, norm: str) -> Scale:
        if norm not in self._scales:
            self._scales[norm] = (
                scale(self._whole.structure, self.weight, norm, self._one_way)
                if self._drawn is None
                else self._drawn[1].scale(self._drawn[0]._scale(norm))
            )
        return self._scales[norm]

    @cached_property
    def _scales(self) -> dict[str, Scale]:
        return {}

    def __getitem__(self, type: str) -> Graph:
        """The graph of one edge type, over the same nodes and with the type's own weights."""
        if type not in self._parts:
            raise KernelError(f"the graph has no edge type {type!r}", instead=nearest(type, self.types))
        if type not in self._typed:
            part = self._parts[type]()
            alone = Part(part.structure, part.weight, None, part.edge)
            keep = {type: partial(same, alone)}
            self._typed[type] = Graph(self.layout, alone, keep, self._kernel, self._one_way)
        return self._typed[type]

    def united(self, type: str, x: torch.Tensor) -> torch.Tensor:
        """What is said of the edges of one type, `[edges of graph[type], ...]`, said of this graph's: `[e,
        ...]`, at each edge the sum of what is said of those that it stands for, 0 of none."""
        if type not in self._parts:
            raise KernelError(f"the graph has no edge type {type!r}", instead=nearest(type, self.types))
        position = self._parts[type]().position
        if position is None:
            return x
        return x.new_zeros(self.edges, *x.shape[1:]).index_add(0, position, x)

    def view(self, view: View) -> Graph:
        """The graph without what the view leaves out; degrees are those of the edges that stay.

        Made once for each view, for as long as the view is there.
        """
        if view.layers:
            raise KernelError("a view of each layer leaves no one graph", where="view", instead="graph.views")
        if self._drawn is not None:
            raise KernelError("a block has no views", where="view", instead="a block of the view's graph")
        if view not in self._views:
            self._views[view] = self._without(view)
        return self._views[view]

    def views(self, view: View, layers: int) -> list[Graph]:
        """What the view leaves of the graph for each layer."""
        return [self.view(each) for each in draw.by_layer(view, layers)]

    @cached_property
    def _views(self) -> WeakKeyDictionary[View, Graph]:
        return WeakKeyDictionary()

    def block(
        self, nodes: torch.Tensor, fanout: int, generator: torch.Generator
    ) -> tuple[Graph, torch.Tensor]:
        """One hop of `nodes` (int64 `[n]`, none twice), over up to `fanout` neighbours of each, drawn without
        replacement; and its sources, int64 `[s]`, the nodes first.

        Rows are the nodes, columns the sources: products take x `[s, d]` and give `[n, d]`. An edge weighs as
        many as it stands for, and degrees are the whole graph's, so that `propagate` and sums by `weight` are
        those of the whole graph on average. It has no types, views or `hops`, and edges carry nothing.
        """
        drawn = draw_block(self._whole, nodes, fanout, generator)
        return Graph(self.layout, drawn.part, {}, self._kernel, drawn=(self, drawn)), drawn.sources

    def _without(self, view: View) -> Graph:
        mask = draw.edge_mask(self._whole.structure, view)
        if mask is None:
            return self
        structure, kept, before = self._whole.structure.keep(mask)
        whole = kept_of(self._whole, structure, kept)
        parts = {
            name: cache(partial(cut, get, whole, mask, kept, before)) for name, get in self._parts.items()
        }
        return Graph(self.layout, whole, parts, self._kernel, self._one_way)

    def edge_dropout(self, p: float, generator: torch.Generator) -> View:
        """A view that leaves out each edge with probability p, both directions together."""
        return draw.edge_dropout(self._whole.structure, p, generator)

    def node_dropout(self, p: float, generator: torch.Generator) -> View:
        """A view in which each node loses all its edges with probability p."""
        return draw.node_dropout(self._whole.structure, p, generator)

    def dgl(self) -> Any:
        """The DGLGraph, for layers written with DGL: edge e is edge e here, `edata["weight"]` where weighted.

        Raises KernelError with the reason where DGL can't be used.
        """
        graph = dgl_door.convert(self._whole.structure).local_var()  # what authors write stays in their copy
        if self.weight is not None:
            graph.edata["weight"] = self.weight
        return graph
