"""The kernel that uses DGL where DGL is fastest."""

from __future__ import annotations

from typing import ClassVar, final

import torch

from recbox.kernel.dgl_door import compact, load
from recbox.kernel.kernel import Kernel, wide
from recbox.kernel.structure import Structure
from recbox.kernel.torch_kernel import WIDE, TorchKernel


@final
class DGLKernel(Kernel):
    """DGL's unweighted sum and edge softmax.

    What DGL isn't fastest at on a CPU is torch's: a weight that is broadcast over a vector (DGL takes 8 times
    as long), its dot per edge (3 times), sums in bfloat16 (with DGL's, which want a zeroed result, a step of
    LightGCN takes a tenth more); and sums over what is there for one product, for which a form of DGL's own
    doesn't pay.
    """

    name: ClassVar[str] = "dgl"

    def __init__(self) -> None:
        self._dgl, self._torch = load(), TorchKernel()

    def native(self, device: torch.device) -> frozenset[torch.dtype]:
        return WIDE | {torch.bfloat16}

    @property
    def prefers_sum(self) -> bool:
        return True

    def sum(self, s: Structure, x: torch.Tensor) -> torch.Tensor:
        if not (s.edges and x.shape[1]):
            return x.new_zeros(s.n_rows, x.shape[1])
        if s.brief or (x.dtype == torch.bfloat16 and x.device.type == "cpu"):
            return self._torch.sum(s, x)
        values = x if x.dtype in self.native(x.device) else wide(x)
        with torch.autocast(x.device.type, enabled=False):
            return self._dgl.ops.copy_u_sum(compact(s), values.contiguous()).to(x.dtype)

    def weighted(self, s: Structure, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        return self._torch.weighted(s, x, w)

    def dot(self, s: Structure, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return self._torch.dot(s, a, b)

    def softmax(self, s: Structure, e: torch.Tensor) -> torch.Tensor:
        if not s.edges:
            return e.clone()
        with torch.autocast(e.device.type, enabled=False):
            out = self._dgl.ops.edge_softmax(compact(s), wide(e).contiguous())
        return out.masked_fill_(e == -torch.inf, 0.0).to(e.dtype)  # a row of -inf alone gives zeros, not nan
