"""The kernel that uses DGL where DGL is fastest."""

from __future__ import annotations

from typing import ClassVar, final

import torch

from recbox.kernel.dgl_door import compact, load
from recbox.kernel.kernel import Kernel, wide
from recbox.kernel.structure import Structure
from recbox.kernel.torch_kernel import TorchKernel


@final
class DGLKernel(Kernel):
    """DGL's unweighted sum and edge softmax.

    A weight that is broadcast over a vector misses DGL's fast path (4 times the time of torch's CSR product
    on a CPU), and so does its dot per edge (twice): those two are torch's.
    """

    name: ClassVar[str] = "dgl"

    def __init__(self, bf16: bool = False) -> None:
        self._dgl, self._bf16, self._csr = load(), bf16, TorchKernel()

    @property
    def native(self) -> frozenset[torch.dtype]:
        return self._csr.native | ({torch.bfloat16} if self._bf16 else set())

    @property
    def prefers_sum(self) -> bool:
        return True

    def sum(self, s: Structure, x: torch.Tensor) -> torch.Tensor:
        if not (s.edges and x.shape[1]):
            return x.new_zeros(s.n_rows, x.shape[1])
        values = x if x.dtype in self.native else wide(x)
        if s.brief and values.dtype in self._csr.native:
            return self._csr.sum(s, values).to(x.dtype)
        with torch.autocast(x.device.type, enabled=False):
            return self._dgl.ops.copy_u_sum(compact(s), values.contiguous()).to(x.dtype)

    def weighted(self, s: Structure, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        return self._csr.weighted(s, x, w)

    def dot(self, s: Structure, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return self._csr.dot(s, a, b)

    def softmax(self, s: Structure, e: torch.Tensor) -> torch.Tensor:
        if not s.edges:
            return e.clone()
        with torch.autocast(e.device.type, enabled=False):
            out = self._dgl.ops.edge_softmax(compact(s), wide(e).contiguous())
        return out.masked_fill_(e == -torch.inf, 0.0).to(e.dtype)  # a row of -inf alone gives zeros, not nan
