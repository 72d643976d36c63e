"""The graph's structures: for each edge of a recipe, compressed rows over all nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from recbox.context import Context
from recbox.data import Dataset, Relation
from recbox.data.recency import recency
from recbox.errors import DataError, nearest
from recbox.graph import CSR, Layout, interaction_csr, pair_csr, shifted, triple_csr
from recbox.kernel import Graph
from recbox.recipe.edge import Edge, has_entities
from recbox.recipe.recipe import Part
from recbox.recommender.carried import with_interaction_features, with_relation_features
from recbox.recommender.lacking import check_edges
from recbox.recommender.made import Making, made

LEAST, MOST = 1e-30, 1e30
"""Between these a weight of an edge lies."""


@dataclass(frozen=True)
class Structures:
    """What a graph is built of: a CSR for each edge type over all nodes, and what it counts in the union."""

    layout: Layout
    csr: dict[str, CSR]
    scale: dict[str, float]
    feature: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What edges of each type carry, in `edge["feature"]`."""

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


def structures(
    edges: tuple[Edge, ...],
    train: Dataset,
    kept: Mapping[str, CSR] | None = None,
    making: Making | None = None,
) -> Structures:
    """Users first, items after them, and behind these the entities where an edge type has them. kept: edge
    types whose structure is there already. making: what edges are made with that the data doesn't give."""
    layout = layout_of(edges, train)
    kept = kept or {}
    making = making or Making()
    csr = {edge.key: kept.get(edge.key) or _structure(edge, train, layout, making) for edge in edges}
    feature = {edge.key: tuple(edge.feature) for edge in edges if edge.feature}
    return Structures(layout, csr, {edge.key: edge.scale for edge in edges}, feature)


def layout_of(edges: tuple[Edge, ...], train: Dataset) -> Layout:
    """The node types of a graph with these edges."""
    types = ("user", "item", "entity") if has_entities(edges) else ("user", "item")
    return Layout(tuple((type, len(train.nodes(type))) for type in types))


def build_graph(
    edges: tuple[Edge, ...], train: Dataset, context: Context, vectors: Mapping[str, Part] | None = None
) -> Graph:
    """The training graph: users first, then items, then entities, a CSR for each type. vectors: by the edges'
    keys the encoders whose vectors they compare. A `DataError` for a type that has no edge."""
    made_of = structures(edges, train, making=Making(context, vectors or {}))
    check_edges(edges, train, made_of.csr)
    return made_of.graph(context)


def _structure(edge: Edge, train: Dataset, layout: Layout, making: Making) -> CSR:
    """With what its edges carry."""

    def build(edge: Edge) -> CSR:
        if edge.made != "given":
            return made(edge, train, layout, making)
        return BUILD[edge.type](edge, train, layout)

    if not edge.feature:
        return build(edge)
    if edge.type == "interaction":
        return with_interaction_features(build(edge), edge, train)
    weighted = build(edge if edge.made == "given" else edge.model_copy(update={"weight": "value"}))
    plain = weighted if edge.weight == "value" else replace(weighted, weight=None)
    return with_relation_features(plain, weighted, edge)


def _interaction(edge: Edge, train: Dataset, layout: Layout) -> CSR:
    x = train.interaction
    one = interaction_csr(
        x.user, x.item, layout.count("user"), layout.count("item"), _weights(edge, train), x.scratch
    )
    return shifted(one, 0, layout.total)


def _weights(edge: Edge, train: Dataset) -> np.ndarray | None:
    x = train.interaction
    out = "`weight: none`, or `clean.threshold` to leave them out"
    weight = _positive(x.weight, "interactions", out) if edge.weight == "value" else None
    decay = recency(x, edge.recency, "graph.edge")
    if decay is None:
        return weight
    # However old, an edge is there: a node whose edges all had weight 0 would have none.
    return np.maximum(decay if weight is None else weight * decay, LEAST)


def _positive(weight: np.ndarray, what: str, instead: str) -> np.ndarray:
    """The weights as float64. One that is not above 0, or so large or small that sums of many are no numbers
    of 32 bits, is no weight of an edge: degrees are sums of weights, and their roots divide."""
    if wrong := int((~((weight >= LEAST) & (weight <= MOST))).sum()):
        raise DataError(
            f"{wrong} {what} have a weight that is not a number above 0 (from {LEAST:g} to {MOST:g})",
            where="graph.edge",
            instead=instead,
        )
    return weight.astype(np.float64)


def _behaviour(edge: Edge, train: Dataset, layout: Layout) -> CSR:
    name, relation = _found(edge, train, ("user", "item"))
    counts = layout.count("user"), layout.count("item")
    strength = _strength(edge, name, relation)
    csr = interaction_csr(relation.source, relation.target, *counts, strength, relation.scratch)
    return shifted(csr, 0, layout.total)


def _relation(edge: Edge, train: Dataset, layout: Layout) -> CSR:
    type = edge.type.removesuffix("-relation")
    name, relation = _found(edge, train, (type, type))
    weight = _strength(edge, name, relation)
    pairs = pair_csr(relation.source, relation.target, layout.count(type), weight=weight)
    return shifted(pairs.csr, layout.offset(type), layout.total)


def _found(edge: Edge, train: Dataset, ends: tuple[str, str]) -> tuple[str, Relation]:
    """The relation that the edge type is made of, and its name."""
    there = [name for name, relation in train.relation.items() if relation.ends == ends]
    fitting = [name for name in there if edge.by in ("", name)]
    if len(fitting) != 1:
        what = "behaviours beside the target" if edge.type == "behaviour" else "relations of the data"
        one_of = f"`by:` one of {', '.join(there)}" if there else "remove this edge, for the data has none"
        raise DataError(
            f"{edge.type}: {len(fitting)} {what} fit" + (f" {edge.by!r}" if edge.by else ""),
            where="graph.edge",
            instead=one_of,
        )
    return fitting[0], train.relation[fitting[0]]


def _strength(edge: Edge, name: str, relation: Relation) -> np.ndarray | None:
    """What links weigh, where that counts or is carried; what is carried alone may be any number."""
    if edge.weight == "value":
        out = "`weight: none`, or leave these links out of the file"
        return _positive(relation.weight, f"links of {name}", out)
    return relation.weight if edge.feature else None


def _knowledge(edge: Edge, train: Dataset, layout: Layout) -> CSR:
    """Relations are numbered as `edge.relation` names them, or else as the data does."""
    found = train.knowledge
    if found is None:
        raise DataError(
            "knowledge: the data has no triples",
            where="graph.edge",
            instead="a source that reads them, as movielens-100k or recbole with `knowledge: true`",
        )
    names = edge.relation if edge.relation and len(found) else found.relations
    if unknown := [name for name in names if name not in found.relations]:
        raise DataError(
            f"knowledge: the data has no relation {unknown[0]!r}",
            where="graph.edge",
            instead=nearest(unknown[0], found.relations),
        )
    number = np.full(len(found.relations), -1)
    number[[found.relations.index(name) for name in names]] = np.arange(len(names))
    relation = number[found.relation]
    taken = relation >= 0
    ends = (found.head[taken], relation[taken], found.tail[taken])
    one = triple_csr(*ends, layout.count("item") + layout.count("entity"), len(names))
    return shifted(one, layout.offset("item"), layout.total)


BUILD: dict[str, Callable[[Edge, Dataset, Layout], CSR]] = {
    "interaction": _interaction,
    "behaviour": _behaviour,
    "user-relation": _relation,
    "item-relation": _relation,
    "knowledge": _knowledge,
}
"""How the structure of each edge type is made of the training part."""
