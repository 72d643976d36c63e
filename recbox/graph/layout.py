"""Users, items and other node types as ranges of one index space."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """Node types and their counts, in order: `Layout((("user", 943), ("item", 1682)))`."""

    counts: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        """Nodes of all types."""
        return sum(n for _, n in self.counts)

    def count(self, type: str) -> int:
        """Nodes of one type."""
        return dict(self.counts)[type]

    def offset(self, type: str) -> int:
        """Index of the first node of a type."""
        start = 0
        for name, n in self.counts:
            if name == type:
                return start
            start += n
        raise KeyError(type)

    def range(self, type: str) -> slice:
        """The rows of a type."""
        start = self.offset(type)
        return slice(start, start + self.count(type))
