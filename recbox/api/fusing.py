"""What the parts of an encoder weigh, node by node: written into the artifact, and read out of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from recbox.errors import ArtifactError, OptionError

if TYPE_CHECKING:
    from recbox.artifact import Artifact
    from recbox.recipe.recipe import Network
    from recbox.recommender import Recommender

FILE = "fusion"


def tensors(recipe: Network, recommender: Recommender) -> dict[str, np.ndarray]:
    """float32 `[n]` by `NODE.INDEX.PART`, such as `item.1.feature`; empty where no parts are weighed."""
    found = {}
    for node, weights in recommender.weights().items():
        for i, part in enumerate(recipe.encoder[node].part):
            found[f"{node}.{i}.{_word(part.label)}"] = weights[:, i].float().cpu().numpy()
    return found


def means(arrays: Mapping[str, np.ndarray]) -> str:
    """The mean weights in words: `item: id 0.61, feature 0.39`; empty where no parts are weighed."""
    said = []
    for node in dict.fromkeys(name.partition(".")[0] for name in arrays):
        parts = ", ".join(f"{name} {array.mean():.2f}" for name, array in _parts(arrays, node))
        said.append(f"{node}: {parts}")
    return "; ".join(said)


def frame(artifact: Artifact, node: str, new: pl.DataFrame | None = None) -> pl.DataFrame:
    """Columns `user`, `item` or `entity` (external ids), part, weight: a row for each node and part.

    new: new nodes, by `id` and features; they come after the known ones.
    """
    ids = ids_of(artifact, node)
    there = f"{FILE}.safetensors" in artifact.manifest.tensor
    parts = _parts(artifact.tensors(FILE), node) if there else []
    if not parts:
        raise ArtifactError(
            f"no parts are weighed for {plural(node)}",
            where=str(artifact.path),
            why=f"`encoder.{node}` has one part, or fuses by sum or concat",
            instead="train with fuse: gate or attention",
        )
    if new is not None:
        weights = artifact.growth.weights(node, new.drop("id"))
        parts = [(p[0], np.append(p[1], w.numpy())) for p, w in zip(parts, weights.T, strict=True)]
        ids = pl.concat([ids, new["id"]])
    return rows(node, ids, "part", parts)


def rows(
    node: str, ids: pl.Series, name: str, weights: Iterable[tuple[str | int, np.ndarray]]
) -> pl.DataFrame:
    """Columns `node`, `name`, weight: for each of what is weighed a row for each node."""
    each = [
        pl.DataFrame({node: ids, "weight": own}).select(node, pl.lit(one).alias(name), "weight")
        for one, own in weights
    ]
    return pl.concat(each)


def ids_of(artifact: Artifact, node: str) -> pl.Series:
    """External ids of a type's nodes; an `OptionError` for a type that the recipe's graph doesn't have."""
    if node in ("user", "item"):
        return (artifact.user if node == "user" else artifact.item).ids
    entities = _has_entities(artifact)
    if node == "entity" and entities:
        return artifact.dataset.entity.ids
    raise OptionError(
        f"there are no nodes of type {node!r}",
        why="its graph has no edges of type `knowledge`" if node == "entity" else "",
        instead="user, item or entity" if entities else "user or item",
    )


def plural(node: str) -> str:
    """`entities` of `entity`."""
    return "entities" if node == "entity" else f"{node}s"


def _has_entities(artifact: Artifact) -> bool:
    """A resolved recipe has an encoder for them where its graph does."""
    from recbox.recipe.loading import written

    encoder = written(artifact.recipe).get("encoder")
    return isinstance(encoder, dict) and "entity" in encoder


def _parts(arrays: Mapping[str, np.ndarray], node: str) -> list[tuple[str, np.ndarray]]:
    """Names and weights of a node type's parts, in the recipe's order; a second `id` is `id-2`."""
    own = [name for name in arrays if name.partition(".")[0] == node]
    own.sort(key=lambda name: int(name.split(".")[1]))
    labels = [name.split(".")[2] for name in own]
    said = (n if n not in labels[:i] else f"{n}-{labels[:i].count(n) + 1}" for i, n in enumerate(labels))
    return [(label, arrays[name]) for label, name in zip(said, own)]


def _word(label: str) -> str:
    """A plugin's name, as a tensor's name may have it."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", label)[:60]
