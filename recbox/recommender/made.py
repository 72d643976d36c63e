"""Edges that are made of the training part: between nodes that go together, or are alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from recbox.context import Context
from recbox.data import Dataset
from recbox.data.described import described
from recbox.graph import CSR, Layout, shifted, symmetric
from recbox.graph.nearest import either, nearest
from recbox.graph.together import together
from recbox.plugin import Spec
from recbox.plugin.sparse import history
from recbox.recipe.edge import Edge
from recbox.recipe.fault import fault
from recbox.recipe.recipe import Part

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from recbox.graph.nearest import Rows

EXACT = 50_000
"""Nodes up to which `find: auto` compares all pairs; 50,000 texts of 384 numbers take about a minute and a
half of one core."""


@dataclass(frozen=True)
class Making:
    """What edges are made with. vectors: by the edges' keys the encoders whose vectors they compare."""

    context: Context = field(default_factory=Context)
    vectors: Mapping[str, Part] = field(default_factory=dict)


def made(edge: Edge, train: Dataset, layout: Layout, making: Making) -> CSR:
    """A relation over all nodes, each pair in both directions: of two nodes one is among the most similar
    others of the other."""
    near, how = (_together if edge.made == "co-occurrence" else _alike)(edge, train, making)
    low, high, alike = either(near)
    pairs = symmetric(low, high, layout.count(edge.node), alike if edge.weight == "value" else None)
    what = f"{edge.key}: {len(low):,} pairs of {edge.node}s{how}"
    making.context.progress.notice(what)
    return shifted(pairs, layout.offset(edge.node), layout.total)


def _together(edge: Edge, train: Dataset, making: Making) -> tuple[csr_matrix, str]:
    having = history(train)
    having = having if edge.node == "item" else having.T.tocsr()
    return together(having, edge.neighbours, edge.similarity), ""


def _alike(edge: Edge, train: Dataset, making: Making) -> tuple[csr_matrix, str]:
    if edge.vectors is None:
        x: Rows = described(train.nodes(edge.node), edge.columns, "graph.edge")
    else:
        x = _vectors(edge, train, making)
    large = x.shape[0] > EXACT
    if edge.find == "faiss" or (edge.find == "auto" and large and find_spec("faiss") is not None):
        from recbox.graph.approximate import approximate

        found = approximate(x, edge.neighbours, seed=making.context.seed, threads=making.context.threads)
        return found.near, f", by {found.how}; recall {found.recall:.3f} of exact neighbours, on a sample"
    how = ", all compared with all"
    if edge.find == "auto" and large:
        how += "; faster with faiss: pip install 'recbox-graph[faiss]'"
    return nearest(x, edge.neighbours), how


def _vectors(edge: Edge, train: Dataset, making: Making) -> np.ndarray:
    """float32 `[n, w]`, rows of length 1; one of zeros stays."""
    part, count = making.vectors[edge.key], len(train.nodes(edge.node))
    spec = Spec(edge.node, count, 0, 0, train, None, making.context, f"graph.{edge.key}")
    found = np.asarray(part.options.vectors(spec))
    if found.ndim != 2 or len(found) != count:
        raise fault(part, f"gives vectors of shape {list(found.shape)} for {count} {edge.node}s")
    if not np.isfinite(found).all():
        raise fault(part, "gives vectors with numbers that are not finite")
    length = np.linalg.norm(found.astype(np.float64), axis=1, keepdims=True)
    return (found / np.where(length > 0, length, 1)).astype(np.float32)
