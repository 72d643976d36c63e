"""The recommender of a graph recipe over more nodes and edges, or fewer: the same parameters, a full pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import torch

from recbox.artifact.growing import STRUCTURE, Train, arrays_of, rebuilt
from recbox.artifact.parts import fitted_rows
from recbox.errors import UnsupportedError
from recbox.graph import CSR, among, spread
from recbox.recipe.edge import stored
from recbox.recommender import GraphScorer, Growth, Recommender, adopt, trained

if TYPE_CHECKING:
    from recbox.artifact import Artifact
    from recbox.updating.leaving import State

NEAR = 1e-5
"""How far first vectors may move when somebody is forgotten, of the largest number: rounding alone."""
WITHOUT = "run the recipe again on data without them: `recbox run`"


@dataclass(frozen=True)
class Regrown:
    """growth: the recommender on its graph. scorer: of all nodes. extra: the artifact's tensors, by file."""

    growth: Growth
    scorer: GraphScorer
    extra: dict[str, Mapping[str, np.ndarray]]


@torch.no_grad()
def regrown(artifact: Artifact, state: State, kept: np.ndarray) -> Regrown:
    """kept: int64, the artifact's users who are still there, in their order; new ones stand behind them.

    An `UnsupportedError` where parameters know somebody who is to be forgotten, and it isn't known how.
    """
    old, recipe = artifact.growth, artifact.growth.recipe
    train = Train.of(state.data, fitted_rows(state.split, refit=artifact.refitted), state.base)
    names = stored(recipe.edge)
    shapes = _moved({key: old.structures.csr[key] for key in names}, artifact, state, kept)
    rows = _rows(artifact, state, kept)
    whole = len(kept) == artifact.manifest.node["user"].count

    def fill(new: Recommender) -> None:
        before = trained(old.recommender)
        if whole:
            new.load_state_dict(before.state_dict())
        elif left := adopt(new, before, rows):
            raise _stuck(f"it isn't known what {left[0]!r} has of them", str(artifact.path))

    grown = rebuilt(recipe, train, shapes, state.base, old.context, fill)
    if not whole:
        _check(old, grown, train, rows, _altered(artifact, state, kept), str(artifact.path))
    scorer = GraphScorer.of(grown.recommender, grown.graph, recipe.head.options.retrievable)
    return Regrown(grown, scorer, _tensors(grown, arrays_of(shapes, names)))


def _tensors(grown: Growth, others: dict[str, np.ndarray]) -> dict[str, Mapping[str, np.ndarray]]:
    first, layout = grown.recommender.first(), grown.graph.layout
    weights = trained(grown.recommender).state_dict()
    return {
        "weights": {name: tensor.detach().cpu().numpy() for name, tensor in weights.items()},
        "layer0": {type: first[layout.range(type)].cpu().numpy() for type, _ in layout.counts},
        **({STRUCTURE: others} if others else {}),
    }


def _moved(shapes: Mapping[str, CSR], artifact: Artifact, state: State, kept: np.ndarray) -> dict[str, CSR]:
    """The structures with each node where it stands now."""
    if not shapes:
        return {}
    before = artifact.growth.structures.layout
    keep = np.ones(before.total, bool)
    keep[: before.count("user")] = False
    keep[kept] = True
    counts = [len(kept), *(count for type, count in before.counts if type != "user")]
    now = [len(state.data.nodes(type)) for type, _ in before.counts]
    starts = np.cumsum([0, *now])
    place = np.concatenate([start + np.arange(count) for start, count in zip(starts, counts)])
    return {key: spread(among(csr, keep), place, int(starts[-1])) for key, csr in shapes.items()}


def _rows(artifact: Artifact, state: State, kept: np.ndarray) -> dict[str, np.ndarray]:
    """By node type, which node each one that is trained was."""
    users = kept[: state.base["user"]]
    others = {type: np.arange(state.base[type]) for type in ("item", "entity")}
    return {"user": users, **others}


def _altered(artifact: Artifact, state: State, kept: np.ndarray) -> dict[str, np.ndarray]:
    """bool, by node type: of each one that stays, whether the columns aren't what they were."""
    items = artifact.dataset.item.table
    return {
        "user": _differ(artifact.dataset.user.table[kept], state.data.user.table.head(len(kept))),
        "item": _differ(items, state.data.item.table.head(items.height)),
    }


def _differ(before: pl.DataFrame, after: pl.DataFrame) -> np.ndarray:
    same = pl.repeat(True, before.height, eager=True)
    for name in before.columns:
        same &= before[name].eq_missing(after[name])
    return (~same).to_numpy()


def _check(
    old: Growth,
    grown: Growth,
    train: Train,
    rows: Mapping[str, np.ndarray],
    altered: Mapping[str, np.ndarray],
    where: str,
) -> None:
    """The first vectors of those who stay are what they were, but for what encoders read of histories."""
    before, after = trained(old.recommender), trained(grown.recommender)
    for node in ("user", "item"):
        if any(part.options.by_history for part in grown.recipe.encoder[node].part):
            continue
        acting = np.unique(getattr(train.then.interaction, node))  # others may be cold now
        acting = acting[~altered[node][acting]]  # what named somebody doesn't any more
        if not len(acting):
            continue
        one = before.encoder[node](torch.from_numpy(rows[node][acting]))
        other = after.encoder[node](torch.from_numpy(acting))
        gap, size = float((one - other).abs().max()), float(one.abs().max())
        if not gap <= NEAR * max(size, 1e-6):
            raise _stuck(f"what encoders make of the other {node}s changes without them", where)


def _stuck(why: str, where: str) -> UnsupportedError:
    return UnsupportedError(
        "the recipe's encoders can't forget a user", where=where, why=why, instead=WITHOUT
    )
