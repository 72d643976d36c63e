"""Cosine."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from recbox.head._product import Product
from recbox.plugin import Spec

if TYPE_CHECKING:
    from torch import nn


@final
class Cosine(Product):
    """The cosine of the angle between the two vectors; pair it with a softmax of low temperature."""

    def build(self, spec: Spec) -> nn.Module:
        from recbox.head._inner import Inner

        return Inner(normalise=True)
