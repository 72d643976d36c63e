"""The normalised adjacency, in the form that costs the chosen kernel least."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Literal

import torch

from recbox.errors import KernelError
from recbox.kernel.kernel import Kernel
from recbox.kernel.product import spmm_fixed, spmm_scaled
from recbox.kernel.structure import Structure


@dataclass(frozen=True, eq=False)
class Scale:
    """left · A · right, with A as given and the two as diagonals (float32 `[n]`, None: 1)."""

    structure: Structure
    weight: torch.Tensor | None
    left: torch.Tensor | None
    right: torch.Tensor | None

    def apply(self, kernel: Kernel, x: torch.Tensor) -> torch.Tensor:
        """The product with x `[n, d]`, in the type of x. An unweighted sum is the kernel's fastest product:
        the nodes are scaled before and after it."""
        if self.by_sum(kernel):
            return spmm_scaled(kernel, self.structure, x, self.left, self.right)
        return spmm_fixed(kernel, self.structure, x, *self.values)

    def by_sum(self, kernel: Kernel) -> bool:
        """Whether the product is a plain sum between two scalings of the nodes."""
        return self.weight is None and (kernel.prefers_sum or self.left is None)

    @cached_property
    def transposed(self) -> Scale:
        """right · Aᵀ · left."""
        other, place = self.structure.transposed
        turned = Scale(other, None if self.weight is None else self.weight[place], self.right, self.left)
        if "values" in self.__dict__:
            turned.__dict__["values"] = self.values[::-1]
            if self._symmetric:
                turned.__dict__["_entries"] = self._entries
        return turned

    def at(self, nodes: torch.Tensor) -> Scale:
        """The rows of some nodes, int64 `[m]`."""
        structure, edge = self.structure.at(nodes)
        weight = None if self.weight is None else self.weight[edge]
        own = Scale(structure, weight, None if self.left is None else self.left[nodes], self.right)
        if "values" in self.__dict__:
            values = self.values[0][edge]
            own.__dict__["values"] = values, values[structure.transposed[1]]
        return own

    def column(self, side: Literal["left", "right", "both"], dtype: torch.dtype) -> torch.Tensor | None:
        """`[n, 1]` in this type, made once; both: left · right, what lies between two products in a row."""
        if (side, dtype) not in self._columns:
            if side == "both":
                ends = [end for end in (self.left, self.right) if end is not None]
                value = reduce(torch.mul, ends) if ends else None
            else:
                value = self.left if side == "left" else self.right
            self._columns[side, dtype] = None if value is None else value[:, None].to(dtype)
        return self._columns[side, dtype]

    @cached_property
    def _columns(self) -> dict[tuple[str, torch.dtype], torch.Tensor | None]:
        return {}

    @cached_property
    def values(self) -> tuple[torch.Tensor, torch.Tensor]:
        """float32 `[e]`: the entries of the product's matrix, and those of its transpose."""
        s = self.structure
        w = None
        if self.left is not None:
            w = torch.repeat_interleave(self.left, s.count, output_size=s.edges)
        for factor in (None if self.right is None else self.right[s.indices], self.weight):
            if factor is not None:
                w = factor if w is None else w.mul_(factor)
        if w is not self.weight:
            w = s.scratch.lay_tensor(w)
        w = torch.ones(s.edges, device=s.device) if w is None else w
        return w, w if self._symmetric else w[s.transposed[1]]

    def entries(self, dtype: torch.dtype) -> torch.Tensor:
        """The first of them in this type, made once."""
        if dtype not in self._entries:
            self._entries[dtype] = self.values[0].to(dtype)
        return self._entries[dtype]

    @cached_property
    def _entries(self) -> dict[torch.dtype, torch.Tensor]:
        return {}

    @property
    def _symmetric(self) -> bool:
        return self.structure.reverse is not None and self.left is self.right


def scale(s: Structure, weight: torch.Tensor | None, norm: str, one_way: bool = False) -> Scale:
    """The scales of `sym`, `row` or `none`; nodes without edges (or with weights that sum to 0) get 0.

    one_way: in `sym`, the degree of an edge's source is that of what the source receives, as its target's is;
    else it is that of what the source sends.
    """
    if norm == "none":
        return Scale(s, weight, None, None)
    left, right = sides(norm, s.degree(weight))
    if right is None or s.reverse is not None or one_way:
        return Scale(s, weight, left, right)
    other, place = s.transposed
    return Scale(s, weight, left, _power(other.degree(None if weight is None else weight[place]), -0.5))


def sides(norm: str, degree: torch.Tensor) -> tuple[torch.Tensor | None, torch.Tensor | None]:
    """float32 `[n]`: what targets and sources are multiplied by, where degrees (`[n]`) are the same both
    ways; None: nothing."""
    if norm not in ("none", "row", "sym"):
        raise KernelError(f"there is no normalisation {norm!r}", instead="one of: sym, row, none")
    if norm == "none":
        return None, None
    left = _power(degree, -1.0 if norm == "row" else -0.5)
    return left, left if norm == "sym" else None


def _power(degree: torch.Tensor, exponent: float) -> torch.Tensor:
    return torch.where(degree > 0, degree.clamp_min(torch.finfo(degree.dtype).tiny).pow(exponent), 0.0)
