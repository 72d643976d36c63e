"""Vectors from a file, put in the order of the nodes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from recbox.plugin import DataError, History, Spec
from recbox_text import place

if TYPE_CHECKING:
    from recbox_text.projected import Read
    from recbox_text.vectors import Vectors


def read(options: Vectors, spec: Spec) -> np.ndarray:
    """float32 [count, w]; a DataError for ids that are there twice or not at all, and for no numbers."""
    own = spec.train.nodes(spec.node).ids
    ids, vectors, path = _stored(options, spec)
    found, here = _taken(spec.node, own, ids, vectors, path)
    if not here.all() and options.missing == "error":
        first = own[int(np.flatnonzero(~here)[0])]
        what = f"{int((~here).sum()):,} of {len(own):,} {spec.node}s have no vector, {first!r} for one"
        raise DataError(what, where=path, instead="missing: zero, or mean")
    if options.missing == "mean" and here.any():
        found[~here] = found[here].mean(0)
    return found


def there(options: Vectors, spec: Spec) -> np.ndarray:
    """bool [count]: the nodes whose vector is in the file."""
    ids, _, path = _stored(options, spec)
    return _rows(spec.train.nodes(spec.node).ids, ids, path) >= 0


def reader(options: Vectors, spec: Spec) -> Read:
    """The vectors of new nodes by their column `id`, from the file as it is then."""
    own = spec.train.nodes(spec.node).ids

    def fresh(table: pl.DataFrame, history: History | None = None) -> np.ndarray:
        given = "id" in table.columns
        new = table["id"].cast(own.dtype) if given else pl.Series([None] * table.height, dtype=own.dtype)
        ids, vectors, path = _stored(options, spec)
        found, here = _taken(spec.node, new, ids, vectors, path)
        if given and not here.all() and options.missing == "error":
            what = f"{int((~here).sum()):,} of {len(here):,} new {spec.node}s have no vector in {path}: zeros"
            spec.context.progress.notice(what, "warning")
        if options.missing == "mean" and not here.all():
            known, there = _taken(spec.node, own, ids, vectors, path)
            found[~here] = known[there].mean(0) if there.any() else 0.0
        return found

    return fresh


def _stored(options: Vectors, spec: Spec) -> tuple[pl.Series, np.ndarray, str]:
    """ids, vectors, and the path of the file, all checked but for finite numbers."""
    where = f"encoder.{spec.node}"
    path = place.find(options.file, spec.context, where)
    ids, vectors = _READ[path.suffix.lower()](path, options)
    if options.ids is not None:
        ids = _ids(place.find(options.ids, spec.context, where))
    if ids is None:
        raise DataError("it has no ids", where=str(path), instead="`ids:` a file with one on each line")
    if vectors.ndim != 2 or not vectors.shape[1] or vectors.dtype.kind not in "fiu":
        raise DataError(
            f"it holds {vectors.dtype} {list(vectors.shape)}, not numbers [n, w]", where=str(path)
        )
    if len(ids) != len(vectors):
        raise DataError(f"there are {len(ids):,} ids for {len(vectors):,} vectors", where=str(path))
    return ids, vectors, str(path)


def _taken(
    node: str, own: pl.Series, ids: pl.Series, vectors: np.ndarray, path: str
) -> tuple[np.ndarray, np.ndarray]:
    """float32 [n, w], zeros where a node isn't in the file, and bool [n]: where it is."""
    row = _rows(own, ids, path)
    here = row >= 0
    found = np.zeros((len(own), vectors.shape[1]), np.float32)
    found[here] = vectors[row[here]]
    wrong = np.flatnonzero(~np.isfinite(found).all(1))
    if len(wrong):
        first = int(wrong[0])
        what = f"the vector of {node} {own[first]!r} (row {int(row[first])}) is not finite"
        raise DataError(what, where=path)
    return found, here


def _rows(own: pl.Series, ids: pl.Series, path: str) -> np.ndarray:
    """For each node its row in the file, or -1."""
    theirs = ids.cast(own.dtype, strict=False)
    twice = theirs.filter(theirs.is_duplicated() & theirs.is_not_null())
    if len(twice):
        raise DataError(f"the id {twice[0]!r} is there twice", where=path)
    table = pl.DataFrame({"id": theirs}).with_row_index("row").drop_nulls("id")
    return (
        pl.DataFrame({"id": own})
        .join(table, "id", "left", maintain_order="left")["row"]
        .cast(pl.Int64)
        .fill_null(-1)
        .to_numpy()
    )


def _npy(path: Path, options: Vectors) -> tuple[pl.Series | None, np.ndarray]:
    return None, _array(path)


def _array(path: Path) -> np.ndarray:
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DataError("it is no array of numbers", where=str(path), why=_said(error)) from error


def _safetensors(path: Path, options: Vectors) -> tuple[pl.Series | None, np.ndarray]:
    import torch
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            names = list(file.keys())
            if options.vector_column not in names:
                instead = f"`vector_column:` one of {', '.join(names[:10])}"
                raise DataError(
                    f"it has no tensor {options.vector_column!r}", where=str(path), instead=instead
                )
            vectors = file.get_tensor(options.vector_column)
            ids = file.get_tensor(options.id_column) if options.id_column in names else None
    except (SafetensorError, OSError, ValueError) as error:
        raise DataError("it is damaged, or cut off", where=str(path), why=_said(error)) from error
    if ids is not None and (ids.dim() != 1 or ids.dtype not in (torch.int64, torch.int32)):
        raise DataError(f"the tensor {options.id_column!r} holds no whole numbers [n]", where=str(path))
    plain = vectors.float() if vectors.is_floating_point() else vectors
    return None if ids is None else pl.Series(ids.numpy()), plain.numpy()


def _parquet(path: Path, options: Vectors) -> tuple[pl.Series | None, np.ndarray]:
    try:
        known = pl.read_parquet_schema(path)
        if options.vector_column not in known:
            instead = f"`vector_column:` one of {', '.join(list(known)[:10])}"
            raise DataError(f"it has no column {options.vector_column!r}", where=str(path), instead=instead)
        wanted = [name for name in (options.id_column, options.vector_column) if name in known]
        frame = pl.read_parquet(path, columns=wanted)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError("it is no Parquet file", where=str(path), why=_said(error)) from error
    ids = frame[options.id_column] if options.id_column in frame.columns else None
    return ids, _stacked(frame[options.vector_column], str(path))


def _stacked(lists: pl.Series, path: str) -> np.ndarray:
    """Lists of one length as a matrix."""
    if not isinstance(lists.dtype, pl.List | pl.Array) or not lists.dtype.inner.is_numeric():
        raise DataError(f"its column {lists.name!r} is {lists.dtype}, not lists of numbers", where=path)
    lists = lists.cast(pl.List(lists.dtype.inner))
    length = lists.list.len()
    if lists.null_count() or length.n_unique() > 1:
        first = int((length.fill_null(0) != length.drop_nulls()[0]).arg_max() or 0) if len(length) else 0
        raise DataError(f"the list in row {first} is of another length than the first", where=path)
    flat = lists.explode().fill_null(float("nan")).to_numpy()
    return flat.reshape(len(lists), -1)


def _ids(path: Path) -> pl.Series:
    """One id for each row."""
    if path.suffix.lower() == ".npy":
        found = _array(path)
        if found.ndim != 1 or found.dtype.kind not in "iuUS":
            raise DataError(f"it holds {found.dtype} {list(found.shape)}, not ids [n]", where=str(path))
        return pl.Series(found.tolist())
    try:
        return pl.Series(path.read_text(encoding="utf-8").splitlines(), dtype=pl.String)
    except (OSError, ValueError) as error:
        raise DataError("it is no text", where=str(path), why=_said(error)) from error


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


_READ = {".npy": _npy, ".safetensors": _safetensors, ".parquet": _parquet}
