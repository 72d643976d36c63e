"""The kernel that needs torch alone: never COO.

On a CPU a row's edges are a bag of an embedding: FBGEMM, which torch brings, fetches rows ahead, in bfloat16
too, and needs no zeroed result. What it lacks (float64, dots) goes through MKL's compressed rows, and all
of it through cuSPARSE's on a GPU.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import ClassVar, final

import torch
from torch.nn.functional import embedding_bag

from recbox.kernel.kernel import Kernel, wide
from recbox.kernel.structure import Structure

WIDE = frozenset({torch.float32, torch.float64})
"""Types that products accumulate in."""


@final
class TorchKernel(Kernel):
    """Sums by bags, torch's CSR products; edge softmax by segments."""

    name: ClassVar[str] = "torch"

    def __init__(self) -> None:
        with (
            warnings.catch_warnings()
        ):  # torch says once a process that CSR is in beta; nobody here can act on it
            warnings.simplefilter("ignore")
            torch.sparse_csr_tensor([0, 0], [], [], size=(1, 1), check_invariants=False)

    def native(self, device: torch.device) -> frozenset[torch.dtype]:
        return WIDE | {torch.bfloat16} if device.type == "cpu" else WIDE

    @property
    def prefers_sum(self) -> bool:
        return False

    def sum(self, s: Structure, x: torch.Tensor) -> torch.Tensor:
        if kind := _bagged(x):
            return _bags(s, x.to(kind)).to(x.dtype)
        dtype = wide(x).dtype
        ones = s.cached(("ones", dtype), lambda: torch.ones(s.edges, dtype=dtype, device=s.device))
        return self.weighted(s, x, ones)

    def weighted(self, s: Structure, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        if x.ndim == 3:
            return _heads(x.shape[1], lambda h: self.weighted(s, x[:, h], w[:, h]))
        if kind := _bagged(x, w):
            return _bags(s, x.to(kind), w.to(kind)).to(x.dtype)
        values = wide(x)
        return _product(s, values, wide(w).to(values.dtype)).to(x.dtype)

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


def _bagged(*given: torch.Tensor) -> torch.dtype | None:
    """In which type FBGEMM adds these up: bfloat16 where all are; None: not at all."""
    types = {x.dtype for x in given}
    if given[0].device.type != "cpu" or torch.float64 in types:
        return None
    return torch.bfloat16 if types == {torch.bfloat16} else torch.float32


def _bags(s: Structure, x: torch.Tensor, w: torch.Tensor | None = None) -> torch.Tensor:
    """The sum of x `[n_columns, d]` over each row's edges, times w `[edges]` of the type of x (None: 1)."""
    if not (s.edges and x.shape[1]):
        return x.new_zeros(s.n_rows, x.shape[1])
    with torch.autocast("cpu", enabled=False):
        found: torch.Tensor = embedding_bag(
            s.small.indices,
            x.contiguous(),
            s.small.indptr,
            mode="sum",
            per_sample_weights=None if w is None else w.contiguous(),
            include_last_offset=True,
        )
    return found


def _heads(heads: int, one: Callable[[int], torch.Tensor]) -> torch.Tensor:
    return torch.stack([one(h) for h in range(heads)], dim=1)


def _matrix(s: Structure, w: torch.Tensor) -> torch.Tensor:
    """torch's form of the structure with these values."""
    return torch.sparse_csr_tensor(
        s.small.indptr,
        s.small.indices,
        w.contiguous(),
        size=(s.n_rows, s.n_columns),
        check_invariants=False,
        device=s.device,
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
