"""Cosine."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from recbox.plugin import Head, Spec

if TYPE_CHECKING:
    from torch import nn


@final
class Cosine(Head):
    """The cosine of the angle between the two vectors; pair it with a softmax of low temperature."""

    @property
    def retrievable(self) -> bool:
        return True

    def build(self, spec: Spec) -> nn.Module:
        from recbox.head._inner import Inner

        return Inner(normalise=True)
