"""JSON as artifacts hold it: no key twice, no `NaN`, bounded in bytes and depth; and the way to write it."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

from recbox.errors import ArtifactError

DEPTH = 32
"""Levels of lists and mappings that a document may have."""


def parse(raw: bytes, where: str, limit: int) -> Any:
    """The document in `raw` (UTF-8, at most `limit` bytes), or an `ArtifactError` with the reason."""
    if len(raw) > limit:
        raise ArtifactError(f"the JSON is larger than {limit:,} bytes", where=where)
    try:
        value = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_number
        )
        _walk(value)
    except (ValueError, RecursionError) as error:
        raise ArtifactError("the JSON is damaged", where=where, why=str(error)[:200]) from error
    return value


def parse_object(raw: bytes, where: str, limit: int) -> dict[str, Any]:
    """As `parse`, for a document that must be a mapping."""
    value = parse(raw, where, limit)
    if not isinstance(value, dict):
        raise ArtifactError("the JSON is not an object", where=where)
    return value


def dump(value: Any, *, indent: int | None = None) -> bytes:
    """UTF-8 JSON of plain data, numpy numbers included; a number that is not finite becomes null."""
    return json.dumps(plain(value), indent=indent, ensure_ascii=False, allow_nan=False).encode()


def canonical(value: Any) -> bytes:
    """The one spelling of a document that its checksum is taken over."""
    text = json.dumps(plain(value), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii")


def plain(value: Any) -> Any:
    """Mappings, lists, strings, numbers, truth values and null alone; `ArtifactError` for anything else."""
    if isinstance(value, dict):
        return {plain(str(k)): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in (sorted(value) if isinstance(value, set | frozenset) else value)]
    if hasattr(value, "item") and getattr(value, "ndim", 1) == 0:
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if value is None or isinstance(value, int | float):
        return value
    raise ArtifactError(f"can't write a {type(value).__name__} as JSON", where="artifact")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"the key {twice!r} stands twice")
    return found


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON number")


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {text[:20]} is out of range")
    return value


def _walk(value: Any) -> None:
    """Depth, and strings that no encoding can hold, without recursion."""
    level: list[Any] = [value]
    for _ in range(DEPTH):
        if not level:
            return
        level = [child for node in level for child in _children(node)]
    raise ValueError(f"it is nested deeper than {DEPTH} levels")


def _children(node: Any) -> Iterable[Any]:
    if isinstance(node, str):
        node.encode("utf-8")
    if isinstance(node, dict):
        return [*node.keys(), *node.values()]
    return node if isinstance(node, list) else ()
