"""One line of a ledger, as bytes and as a record."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

START = "0" * 64
"""What the first line follows from."""
LONGEST = 1 << 16
"""Bytes that a line may have."""
_TYPES: dict[str, type | tuple[type, ...]] = {
    "index": int, "time": str, "by": str, "name": str, "recipe": str, "data": str, "split": str,
    "seed": int, "metric": str, "value": (int, float), "previous": str,
}  # fmt: skip


@dataclass(frozen=True)
class Touch:
    """A test part was looked at. by: the command, `run` or `eval`. name: the recipe's. recipe: SHA-256 of
    what was run, name and seed left out. data, split: fingerprints. metric, value: what selected, on test."""

    by: str
    name: str
    recipe: str
    data: str
    split: str
    seed: int
    metric: str
    value: float


@dataclass(frozen=True)
class Line:
    """index: from 0. time: UTC, to the second. previous: hash of the line before. hash: SHA-256 of the line's
    own bytes, without the line feed."""

    index: int
    time: str
    touch: Touch
    previous: str
    hash: str


def encoded(index: int, time: str, touch: Touch, previous: str) -> bytes:
    """The bytes of a line, in ASCII, without its line feed."""
    short = asdict(touch) | {"by": touch.by[:40], "name": touch.name[:200]}
    document = {"index": index, "time": time, **short, "previous": previous}
    return json.dumps(document, separators=(",", ":"), allow_nan=False).encode("ascii")


def decoded(raw: bytes, hash: str = "") -> Line | None:
    """The line of these bytes, whose hash may be known; None where they are none."""
    if len(raw) > LONGEST:
        return None
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or set(document) != set(_TYPES) or not _typed(document):
        return None
    touch = Touch(**{name: document[name] for name in Touch.__dataclass_fields__})
    return Line(document["index"], document["time"], touch, document["previous"], hash or digest(raw))


def digest(raw: bytes) -> str:
    """The hash of a line, by which the next one follows from it."""
    return hashlib.sha256(raw).hexdigest()


def _typed(document: dict[str, Any]) -> bool:
    return all(isinstance(document[n], t) and not isinstance(document[n], bool) for n, t in _TYPES.items())
