"""Inner product."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from recbox.plugin import Head, Spec

if TYPE_CHECKING:
    from torch import nn


@final
class Dot(Head):
    """The inner product of the two vectors."""

    @property
    def retrievable(self) -> bool:
        return True

    def build(self, spec: Spec) -> nn.Module:
        from recbox.head._inner import Inner

        return Inner(normalise=False)
