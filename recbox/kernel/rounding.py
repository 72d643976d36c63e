"""How far a product of vectors can be from the inner product: in float32, and after rounding to bfloat16.

After Higham, "Accuracy and stability of numerical algorithms", chapter 3: a sum of n terms, each rounded, in
whatever order, is within `n u / (1 - n u)` of the exact one, relative to the sum of the absolute terms.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Self

import torch

SINGLE, HALF = 2.0**-24, 2.0**-8
"""Half a unit in the last place of float32 and bfloat16, relative."""
TINY = 2.0**-125
"""What is lost at most where a number too small for float32's full precision counts as 0."""
LARGEST = 2.0**60
"""Of a vector's length: products stay far from float32's largest number."""


@cache
def narrow_products() -> bool:
    """Whether the processor multiplies in bfloat16 itself; by what it has, never by a clock, so that a run
    takes the same way each time."""
    found = getattr(torch.cpu, "get_capabilities", dict)()  # newer than the oldest torch that serves
    return bool(found.get("amx_bf16") or found.get("avx512_bf16"))


def quick(*vectors: torch.Tensor) -> bool:
    """Whether these are float32 in main memory, multiplied faster in bfloat16, and otherwise exactly."""
    fit = all(v.device.type == "cpu" and v.dtype == torch.float32 for v in vectors)
    return fit and narrow_products() and torch.get_float32_matmul_precision() == "highest"


@dataclass(frozen=True, eq=False)
class Errors:
    """Of the scores of users `[U]` against items `[I]`, all float64.

    exact: γ for float32. user, item: lengths of the vectors. narrow: `[U]`, how far at most a sum in bfloat16
    is from the inner product, before it is rounded.
    """

    exact: float
    tiny: torch.Tensor
    user: torch.Tensor
    item: torch.Tensor
    narrow: torch.Tensor

    @classmethod
    def of(cls, user: torch.Tensor, item: torch.Tensor) -> Self | None:
        """None where a vector is huge or isn't finite."""
        x, y = length(user), length(item)
        if not (bool((x < LARGEST).all()) and bool((y < LARGEST).all())):
            return None
        width = user.shape[1]
        lost_x, lost_y = (length(v.bfloat16().float() - v) for v in (user, item))
        longest, lost = float(y.max()), float(lost_y.max())
        near_x, near_y = x + lost_x, longest + lost
        tiny = TINY * (width + 1) * (x + longest + 4)
        # |x'y' - xy| <= |x' - x| |y'| + |x| |y' - y|, and the sum of 2 d products and sums of x'y'.
        narrow = lost_x * near_y + x * lost + rounded(2 * width + 8) * near_x * near_y
        return cls(rounded(width + 8), tiny, x, y, narrow * (1 + 2.0**-20) + tiny)

    def apart(self, users: torch.Tensor, items: torch.Tensor, score: torch.Tensor, k: int) -> torch.Tensor:
        """bool `[n]`: whether float32 can't order the best k otherwise, among themselves or with the rest.

        items: int64 `[n, m]` with m > k; score: their inner products, descending.
        """
        off = self.exact * self.user[users, None] * self.item[items] + self.tiny[users, None]
        low, high = score[:, :k] - off[:, :k], score + off
        within = (low[:, :-1] > high[:, 1:k]).all(dim=1)
        return within & (low[:, -1] > high[:, k:].amax(dim=1))

    def shut(self, users: torch.Tensor, score: torch.Tensor, last: torch.Tensor) -> torch.Tensor:
        """bool `[n]`: whether no item with at most `last` in bfloat16 gets float32's score of the k-th.

        score: float64 `[n]`, the k-th inner product; last: above 0.
        """
        single = self.exact * self.user[users] * self.item.max() + self.tiny[users]
        return last * (1 + HALF) + self.narrow[users] + single < score - single


def rounded(n: int) -> float:
    """How far a sum of n terms in float32 can be from the exact one, relative to the absolute terms' sum."""
    return n * SINGLE / (1 - n * SINGLE)


def length(x: torch.Tensor) -> torch.Tensor:
    """float64 `[n]`."""
    return torch.linalg.vector_norm(x, dim=1, dtype=torch.float64)
