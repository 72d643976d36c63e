"""JSON of strangers: bounded, an object, and without what asks for code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from recbox.plugin import DataError

LIMIT = 4 << 20
"""Bytes of a configuration."""
CODE = ("auto_map", "custom_pipelines", "trust_remote_code")
"""Keys that name Python code for transformers to import."""


def read(path: Path, kind: type = dict) -> Any:
    """An object, or a list; a DataError for anything else, and where code is asked for."""
    try:
        if path.stat().st_size > LIMIT:
            raise DataError(f"it has more than {LIMIT >> 20} MiB", where=str(path))
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise DataError("it is no JSON", where=str(path), why=" ".join(str(error).split())) from error
    except OSError as error:
        raise DataError("it can't be read", where=str(path), why=error.strerror or str(error)) from error
    if not isinstance(found, kind):
        raise DataError(f"it holds no JSON {'object' if kind is dict else 'list'}", where=str(path))
    if asks := next((key for key in _keys(found) if key in CODE), None):
        raise DataError(
            f"it has {asks!r}, which asks for Python code to be run",
            where=str(path),
            why="a model is data here; code that comes with one is never run",
            instead="a model that transformers knows without code of its own",
        )
    return found


def read_if_there(path: Path) -> dict[str, Any]:
    """The object, or an empty one where there is no such file."""
    return read(path) if path.is_file() else {}


def _keys(value: Any) -> Iterator[str]:
    """All keys, at any depth; the parser has bounded that."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _keys(inner)
