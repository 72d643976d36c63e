"""Node tables and per-user values as Parquet: written from memory, read only with the expected columns."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from recbox.artifact.manifest import NodeTable
from recbox.data import Column, Nodes
from recbox.errors import ArtifactError

TYPES: dict[str, pl.DataType] = {
    "categorical": pl.String(), "text": pl.String(), "numeric": pl.Float64(), "multi": pl.List(pl.String()),
}  # fmt: skip
IDS: dict[str, pl.DataType] = {"integer": pl.Int64(), "string": pl.String()}
ROWS_PER_BYTE = 64
"""More rows than this for each byte of a file is a bomb: unique ids can't be packed so tightly."""


def describe(nodes: Nodes) -> dict[str, Any]:
    """A node table as the manifest has it."""
    columns = [{"name": c.name, "type": c.type, "role": c.role} for c in nodes.columns]
    return {"count": len(nodes), "id": _id_type(nodes), "columns": columns}


def node_bytes(nodes: Nodes) -> bytes:
    """The Parquet file of a node table: `id` and the feature columns."""
    wanted = {"id": IDS[_id_type(nodes)], **{c.name: TYPES[c.type] for c in nodes.columns}}
    return _parquet(nodes.table.select(pl.col(name).cast(kind) for name, kind in wanted.items()))


def per_user_bytes(ids: pl.Series, users: np.ndarray, values: Mapping[str, np.ndarray]) -> bytes:
    """The Parquet file of `user` (external id) and one Float64 column for each metric."""
    columns = {name: pl.Series(name, np.asarray(v, np.float64)) for name, v in values.items()}
    return _parquet(pl.DataFrame({"user": ids.gather(np.asarray(users, np.int64)), **columns}))


def read_nodes(raw: bytes, expected: NodeTable, where: str) -> Nodes:
    """A node table with the columns and the count that the manifest says, and no id twice or missing."""
    schema = {"id": IDS[expected.id], **{c.name: TYPES[c.type] for c in expected.columns}}
    table = _read(raw, where, expected.count, schema)
    ids = table["id"]
    if ids.null_count() or ids.n_unique() != len(ids):
        raise _damaged(where, "an id is missing or stands twice")
    return Nodes(table, tuple(Column(c.name, c.type, c.role) for c in expected.columns))


def read_per_user(raw: bytes, ids: NodeTable, where: str) -> pl.DataFrame:
    """Per-user values, all of them finite."""
    table = _read(raw, where, None, None)
    kinds = list(table.schema.items())
    if kinds[:1] != [("user", IDS[ids.id])] or any(kind != pl.Float64() for _, kind in kinds[1:]):
        raise _damaged(where, "its columns aren't a user and numbers")
    finite = all(table[name].is_finite().all() and not table[name].null_count() for name, _ in kinds[1:])
    if table.height > ids.count or not finite or table["user"].null_count():
        raise _damaged(where, "it has too many rows, or a value that is no finite number")
    return table


def _id_type(nodes: Nodes) -> str:
    return "integer" if nodes.ids.dtype.is_integer() else "string"


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", statistics=False)
    return buffer.getvalue()


def _read(raw: bytes, where: str, rows: int | None, schema: dict[str, pl.DataType] | None) -> pl.DataFrame:
    """The metadata is compared before the data is unpacked."""
    try:
        found = dict(pl.read_parquet_schema(io.BytesIO(raw)))
        if schema is not None and list(found.items()) != list(schema.items()):
            raise _damaged(where, f"its columns are {', '.join(f'{n}: {t}' for n, t in found.items())[:200]}")
        height = int(pl.scan_parquet(io.BytesIO(raw)).select(pl.len()).collect().item())
        if height != (height if rows is None else rows) or height > ROWS_PER_BYTE * len(raw):
            raise _damaged(where, f"it is said to have {height:,} rows")
        frame = pl.read_parquet(io.BytesIO(raw))
        if frame.height != height or dict(frame.schema) != found:
            raise _damaged(where, "its data doesn't fit its header")
        return frame
    except ArtifactError:
        raise
    except BaseException as error:  # a panic of the reader is no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        raise _damaged(where, f"{type(error).__name__}: {str(error).splitlines()[0:1]}"[:200]) from error


def _damaged(where: str, why: str) -> ArtifactError:
    return ArtifactError(
        "the table is damaged", where=where, why=why, instead="get a fresh copy of the folder"
    )
