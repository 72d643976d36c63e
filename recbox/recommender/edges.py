"""The graph's structures: for each edge of a recipe, compressed rows over all nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from recbox.context import Context
from recbox.data import Dataset
from recbox.data.recency import recency
from recbox.errors import DataError, nearest
from recbox.graph import CSR, Layout, interaction_csr, pair_csr, shifted, triple_csr
from recbox.kernel import Graph
from recbox.recipe.edge import Edge, has_entities
from recbox.recommender.carried import with_interaction_features, with_relation_features


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


def structures(edges: tuple[Edge, ...], train: Dataset, kept: Mapping[str, CSR] | None = None) -> Structures:
    """Users first, items after them, and behind these the entities where an edge type has them. kept: edge
    types whose structure is there already."""
    layout = layout_of(edges, train)
    kept = kept or {}
    csr = {edge.key: kept.get(edge.key) or _made(edge, train, layout) for edge in edges}
    feature = {edge.key: tuple(edge.feature) for edge in edges if edge.feature}
    return Structures(layout, csr, {edge.key: edge.scale for edge in edges}, feature)


def layout_of(edges: tuple[Edge, ...], train: Dataset) -> Layout:
    """The node types of a graph with these edges."""
    types = ("user", "item", "entity") if has_entities(edges) else ("user", "item")
    return Layout(tuple((type, len(train.nodes(type))) for type in types))


def build_graph(edges: tuple[Edge, ...], train: Dataset, context: Context) -> Graph:
    """The training graph: users first, then items, then entities, one CSR for each edge type."""
    return structures(edges, train).graph(context)


def _made(edge: Edge, train: Dataset, layout: Layout) -> CSR:
    csr = BUILD[edge.type](edge, train, layout)
    if not edge.feature:
        return csr
    if edge.type == "interaction":
        return with_interaction_features(csr, edge, train)
    weighted = BUILD[edge.type](edge.model_copy(update={"weight": "value"}), train, layout)
    return with_relation_features(csr, weighted)


def _interaction(edge: Edge, train: Dataset, layout: Layout) -> CSR:
    x = train.interaction
    one = interaction_csr(
        x.user, x.item, layout.count("user"), layout.count("item"), weight=_weights(edge, train)
    )
    return shifted(one, 0, layout.total)


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


def _knowledge(edge: Edge, train: Dataset, layout: Layout) -> CSR:
    """Relations are numbered as `edge.relation` names them, or else as the data does."""
    found = train.knowledge
    if found is None:
        raise DataError(
            "knowledge: the data has no triples",
            where="graph.edge",
            instead="a source that reads them, as movielens-100k or recbole with `knowledge: true`",
        )
    names = edge.relation or found.relations
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
    "user-relation": _relation,
    "item-relation": _relation,
    "knowledge": _knowledge,
}
"""How the structure of each edge type is made of the training part."""
