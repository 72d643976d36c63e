"""A first look at the inner products of one vector with very many, in a byte for each number.

Reading the vectors is what such a product costs, and bytes are a quarter of float32. Products and sums of
bytes are exact in int32, so that they are the same whoever else is asked for in the same reading; how far a
score can be from what the bytes say is bounded once, when they are made (Cauchy-Schwarz).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Self

import torch

from recbox.kernel.rounding import LARGEST, length

WIDTH = 32
"""Items of which the largest product stands for all. They lie a stride apart: a maximum over the first axis
of a block is as quick as reading it."""
CHUNK = 2**18
"""Items in one product, whose results stay in the processor's cache. A multiple of WIDTH."""
TOP = 127
FINE = 254
COARSE = 0.25
"""Of a typical length: where a vector loses more in bytes, for another is far longer, they tell little."""


@cache
def byte_products() -> bool:
    """Whether the processor multiplies bytes itself, and exactly: without these instructions the sum of two
    products may saturate."""
    found = getattr(torch.cpu, "get_capabilities", dict)()  # newer than the oldest torch that serves
    able = any(found.get(name) for name in ("avx512_vnni", "avx_vnni", "amx_int8"))
    return able and hasattr(torch, "_int_mm")


@dataclass(frozen=True, eq=False)
class Glance:
    """A vector as bytes. row: int8 `[2, d]`; of the second, what the first leaves over, FINE make one. unit:
    what one of the first row's product stands for. coarse: how far an inner product can be from what that
    stands for; error: from what both do. size: no inner product is larger."""

    row: torch.Tensor
    unit: float
    coarse: float
    error: float
    size: float


@dataclass(frozen=True, eq=False)
class ByteTable:
    """table: int8 `[items, d]`, padded with zeros to whole blocks. scale: float64 `[d]`, what 1 stands for.
    count: items. lost: the largest length of what a vector loses; long: of a row of bytes; longest: of a
    vector."""

    table: torch.Tensor
    scale: torch.Tensor
    count: int
    lost: float
    long: float
    longest: float

    @classmethod
    @torch.no_grad()
    def of(cls, vectors: torch.Tensor) -> Self | None:
        """Of float32 `[n, d]`. None where it is no gain or nothing could be told: on a processor that doesn't
        multiply bytes, for vectors that aren't finite, are huge, or of lengths too unlike."""
        n, width = vectors.shape
        # torch 2.13 misreads bytes of one column whose strides are equal.
        if not (n and width > 1 and byte_products() and vectors.device.type == "cpu"):
            return None
        own = length(vectors)
        if not bool((own < LARGEST).all()):
            return None
        scale = vectors.abs().amax(0).double() / TOP
        scale[scale == 0] = 1.0
        table = torch.zeros(-(-n // WIDTH) * WIDTH, width, dtype=torch.int8)
        lost = long = 0.0
        for start in range(0, n, CHUNK // 8):
            part = vectors[start : start + CHUNK // 8].double()
            whole = (part / scale).round_().clamp_(-TOP, TOP)
            table[start : start + len(part)] = whole
            lost = max(lost, float(length(part - whole * scale).max()))
            long = max(long, float(length(whole).max()))
        if lost > COARSE * float(own.median()):
            return None
        return cls(table, scale, n, lost, long, float(own.max()))

    @property
    def blocks(self) -> int:
        return len(self.table) // WIDTH

    def glance(self, vector: torch.Tensor) -> Glance | None:
        """Of float32 `[d]`; None where it is zero, huge or not finite."""
        own = float(length(vector[None])[0])
        weighed = vector.double() * self.scale
        unit = float(weighed.abs().max()) / TOP
        if not own < LARGEST or unit < 2.0**-500:
            return None
        first = (weighed / unit).round_().clamp_(-TOP, TOP)
        second = ((weighed / unit - first) * FINE).round_().clamp_(-TOP, TOP)
        lost = length(torch.stack([weighed - unit * first, weighed - unit * (first + second / FINE)]))
        # |xy - x'y'| <= |x| |y - y'| + |x - x'| |y'|; and what float64 loses on the way.
        error = own * self.lost + lost * self.long + 2.0**-40 * own * self.longest
        coarse, fine = (error * (1 + 2.0**-20) + 2.0**-500).tolist()
        return Glance(torch.stack([first, second]).to(torch.int8), unit, coarse, fine, own * self.longest)

    @torch.no_grad()
    def maxima(self, glances: Sequence[Glance]) -> torch.Tensor:
        """int32 `[vectors, blocks]`: the largest product of each block with the first row of each, in one
        reading of the table."""
        many = torch.stack([glance.row[0] for glance in glances], 1)
        parts = []
        for start in range(0, len(self.table), CHUNK):
            found = torch._int_mm(self.table[start : start + CHUNK], many)
            parts.append(found.view(WIDTH, -1, len(glances)).amax(0))
        return torch.cat(parts).T.contiguous()

    def items(self, blocks: torch.Tensor) -> torch.Tensor:
        """int64: the items in these blocks."""
        each = CHUNK // WIDTH
        start, within = blocks // each * CHUNK, blocks % each
        stride = (len(self.table) - start).clamp_max(CHUNK) // WIDTH
        found = (start + within)[:, None] + stride[:, None] * torch.arange(WIDTH)
        return found[found < self.count]

    @torch.no_grad()
    def products(self, items: torch.Tensor, glance: Glance) -> torch.Tensor:
        """float64 `[m]`: of these items what both rows stand for."""
        both = torch._int_mm(self.table.index_select(0, items), torch.stack(list(glance.row), 1)).double()
        return (both[:, 0] + both[:, 1] / FINE) * glance.unit
