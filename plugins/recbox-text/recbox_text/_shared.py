"""A map to `dim` columns that the encoders of users and items share."""

from __future__ import annotations

from typing import Self

import torch
from torch import nn

from recbox.plugin import DataError, Spec
from recbox_text._averaged import Averaged
from recbox_text._module import Given


class Shared(nn.Module):
    """The map of another encoder. It is trained and saved there, once."""

    def __init__(self, projection: nn.Module) -> None:
        super().__init__()
        self.there = (projection,)

    @classmethod
    def of(cls, node: str, width: int, spec: Spec) -> Self:
        """The one map that encoders of `node` learn, of vectors of `width` columns; a DataError for none."""
        where, parts = spec.slot.rpartition(".")[0], (spec.encoder or {}).get(node, ())
        found = [p.projection for p in parts if isinstance(p, Given | Averaged)]
        found = [p for p in found if any(True for _ in p.parameters())]
        if len(found) != 1:
            what = f"`share: {node}` asks for one encoder of {node}s that learns a map, and there are"
            raise DataError(f"{what} {len(found)}", where=where, instead="leave `share` out")
        first = next(m for m in found[0].modules() if isinstance(m, nn.Linear))
        if first.in_features != width:
            what = f"the vectors have {width} columns, and those of {node}s {first.in_features}"
            raise DataError(what, where=where, instead="the same model for both, or leave `share` out")
        return cls(found[0])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.there[0](x)
