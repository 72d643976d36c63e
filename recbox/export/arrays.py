"""The folder of arrays: `.npy` files that numpy opens without pickle, whole or mapped into memory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from recbox.errors import UnsupportedError
from recbox.export.form import Form, Network, Sum, Vectors

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


def save(form: Form, folder: Path) -> None:
    """An `UnsupportedError` for a method that is more than sums and products."""
    if isinstance(form, Network):
        raise UnsupportedError(
            "the head is a network, of which plain arrays can't tell",
            instead="--to onnx",
        )
    if isinstance(form, Vectors):
        put(folder, "user", form.user)
        put(folder, "item", form.item)
    else:
        lists(folder, "history", form.history)
        (_sparse if form.sparse else _dense)(form, folder)


def scores(form: Form, folder: Path, users: np.ndarray) -> np.ndarray:
    """float32 `[n, items]` of users, by the files alone."""
    if isinstance(form, Vectors):
        user, item = get(folder, "user"), get(folder, "item")
        return np.asarray(user[users] @ item.T)
    assert isinstance(form, Sum)  # noqa: S101
    return np.stack([_row(form, folder, user) for user in users])


def put(folder: Path, name: str, array: np.ndarray) -> None:
    np.save(folder / f"{name}.npy", np.ascontiguousarray(array), allow_pickle=False)


def get(folder: Path, name: str) -> np.ndarray:
    return np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False))


def lists(folder: Path, name: str, matrix: csr_matrix) -> None:
    """Each user's items: those of user u stand from `indptr[u]` to `indptr[u + 1]`."""
    put(folder, f"{name}_indptr", matrix.indptr.astype(np.int64))
    put(folder, f"{name}_items", matrix.indices.astype(np.int64))


def _dense(form: Sum, folder: Path) -> None:
    """Row by row into the file, so that the matrix is never in memory."""
    shape = form.items, form.items
    matrix = np.lib.format.open_memmap(folder / "matrix.npy", mode="w+", dtype=np.float32, shape=shape)
    for some, rows in form.rows():
        matrix[some] = rows
    matrix.flush()


def _sparse(form: Sum, folder: Path) -> None:
    from scipy.sparse import csr_matrix, vstack

    matrix = vstack([csr_matrix(rows) for _, rows in form.rows()], format="csr")
    put(folder, "matrix_indptr", matrix.indptr.astype(np.int64))
    put(folder, "matrix_items", matrix.indices.astype(np.int64))
    put(folder, "matrix_data", matrix.data.astype(np.float32))


def _row(form: Sum, folder: Path, user: int) -> np.ndarray:
    """As the page beside the files says it."""
    own = slice(*get(folder, "history_indptr")[user : user + 2])
    history = get(folder, "history_items")[own]
    if not form.sparse:
        return np.asarray(get(folder, "matrix")[history].sum(0))
    indptr, items, data = (get(folder, f"matrix_{name}") for name in ("indptr", "items", "data"))
    found = np.zeros(form.items, np.float32)
    for item in history:
        row = slice(indptr[item], indptr[item + 1])
        found[items[row]] += data[row]
    return found
