"""The interactions of an artifact, part by part: `train.user`, `train.item`, `train.weight`, `train.row`, ...

`row` is the interaction's place in the data set, so that reading gives the data set in its order again. Rows
that no part uses (left out by a cold split) are the part `rest`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recbox.artifact.content import Parts
from recbox.data import Interactions, Split
from recbox.errors import ArtifactError

NAMES = ("train", "valid", "test")
_COLUMNS = {"user": "i4", "item": "i4", "weight": "f4", "time": "i8", "behaviour": "i1", "part": "i1"}
_WIDE = {"user": np.int64, "item": np.int64}


def arrays(interaction: Interactions, split: Parts) -> dict[str, np.ndarray]:
    """The tensors of `interaction.safetensors`."""
    parts = {name: np.asarray(getattr(split, name), np.int64) for name in NAMES}
    rest = np.ones(len(interaction), bool)
    rest[np.concatenate(list(parts.values()))] = False
    if rest.any():
        parts["rest"] = np.flatnonzero(rest)
    return {
        f"{part}.{name}": array for part, rows in parts.items() for name, array in _part(interaction, rows)
    }


def fitted_rows(split: Parts, *, refit: bool) -> np.ndarray:
    """int64, ascending: the rows of training, with validation where the method was fitted again on both."""
    return np.sort(np.concatenate([split.train, split.valid])) if refit else split.train


def _part(interaction: Interactions, rows: np.ndarray) -> list[tuple[str, np.ndarray]]:
    index = "i8" if len(interaction) >= 2**31 else "i4"
    columns = [(n, getattr(interaction, n), t) for n, t in _COLUMNS.items()]
    lay = interaction.scratch.lay
    own = [(n, lay(a[rows].astype(t))) for n, a, t in columns if a is not None]
    return [("row", lay(rows.astype(index))), *own]


def restore(
    stored: Mapping[str, np.ndarray], users: int, items: int, behaviours: int, fingerprint: str, where: str
) -> tuple[Interactions, Split]:
    """The interactions in their order, and the split; ids, rows and lengths are checked."""
    parts = sorted({name.partition(".")[0] for name in stored})
    columns = sorted({name.partition(".")[2] for name in stored})
    _check_names(stored, parts, columns, where)
    rows = {part: stored[f"{part}.row"].astype(np.int64) for part in parts}
    order = np.concatenate([rows[part] for part in parts])
    n = len(order)
    if n and (order.min() < 0 or order.max() >= n or np.bincount(order, minlength=n).max() != 1):
        raise _damaged(where, "its rows aren't each of 0 … n - 1 once")
    full = {name: _joined(stored, parts, name, order, where) for name in columns if name != "row"}
    for name, count in (("user", users), ("item", items), ("behaviour", behaviours), ("part", 3)):
        if name in full and n and not 0 <= full[name].min() <= full[name].max() < count:
            raise _damaged(where, f"a {name} is out of range")
    split = Split(**{name: rows[name] for name in NAMES}, fingerprint=fingerprint)
    return Interactions(**full), split


def _check_names(stored: Mapping[str, np.ndarray], parts: list[str], columns: list[str], where: str) -> None:
    known = {"row", *_COLUMNS}
    complete = {f"{p}.{c}" for p in parts for c in columns} == set(stored)
    if not (complete and {"row", "user", "item", "weight"} <= set(columns) <= known):
        raise _damaged(where, "its tensors aren't those of interactions")
    if not set(NAMES) <= set(parts) <= {*NAMES, "rest"}:
        raise _damaged(where, "its parts aren't train, valid and test")


def _joined(
    stored: Mapping[str, np.ndarray], parts: list[str], name: str, order: np.ndarray, where: str
) -> np.ndarray:
    pieces = [stored[f"{part}.{name}"] for part in parts]
    lengths = [stored[f"{part}.row"].shape for part in parts]
    if [p.shape for p in pieces] != lengths or any(p.dtype != np.dtype(_COLUMNS[name]) for p in pieces):
        raise _damaged(where, f"the tensors of {name!r} have a wrong length or type")
    full = np.empty(len(order), _WIDE.get(name, pieces[0].dtype))
    full[order] = np.concatenate(pieces)
    return full


def _damaged(where: str, why: str) -> ArtifactError:
    return ArtifactError("the interactions are damaged", where=where, why=why)
