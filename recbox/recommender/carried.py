"""What edges carry beside their weight: `edge["feature"]`, float32 `[edges, features]`, as the recipe says.

Numbers are as the data has them; a layer that reads them brings them to one scale itself.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recbox.data import Dataset
from recbox.data.recency import place_behind
from recbox.errors import DataError
from recbox.graph import CSR
from recbox.plugin import NewUsers
from recbox.recipe.edge import Edge

FEATURE = "feature"


def with_interaction_features(csr: CSR, edge: Edge, train: Dataset) -> CSR:
    """csr: both directions of the interactions, users' rows first. Both of an edge carry the same. A pair
    that is there more than once carries the sum of its weights, and is as old as its newest."""
    x = train.interaction
    pair, place = np.unique(x.user * np.int64(max(len(train.item), 1)) + x.item, return_inverse=True)
    one = np.empty((len(pair), len(edge.feature)), np.float32)
    for column, name in enumerate(edge.feature):
        if name == "weight":
            one[:, column] = np.bincount(place, x.weight.astype(np.float64), len(pair))
        else:
            youngest = np.full(len(pair), np.inf)
            np.minimum.at(youngest, place, _age(name, train))
            one[:, column] = youngest
    assert csr.reverse is not None  # noqa: S101 (interactions stand there in both directions)
    back = csr.reverse[len(pair) :]
    return _carrying(csr, np.concatenate([one, one[back]]), edge)


def with_relation_features(csr: CSR, weighted: CSR, edge: Edge) -> CSR:
    """weighted: the same structure with the links' weights, which are all that it carries."""
    weight = np.ones(csr.edges, np.float32) if weighted.weight is None else weighted.weight
    return _carrying(csr, weight[:, None], edge)


def _carrying(csr: CSR, feature: np.ndarray, edge: Edge) -> CSR:
    """feature: float32 `[edges, features]`, of any sign; a `DataError` for what is no number of 32 bits."""
    if wrong := int((~np.isfinite(feature)).any(axis=1).sum()):
        raise DataError(
            f"{edge.key}: {wrong} edges carry what is no finite number",
            where="graph.edge",
            instead="leave these rows out of the file, or leave `feature` out",
        )
    return replace(csr, edge={**csr.edge, FEATURE: feature})


def of_new_users(feature: tuple[str, ...], new: NewUsers) -> np.ndarray:
    """float32 `[m, features]` of the edges that a history gives.

    What a new user has is the newest that there is: its age is 0, as of training's last interaction, and the
    same for all of it, so that attention tells it apart by the rest. Its order is that of the history.
    """
    columns = {"weight": new.weight, "age": np.zeros(len(new.item)), "order": _order(new)}
    found = [np.asarray(columns[name], np.float32) for name in feature]
    return np.stack(found, 1) if found else np.zeros((len(new.item), 0), np.float32)


def _age(name: str, train: Dataset) -> np.ndarray:
    x = train.interaction
    if x.time is None:
        raise DataError(
            f"the edges' feature `{name}` needs times, which this data doesn't have",
            where="graph.edge",
            instead="feature: [weight], or name the time column of the data",
        )
    if name == "order":
        return place_behind(x.user, x.item, x.time)
    if not len(x):
        return np.zeros(0)
    age = (x.time.max() - x.time).astype(np.float64)
    return age / max(float(age.max()), 1.0)


def _order(new: NewUsers) -> np.ndarray:
    """The place of each item in its user's history, counted back from the newest, as a share of it."""
    count = np.diff(new.indptr)
    behind = np.arange(len(new.item)) - new.indptr[new.row]
    if new.newest is None:  # later ones count as newer
        return (count[new.row] - 1 - behind) / count[new.row]
    order = np.empty(len(new.item))
    order[new.newest] = behind / count[new.row]
    return order
