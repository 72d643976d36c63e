"""What an object holds, as one number: to see whether a plugin changed what it was handed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recbox.registry import Options


def snapshot(value: Any) -> str:
    """SHA-256 over the arrays, tensors, frames, graphs and folders of files that `value` is made of.

    TypeError: it is made of something else, whose changes would go unseen.
    """
    digest = hashlib.sha256()
    _feed(value, digest.update)
    return digest.hexdigest()


def _feed(value: Any, update: Any) -> None:
    update(type(value).__name__.encode())
    if isinstance(value, np.ndarray):
        update(f"{value.dtype}{value.shape}".encode() + np.ascontiguousarray(value).tobytes())
    elif isinstance(value, Mapping):
        for key in sorted(value, key=str):
            update(str(key).encode())
            _feed(value[key], update)
    elif isinstance(value, list | tuple):
        for part in value:
            _feed(part, update)
    elif isinstance(value, Path):
        for path in sorted(value.rglob("*")):
            update(str(path.relative_to(value)).encode())
            update(path.read_bytes() if path.is_file() else b"")
    elif is_dataclass(value):
        for field in fields(value):
            if field.name != "scratch":  # where arrays lie, not what they hold
                _feed(getattr(value, field.name), update)
    else:
        _feed_heavy(value, update)


def _feed_heavy(value: Any, update: Any) -> None:
    import polars as pl
    import torch

    from recbox.kernel import Graph

    if isinstance(value, torch.Tensor):
        _feed(value.detach().cpu().numpy(), update)
    elif isinstance(value, pl.DataFrame):
        update(value.write_json().encode())
    elif isinstance(value, Graph):
        _feed([value.indptr, value.indices, value.weight, value.reverse], update)
    elif isinstance(value, Options):
        _feed(value.values(), update)
    elif isinstance(value, str | int | float | bool | bytes | np.generic | None):
        update(repr(value).encode())
    else:
        raise TypeError(f"no snapshot can be taken of a {type(value).__name__}")
