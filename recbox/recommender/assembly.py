"""From a recipe's graph blocks to modules and a graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from torch import nn

from recbox.context import Context
from recbox.data import Dataset
from recbox.data.recency import recency
from recbox.errors import DataError
from recbox.graph import CSR, Layout, interaction_csr, pair_csr, shifted
from recbox.kernel import Graph
from recbox.plugin import Spec
from recbox.recipe.blocks import Edge
from recbox.recipe.recipe import Encoding, Part, Recipe
from recbox.recommender.combine import combining
from recbox.recommender.fused import Fused, fusing
from recbox.recommender.guard import check_module
from recbox.recommender.recommender import Recommender


@dataclass(frozen=True)
class Structures:
    """What a graph is built of: a CSR for each edge type over all nodes, and what it counts in the union."""

    layout: Layout
    csr: dict[str, CSR]
    scale: dict[str, float]

    def graph(self, context: Context, *, one_way: bool = False) -> Graph:
        """On the context's kernel and device; one_way: some nodes receive without sending."""
        return Graph.build(
            self.layout,
            self.csr,
            kernel=context.kernel,
            device=context.device,
            scale=self.scale,
            one_way=one_way,
        )


def structures(edges: tuple[Edge, ...], train: Dataset, kept: Mapping[str, CSR] | None = None) -> Structures:
    """Users first, items after them. kept: edge types whose structure is there already."""
    layout = Layout((("user", len(train.user)), ("item", len(train.item))))
    kept = kept or {}
    csr = {edge.type: kept.get(edge.type) or _edge(edge, train, layout) for edge in edges}
    return Structures(layout, csr, {edge.type: edge.scale for edge in edges})


def build_graph(edges: tuple[Edge, ...], train: Dataset, context: Context) -> Graph:
    """The training graph: users first, items after them, one CSR for each edge type."""
    return structures(edges, train).graph(context)


def _edge(edge: Edge, train: Dataset, layout: Layout) -> CSR:
    if edge.type == "interaction":
        x = train.interaction
        return interaction_csr(x.user, x.item, *(n for _, n in layout.counts), weight=_weights(edge, train))
    return _relation(edge, train, layout)


def _weights(edge: Edge, train: Dataset) -> np.ndarray | None:
    x = train.interaction
    out = "`weight: none`, or `clean.threshold` to leave them out"
    weight = _positive(x.weight, "interactions", out) if edge.weight == "value" else None
    decay = recency(x, edge.recency, "graph.edge")
    return weight if decay is None else decay if weight is None else weight * decay


def _positive(weight: np.ndarray, what: str, instead: str) -> np.ndarray:
    """The weights as float64. One that is not above 0, or not finite, is no weight of an edge: degrees are
    sums of weights, and their roots divide."""
    if wrong := int((~(np.isfinite(weight) & (weight > 0))).sum()):
        raise DataError(
            f"{wrong} {what} have a weight that is not a finite number above 0",
            where="graph.edge",
            instead=instead,
        )
    return weight.astype(np.float64)


def _relation(edge: Edge, train: Dataset, layout: Layout) -> CSR:
    type = edge.type.removesuffix("-relation")
    fitting = [n for n, r in train.relation.items() if r.ends == (type, type) and edge.by in ("", n)]
    if len(fitting) != 1:
        raise DataError(
            f"{edge.type}: {len(fitting)} relations of the data fit" + (f" {edge.by!r}" if edge.by else ""),
            where="graph.edge",
            instead=f"`by:` one of {', '.join(train.relation) or 'none, for this data has no relations'}",
        )
    relation, start = train.relation[fitting[0]], layout.offset(type)
    out = "`weight: none`, or leave these links out of the file"
    weight = _positive(relation.weight, f"links of {fitting[0]}", out) if edge.weight == "value" else None
    pairs = pair_csr(relation.source, relation.target, layout.count(type), weight=weight)
    return shifted(pairs.csr, start, layout.total)


def build(recipe: Recipe, train: Dataset, graph: Graph, context: Context) -> Recommender:
    """The recommender of a recipe with its first parameters, on the context's device."""
    encoders: dict[str, Fused] = {}
    for node in ("user", "item"):
        place = Spec(node, len(train.nodes(node)), 0, recipe.dim, train, graph, context)
        there = {t: tuple(one.part) for t, one in encoders.items()} or None
        encoders[node] = _encoder(recipe.encoder[node], replace(place, encoder=there))
    width = encoders["user"].width
    layers, widths = nn.ModuleList(), [width]
    for i, part in enumerate(recipe.layer):
        for j in range(part.repeat):
            dim = part.options.width(widths[-1], recipe.dim)
            spec = Spec("", graph.nodes, widths[-1], dim, train, graph, context, f"layer.{i}.{j}")
            layers.append(_built(part, spec))
            widths.append(dim)
    final = sum(widths) if recipe.combine == "concat" else widths[-1]
    head = _built(recipe.head, Spec("", graph.nodes, final, 1, train, graph, context, "head"))
    way = Spec("", graph.nodes, widths[-1], widths[-1], train, graph, context, "combine")
    combine = combining(recipe.combine, len(widths), way)
    module = Recommender(nn.ModuleDict(encoders), layers, combine, head, bf16=context.precision == "bf16")
    return module.to(context.device)


def _encoder(encoding: Encoding, place: Spec) -> Fused:
    node, count, dim = place.node, place.count, place.dim
    slots = [f"encoder.{node}.{i}" for i in range(len(encoding.part))]
    parts = [_built(part, replace(place, slot=slot)) for part, slot in zip(encoding.part, slots)]
    way = replace(place, width=dim, encoder=None, slot=f"encoder.{node}.fuse")
    width = dim * len(parts) if encoding.fuse == "concat" else dim
    by_history = [part.options.by_history for part in encoding.part]
    return Fused(parts, fusing(encoding.fuse, len(parts), way), count, width, by_history)


def _built(part: Part, spec: Spec) -> nn.Module:
    return check_module(part, part.options.build(spec))
