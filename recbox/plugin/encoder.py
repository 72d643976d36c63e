"""The kind `encoder`: gives nodes their first vectors."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from recbox.registry.options import Options

if TYPE_CHECKING:
    from torch import nn

    from recbox.plugin.spec import Spec


class Encoder(Options):
    """First vectors of the nodes of one type.

    Laws: row i of the result belongs to `nodes[i]` and depends on it alone, in any order, with repetitions,
    and for none; a node without interactions or features has a finite row; the columns of `needs` and
    `needs_any` are enough, and without them it refuses to be built.

    Stability: stable for callers and implementers.
    """

    kind: ClassVar[str] = "encoder"

    @property
    def needs(self) -> frozenset[str]:
        """Feature columns of the node type that must be there."""
        return frozenset()

    @property
    def needs_any(self) -> frozenset[str]:
        """Types of feature columns of which the node type must have at least one column; empty: none."""
        return frozenset()

    @abstractmethod
    def build(self, spec: Spec) -> nn.Module:
        """A module: `forward(nodes: int64 [n]) -> float [n, spec.dim]`. A `DataError` where a column that it
        needs is missing."""
