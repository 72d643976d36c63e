"""An encoder that is wrong: what it needs for new nodes is gone after the first reading. A `--code` file."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from recbox.plugin import Encoder, Spec

if TYPE_CHECKING:
    import polars as pl
    import torch
    from torch import nn


@final
class Forgetful(Encoder):
    """One vector for all nodes."""

    @property
    def inductive(self) -> bool:
        return True

    def build(self, spec: Spec) -> nn.Module:
        from torch import nn

        from recbox.plugin import init

        class Same(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.vector = init.normal(1, spec.dim, 0.1, spec.generator)
                self.rows = [self.vector]

            def forward(self, nodes: torch.Tensor) -> torch.Tensor:
                return self.vector.expand(len(nodes), -1)

            def fresh(self, table: pl.DataFrame) -> torch.Tensor:
                return self.rows.pop().expand(table.height, -1)

        return Same()
