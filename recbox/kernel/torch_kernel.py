"""The kernel that needs torch alone: compressed rows through MKL on a CPU, cuSPARSE on a GPU; never COO."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import ClassVar, final

import torch

from recbox.kernel.kernel import Kernel, wide
from recbox.kernel.structure import Structure


@final
class TorchKernel(Kernel):
    """torch's CSR products; edge softmax by segments."""

    name: ClassVar[str] = "torch"

    def __init__(self) -> None:
        with (
            warnings.catch_warnings()
        ):  # torch says once a process that CSR is in beta; nobody here can act on it
            warnings.simplefilter("ignore")
            torch.sparse_csr_tensor([0, 0], [], [], size=(1, 1), check_invariants=False)

    @property
    def native(self) -> frozenset[torch.dtype]:
        return frozenset({torch.float32, torch.float64})

    @property
    def prefers_sum(self) -> bool:
        return False

    def sum(self, s: Structure, x: torch.Tensor) -> torch.Tensor:
        dtype = wide(x).dtype
        ones = s.cached(("ones", dtype), lambda: torch.ones(s.edges, dtype=dtype, device=s.device))
        return self.weighted(s, x, ones)

    def weighted(self, s: Structure, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        values, matrix = wide(x), wide(w).to(wide(x).dtype)
        if x.ndim == 3:
            return _heads(x.shape[1], lambda h: _product(s, values[:, h], matrix[:, h])).to(x.dtype)
        return _product(s, values, matrix).to(x.dtype)

    def dot(self, s: Structure, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        left, right = wide(a), wide(b)
        if a.ndim == 3:
            return _heads(a.shape[1], lambda h: _dots(s, left[:, h], right[:, h])).to(a.dtype)
        return _dots(s, left, right).to(a.dtype)

    def softmax(self, s: Structure, e: torch.Tensor) -> torch.Tensor:
        values = wide(e).contiguous()
        top = _segments(s, values, "max")
        top = top.masked_fill_(top == -torch.inf, 0.0)  # a row of -inf alone gives zeros, not nan
        values = (values - top[s.rows]).exp_()
        total = _segments(s, values, "sum").clamp_min_(torch.finfo(values.dtype).tiny)
        return values.div_(total[s.rows]).to(e.dtype)


def _heads(heads: int, one: Callable[[int], torch.Tensor]) -> torch.Tensor:
    return torch.stack([one(h) for h in range(heads)], dim=1)


def _matrix(s: Structure, w: torch.Tensor) -> torch.Tensor:
    """torch's form of the structure with these values; MKL wants int32 indices, or converts each time."""
    small = max(s.edges, s.n_columns) < 2**31
    indptr = s.cached("indptr", lambda: s.indptr.int() if small else s.indptr)
    indices = s.cached("indices", lambda: s.indices.int() if small else s.indices)
    return torch.sparse_csr_tensor(
        indptr,
        indices,
        w.contiguous(),
        size=(s.n_rows, s.n_columns),
        check_invariants=False,
        device=indptr.device,
    )


def _product(s: Structure, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    if not (s.edges and x.shape[1]):
        return x.new_zeros(s.n_rows, x.shape[1])
    with torch.autocast(x.device.type, enabled=False):
        return _matrix(s, w) @ x.contiguous()


def _dots(s: Structure, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    if not (s.edges and a.shape[1]):
        return a.new_zeros(s.edges)
    zeros = s.cached(("zeros", a.dtype), lambda: torch.zeros(s.edges, dtype=a.dtype, device=s.device))
    with torch.autocast(a.device.type, enabled=False):
        return torch.sparse.sampled_addmm(
            _matrix(s, zeros), a.contiguous(), b.contiguous().t(), beta=0
        ).values()


def _segments(s: Structure, e: torch.Tensor, reduce: str) -> torch.Tensor:
    return torch.segment_reduce(e, reduce, offsets=s.indptr, axis=0, unsafe=True)
