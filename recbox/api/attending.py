"""What each edge weighs in layers that say so: written into the artifact where it isn't large, and computed
from the artifact's parameters and graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from recbox.api.fusing import ids_of
from recbox.errors import ArtifactError
from recbox.recommend import find_users

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    from recbox.artifact import Artifact
    from recbox.graph import Layout
    from recbox.kernel import Graph
    from recbox.recommender import Recommender

FILE = "attention"
MOST = 2**22
"""Directed edges times layers up to which weights are written: 16 MiB of them."""


def tensors(recommender: Recommender, graph: Graph, hops: Sequence[torch.Tensor]) -> dict[str, np.ndarray]:
    """The graph's rows as int64 `indptr [n + 1]` and int32 `indices [e]`, and for each layer that weighs its
    edges float32 `hop.L [e]`, the mean over its heads; empty where none does, and of more than `MOST`."""
    from recbox.recommender import attends

    saying = [layer for layer in recommender.layer if attends(layer)]
    if not saying or graph.edges * len(saying) > MOST:
        return {}
    weights = recommender.attention(graph, hops)
    rows = {"indptr": graph.indptr.cpu().numpy(), "indices": graph.indices.cpu().numpy().astype(np.int32)}
    return rows | {f"hop.{hop}": each.mean(1).cpu().numpy() for hop, each in weights.items()}


def frame(artifact: Artifact, node: str, ids: object = None, *, heads: bool = False) -> pl.DataFrame:
    """A row for each layer that weighs its edges (`hop`, from 1) and each edge that ends at a node of this
    type: its id (`user`, `item` or `entity`), `source` and `source_type`, and `weight`, the mean over heads;
    with `heads` a row for each `head`.

    ids: the nodes that edges end at, one or many; None: all of the type.
    """
    own = ids_of(artifact, node)
    wanted = np.arange(len(own)) if ids is None else find_users(own, ids, node)
    weights = {hop: each.cpu().numpy() for hop, each in _weights(artifact).items()}
    graph, layout = artifact.growth.graph, artifact.growth.structures.layout
    edges, count = _edges(graph.indptr.cpu().numpy(), wanted + layout.offset(node))
    nodes = {name: artifact.dataset.nodes(name).ids for name, _ in layout.counts}
    ends = pl.DataFrame({node: own.gather(np.repeat(wanted, count))}).hstack(
        _sources(graph.indices.cpu().numpy()[edges], layout, nodes)
    )
    each = [_layer(ends, hop, found[edges], heads) for hop, found in weights.items()]
    return pl.concat(each)


def _weights(artifact: Artifact) -> dict[int, torch.Tensor]:
    found = {} if artifact.manifest.scorer.kind == "model" else artifact.growth.attention()
    if not found:
        raise ArtifactError(
            "no layer says what its edges weigh",
            where=str(artifact.path),
            why="its layers weigh edges by rule, or don't tell; or it has none",
            instead="a recipe with the layer gat",
        )
    return found


def _edges(indptr: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """int64: the edges that end at these nodes, one node after the other, and how many each has."""
    count = indptr[rows + 1] - indptr[rows]
    before = np.cumsum(count) - count
    return np.repeat(indptr[rows] - before, count) + np.arange(count.sum()), count


def _sources(source: np.ndarray, layout: Layout, nodes: Mapping[str, pl.Series]) -> pl.DataFrame:
    """Columns source (ids, as text where not all types' are alike) and source_type."""
    same = len({ids.dtype for ids in nodes.values()}) == 1
    ids = [nodes[name] if same else nodes[name].cast(pl.String) for name, _ in layout.counts]
    kinds = [pl.repeat(name, count, eager=True) for name, count in layout.counts]
    return pl.DataFrame({"source": pl.concat(ids), "source_type": pl.concat(kinds)})[source]


def _layer(ends: pl.DataFrame, hop: int, weights: np.ndarray, heads: bool) -> pl.DataFrame:
    named = ends.select(pl.lit(hop, pl.Int64).alias("hop"), pl.all())
    if not heads:
        return named.with_columns(pl.Series("weight", weights.mean(1)))
    each = [
        named.with_columns(pl.lit(head, pl.Int64).alias("head"), pl.Series("weight", own))
        for head, own in enumerate(weights.T)
    ]
    return pl.concat(each)
