"""The recommender behind an artifact's vectors, built again so that new users and items can be scored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from recbox.artifact.bringing import require
from recbox.artifact.scoring import check_sparse
from recbox.context import Context
from recbox.errors import ArtifactError, UnsupportedError

if TYPE_CHECKING:
    from pathlib import Path

    from recbox.artifact.manifest import Plugin
    from recbox.artifact.opening import Artifact
    from recbox.data import Dataset
    from recbox.graph import CSR
    from recbox.recipe.recipe import Network
    from recbox.recommender import Base, Growth, Recommender
    from recbox.registry import Registry

STRUCTURE = "graph"
"""The file of edge types that the interactions don't give: `NAME.indptr`, `NAME.indices`, `NAME.weight`,
`NAME.edge.WHAT`."""
NEAR = 1e-3
"""Of the largest number, how far the vectors may be from those that were stored; `ROUGH` in bfloat16."""
ROUGH = 5e-2


def growth(artifact: Artifact, registry: Registry) -> Growth:
    """The recipe's recommender with the stored weights, on the graph of what it was fitted on.

    Needs the plugins of encoders, layers and head (a `PluginError` names what to install), not those that
    only read data, make edges, train or judge. An `ArtifactError` where it doesn't come to the vectors that
    are stored; an `UnsupportedError` for an artifact of an older recbox that lacks the structure of a
    relation.
    """
    from recbox.recipe import load_network

    require(_used(artifact), registry, str(artifact.path / "manifest.json"))
    context = _context(artifact)
    recipe = load_network(artifact.path / "recipe.yaml", registry=registry, context=context)
    train, kept = fitted_on(artifact), stored_structures(artifact, recipe)
    grown = rebuilt(recipe, train, kept, base_of(artifact), context, lambda own: _fill(artifact, own))
    _compare(artifact, grown)
    return grown


def base_of(artifact: Artifact) -> Base:
    """What the parameters were trained with: nodes of each type, and interactions."""
    data, updated = artifact.manifest.data, artifact.manifest.updated
    whole = {type: table.count for type, table in artifact.manifest.node.items()}
    found = {"entity": 0, **whole, "interaction": data.interactions}
    return found if updated is None else dict(updated.base)


def rebuilt(
    recipe: Network,
    train: Train,
    kept: Mapping[str, CSR],
    base: Base,
    context: Context,
    fill: Callable[[Recommender], None],
) -> Growth:
    """The recommender of a recipe with the parameters that `fill` puts into it, on the graph of `train`.

    kept: structures that the interactions don't give, over all nodes. base: what the parameters were trained
    with; nodes behind these get their vectors from what encoders read of them, and from their neighbours.
    """
    from recbox.recommender import Growth, build, extend, structures, trained_with

    shape = structures(recipe.edge, train.now, kept)
    small, now = (trained_with(data, base) for data in (train.then, train.now))
    there = without(kept, train.now, base)
    graph = structures(recipe.edge, small, there).graph(context)
    recommender = build(recipe, small, graph, context, loaded=True, now=now)
    fill(recommender)
    extend(recommender, recipe, train.now, base)
    return Growth(recipe, recommender, shape, context)


@dataclass(frozen=True)
class Train:
    """The training part as it is `now`, and without what came after training, `then`."""

    now: Dataset
    then: Dataset

    @classmethod
    def of(cls, data: Dataset, rows: np.ndarray, base: Base) -> Self:
        """rows: those of the training part."""
        return cls(data.take(rows), data.take(rows[rows < base["interaction"]]))


def _used(artifact: Artifact) -> list[Plugin]:
    """The plugins that give vectors. An encoder whose vectors edges were made of is none: they are stored."""
    from recbox.recipe.loading import written

    said = written(artifact.recipe)
    names = {kind: set(_uses(said.get(kind))) for kind in ("encoder", "layer", "head")}
    return [p for p in artifact.manifest.plugin if p.name in names.get(p.kind, ())]


def _uses(node: object) -> Iterator[str]:
    """What `use` names, however deep."""
    if isinstance(node, Mapping):
        if isinstance(name := node.get("use"), str):
            yield name
        node = list(node.values())
    for inner in node if isinstance(node, list) else ():
        yield from _uses(inner)


def search_places(artifact: Artifact) -> tuple[Path, ...]:
    """Where files that the recipe names, such as a text model's, are looked for besides where it is used:
    beside the artifact, and in data folders."""
    from recbox.data.find import search_path

    return (artifact.path.resolve().parent, *search_path(()))


def _context(artifact: Artifact) -> Context:
    """Nothing is fetched because an artifact says so."""
    precision = "bf16" if artifact.manifest.run.precision == "bf16" else "fp32"
    return Context(precision=precision, data_dir=search_places(artifact), offline=True)


def fitted_on(artifact: Artifact) -> Train:
    """What the method was fitted on, with what an update folded in."""
    return Train.of(artifact.dataset, artifact.fitted, base_of(artifact))


def without(kept: Mapping[str, CSR], data: Dataset, base: Base) -> dict[str, CSR]:
    """The structures without the nodes that parameters weren't trained with. data: all nodes."""
    from recbox.graph import among

    there = [np.arange(len(data.nodes(node))) < base[node] for node in ("user", "item", "entity")]
    keep = np.concatenate(there)
    if keep.all():
        return dict(kept)
    return {key: among(csr, keep[: csr.rows]) for key, csr in kept.items()}


def stored_structures(artifact: Artifact, recipe: Network) -> dict[str, CSR]:
    """By the edges' keys, the structures that the interactions don't give."""
    from recbox.recipe.edge import stored
    from recbox.recommender.edges import layout_of

    names = stored(recipe.edge)
    if not names:
        return {}
    if f"{STRUCTURE}.safetensors" not in artifact.manifest.tensor:
        raise UnsupportedError(
            f"the artifact lacks the structure of {next(iter(names))}, which new users and items need",
            where=str(artifact.path),
            why="it was written by an older recbox",
            instead="run its recipe again",
        )
    arrays = artifact.tensors(STRUCTURE)
    nodes = layout_of(recipe.edge, artifact.dataset).total
    check_sparse(arrays, nodes, str(artifact.path / f"{STRUCTURE}.safetensors"))
    types = {edge.key: edge.type for edge in recipe.edge}
    return {key: _csr(arrays, name, types[key], nodes) for key, name in names.items()}


def _csr(arrays: Mapping[str, np.ndarray], name: str, type: str, nodes: int) -> CSR:
    """The structure called `name`; an older recbox called it by its type alone."""
    from recbox.graph import CSR

    name = name if f"{name}.indptr" in arrays else type
    more = f"{name}.edge."
    edge = {key.removeprefix(more): array for key, array in arrays.items() if key.startswith(more)}
    indptr, indices, weight = (arrays.get(f"{name}.{part}") for part in ("indptr", "indices", "weight"))
    if indptr is None or indices is None:
        raise ArtifactError(f"the structure of {name} is missing", where=f"{STRUCTURE}.safetensors")
    return CSR(indptr, indices, weight, None, nodes, edge)


def arrays_of(kept: Mapping[str, CSR], names: Mapping[str, str]) -> dict[str, np.ndarray]:
    """The tensors of the file of structures. names: by key, what each is called (see `stored`)."""
    found: dict[str, np.ndarray] = {}
    for key, csr in kept.items():
        arrays = {"indptr": csr.indptr, "indices": csr.indices, "weight": csr.weight}
        arrays |= {f"edge.{what}": array for what, array in csr.edge.items()}
        found |= {f"{names[key]}.{what}": array for what, array in arrays.items() if array is not None}
    return found


def _fill(artifact: Artifact, recommender: Recommender) -> None:
    import torch

    weights = {k: torch.from_numpy(np.array(v)) for k, v in artifact.tensors("weights").items()}
    try:
        recommender.load_state_dict(weights)
    except RuntimeError as error:
        raise _other(artifact, " ".join(str(error).split())[:300]) from error


def _compare(artifact: Artifact, grown: Growth) -> None:
    stored = artifact.tensors("scorer")
    own = np.concatenate([stored["user"], stored["item"]])
    again = grown.known.final.numpy()[: len(own)]
    to = ROUGH if artifact.manifest.run.precision == "bf16" else NEAR
    gap = float(np.abs(own - again).max(initial=0)) if own.shape == again.shape else np.inf
    if not gap <= to * max(1e-6, float(np.abs(own).max(initial=0))):
        raise _other(artifact, f"it comes to other vectors, up to {gap:.2g} away")


def _other(artifact: Artifact, why: str) -> ArtifactError:
    versions: Mapping[str, str] = {p.distribution: p.version for p in artifact.manifest.plugin}
    had = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    return ArtifactError(
        "the recommender built from the recipe isn't the one that was trained",
        where=str(artifact.path),
        why=why,
        instead=f"install what it was made with: {had}" if had else "",
    )
