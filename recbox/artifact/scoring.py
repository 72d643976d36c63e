"""The scorer of an artifact: plain arrays and data, handed to a plugin that is found by its registry name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import ValidationError

from recbox.artifact.manifest import ScorerHead
from recbox.errors import ArtifactError, PluginError
from recbox.plugin import Scorer
from recbox.registry import Registry
from recbox.registry.blame import blamed, said

if TYPE_CHECKING:
    from recbox.recommender import Growth


def load(
    head: ScorerHead,
    arrays: dict[str, np.ndarray],
    shape: tuple[int, int],
    registry: Registry,
    where: str,
    grow: Callable[[], Growth] | None = None,
) -> Scorer:
    """The scorer, which must be of `shape` (users, items). grow: gives the recommender that made a graph
    scorer's vectors, when new users or items come."""
    check_sparse(arrays, max(shape), where)
    options = options_of(head, registry, where)
    try:
        scorer = _build(head, options, arrays, grow)
        found, scores = tuple(scorer.shape), _first_scores(scorer)
    except (PluginError, MemoryError):
        raise
    except Exception as error:  # whatever a plugin does with arrays that don't fit it
        fault = blamed(error, registry.origins)
        raise ArtifactError(
            f"the {head.kind} scorer {head.use!r} can't be built from its arrays",
            where=where,
            why=f"{fault.what}, {fault.why} ({fault.where})" if fault else said(error),
            instead=fault.instead if fault else "",
        ) from error
    if found != shape or scores not in ((), (1, shape[1])):
        raise ArtifactError(
            f"the scorer is for {found[0]:,} users and {found[1]:,} items",
            why=f"the data has {shape[0]:,} and {shape[1]:,}",
            where=where,
        )
    return scorer


def _first_scores(scorer: Scorer) -> tuple[int, ...]:
    """The shape of the first user's scores: arrays that don't fit together show here, not in mid-use."""
    return tuple(scorer.block(np.zeros(1, np.int64)).shape) if scorer.shape[0] else ()


def check_sparse(arrays: Mapping[str, np.ndarray], columns: int, where: str) -> None:
    """Every `indptr` among the arrays must be a CSR with its `indices`: kernels trust them."""
    for name, indptr in arrays.items():
        if not name.endswith("indptr"):
            continue
        indices = arrays.get(f"{name.removesuffix('indptr')}indices")
        if indices is None or indptr.ndim != 1 or indices.ndim != 1 or not _integers(indptr, indices):
            raise _no_csr(name, where, "it needs two lists of integers")
        whole = (
            len(indptr) > 0 and indptr[0] == 0 and indptr[-1] == len(indices) and (np.diff(indptr) >= 0).all()
        )
        if not whole or (len(indices) and not 0 <= indices.min() <= indices.max() < columns):
            raise _no_csr(name, where, "row bounds or indices are out of range")


def _integers(*arrays: np.ndarray) -> bool:
    return all(a.dtype.kind == "i" for a in arrays)


def _no_csr(name: str, where: str, why: str) -> ArtifactError:
    return ArtifactError(f"the scorer's {name!r} is no sparse structure", where=where, why=why)


def options_of(head: ScorerHead, registry: Registry, where: str) -> Any:
    cls = registry.load("model" if head.kind == "model" else "head", head.use)
    try:
        return cls.parse(head.options)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise ArtifactError(
            f"the options of {head.use!r} don't fit the plugin that is installed",
            where=where,
            why=f"{'.'.join(map(str, first['loc']))}: {first['msg']}"[:200],
            instead="install the version of the plugin that the manifest names",
        ) from error


def _build(
    head: ScorerHead, options: Any, arrays: dict[str, np.ndarray], grow: Callable[[], Growth] | None
) -> Scorer:
    if head.kind == "model":
        scorer: Scorer = options.load(arrays, head.data)
        return scorer
    from recbox.recommender import GraphScorer

    return GraphScorer.load(options, arrays, head.data, grow)
