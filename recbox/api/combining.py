"""What each hop weighs for each node with `combine: attention`: written into the artifact, read out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from recbox.api.fusing import ids_of, plural, rows
from recbox.errors import ArtifactError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    from recbox.artifact import Artifact
    from recbox.recommender import Recommender

FILE = "combine"


def tensors(recommender: Recommender, hops: Sequence[torch.Tensor]) -> dict[str, np.ndarray]:
    """float32 `[n, L + 1]` as `user`, `item` and, in a graph that has them, `entity`; empty where hops aren't
    weighed."""
    weights = recommender.hop_weights(hops)
    if weights is None:
        return {}
    found, ends = weights.float().cpu().numpy(), np.cumsum([e.count for e in recommender.encoder.values()])
    return dict(zip(recommender.encoder, np.split(found, ends[:-1]), strict=True))


def means(arrays: dict[str, np.ndarray]) -> str:
    """The mean weights in words: `user: 0.25, 0.35, 0.40; item: …`, hop 0 first."""
    return "; ".join(
        f"{node}: {', '.join(f'{mean:.2f}' for mean in array.mean(0))}" for node, array in arrays.items()
    )


def frame(artifact: Artifact, node: str, new: pl.DataFrame | None = None) -> pl.DataFrame:
    """Columns `user`, `item` or `entity` (external ids), hop, weight: for each node and hop, hop 0 first.

    new: new nodes, by `id` and features; they come after the known ones.
    """
    ids = ids_of(artifact, node)
    if f"{FILE}.safetensors" not in artifact.manifest.tensor:
        raise ArtifactError(
            "no hops are weighed",
            where=str(artifact.path),
            why="its recipe combines hops by another way, or has no layers",
            instead="train with combine: attention",
        )
    stored = artifact.tensors(FILE)
    if node not in stored:
        raise ArtifactError(
            f"the artifact lacks what hops weigh for {plural(node)}",
            where=str(artifact.path),
            why="it was written by an older recbox",
            instead="run its recipe again",
        )
    weights = stored[node]
    if new is not None:
        more = artifact.growth.hop_weights(new.drop("id"))
        weights, ids = np.concatenate([weights, more.numpy()]), pl.concat([ids, new["id"]])
    found = rows(node, ids, "hop", enumerate(weights.T))
    return found.with_columns(pl.col("hop").cast(pl.Int64))
