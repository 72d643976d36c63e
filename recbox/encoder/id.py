"""A free vector for each node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, final

from pydantic import Field

from recbox.plugin import Encoder, Spec

if TYPE_CHECKING:
    from torch import nn


@final
class Id(Encoder):
    """A free vector for each node, learned from its interactions alone."""

    std: Annotated[float, Field(gt=0)] = 0.1
    """Standard deviation of the first values."""

    def build(self, spec: Spec) -> nn.Module:
        from recbox.encoder._table import Table
        from recbox.plugin.init import normal

        return Table(normal(spec.count, spec.dim, self.std, spec.generator))
