"""SLIM by coordinate descent, for many columns of W at once.

A column's coordinates are visited one after the other, as in the paper, each set to its minimum given the
others. Columns don't depend on each other, so that one step is for all of them. The gradient
`G_i - G_i W` of the coordinates of a block is one product of matrices; within the block it is kept up to date
by what each coordinate moved.
"""

from __future__ import annotations

import torch
from scipy.sparse import csr_matrix, hstack

from recbox_classic._gram import blocks, gram, shrunk

COLUMNS = 1024
"""Columns of W in work at once: what bounds the memory."""
COORDINATES = 48
"""Coordinates whose gradients are computed at once."""
STILL = 1e-4
"""A column is done when no weight moves by more than this in a round."""
EVERY = 4
"""Rounds after which columns that are done are put aside."""


def solve(matrix: csr_matrix, l1: float, l2: float, *, nonnegative: bool, rounds: int) -> csr_matrix:
    """float32 CSR W `[items, items]`, the minimum of `½‖X - XW‖² + l2/2 ‖W‖² + l1 ‖W‖₁`, diagonal 0."""
    common = gram(matrix, torch.float32)
    found = []
    for start, stop in blocks(len(common), COLUMNS):
        descent = _Descent(common, l1, l2, nonnegative)
        found.append(csr_matrix(descent.run(torch.arange(start, stop), rounds).numpy()))
    return hstack(found, format="csr", dtype="float32")


class _Descent:
    def __init__(self, gram: torch.Tensor, l1: float, l2: float, nonnegative: bool) -> None:
        self.gram, self.l1, self.l2, self.nonnegative = gram, l1, l2, nonnegative

    def run(self, columns: torch.Tensor, rounds: int) -> torch.Tensor:
        """float32 `[items, columns]`."""
        done = torch.zeros(len(self.gram), len(columns))
        place, weight = torch.arange(len(columns)), done.clone()
        moved = torch.zeros(len(columns))
        for number in range(1, rounds + 1):
            self._round(weight, columns, moved.zero_())
            if number % EVERY == 0 or number == rounds:
                going = moved > STILL
                done[:, place] = weight
                if not going.any():
                    break
                place, columns, moved = place[going], columns[going], moved[going]
                weight = weight[:, going].contiguous()
        return done

    def _round(self, weight: torch.Tensor, columns: torch.Tensor, moved: torch.Tensor) -> None:
        """Each coordinate once; `moved` becomes the largest step of each column."""
        for start, stop in blocks(len(self.gram), COORDINATES):
            rows = self.gram[start:stop]
            gradient = rows[:, columns].addmm_(rows, weight, alpha=-1)
            for i in range(start, stop):
                step = self._step(gradient[i - start], weight, columns, i)
                torch.maximum(moved, step.abs(), out=moved)
                if i + 1 < stop:
                    gradient[i + 1 - start :].addr_(self.gram[i, i + 1 : stop], step, alpha=-1)

    def _step(
        self, gradient: torch.Tensor, weight: torch.Tensor, columns: torch.Tensor, i: int
    ) -> torch.Tensor:
        """Coordinate i of all columns goes to its minimum: float32 `[columns]`, how far each went."""
        count = self.gram[i, i]
        best = shrunk(gradient + count * weight[i], self.l1, self.nonnegative) / (count + self.l2)
        best[columns == i] = 0
        step = best - weight[i]
        weight[i] = best
        return step
