"""SLIM by coordinate descent, for many columns of W at once.

A column's coordinates are visited one after the other, as in the paper, each set to its minimum given the
others. Columns don't depend on each other, so that one step is for all of them. Rounds over all coordinates
find which weights are not zero; between them, rounds over these alone bring them to rest.
"""

from __future__ import annotations

from typing import final

import torch
from scipy.sparse import csr_matrix, hstack

from recbox.plugin import sparse
from recbox_classic._gram import blocks, shrunk

COLUMNS = 1024
"""Columns of W in work at once: what bounds the memory."""
COORDINATES = 48
"""Coordinates whose gradients are computed at once."""
NUMBERS = 32_000_000
"""Numbers in the small Gram matrices, at most."""
STILL = 1e-4
"""A column is done when no weight moves by more than this in a round over all coordinates."""
BETWEEN = 20
"""Rounds over the weights that are not zero, at most, between two over all coordinates."""


def solve(matrix: csr_matrix, l1: float, l2: float, *, nonnegative: bool, rounds: int) -> csr_matrix:
    """float32 CSR W `[items, items]`, the minimum of `½‖X - XW‖² + l2/2 ‖W‖² + l1 ‖W‖₁`, diagonal 0."""
    common = sparse.gram(matrix, torch.float32)
    descent = _Descent(common, l1, l2, nonnegative)
    found = [
        csr_matrix(descent.run(torch.arange(start, stop), rounds).numpy())
        for start, stop in blocks(len(common), COLUMNS)
    ]
    return hstack(found, format="csr", dtype="float32")


@final
class _Descent:
    def __init__(self, gram: torch.Tensor, l1: float, l2: float, nonnegative: bool) -> None:
        self.gram, self.l1, self.l2, self.nonnegative = gram, l1, l2, nonnegative

    def run(self, columns: torch.Tensor, rounds: int) -> torch.Tensor:
        """float32 `[items, columns]`: W's columns."""
        done = torch.zeros(len(self.gram), len(columns))
        place, weight = torch.arange(len(columns)), done.clone()
        for _ in range(rounds):
            going = self._round(weight, columns) > STILL
            done[:, place] = weight
            if not going.any():
                break
            place, columns, weight = place[going], columns[going], weight[:, going].contiguous()
            self._settle(weight, columns)
        return done

    def _round(self, weight: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
        """Each coordinate once; float32 `[columns]`, the largest step of each column.

        The gradients `G_i - G_i W` of a block of coordinates are one product of matrices, kept up to date
        within the block by what each coordinate moved.
        """
        moved = torch.zeros(len(columns))
        for start, stop in blocks(len(self.gram), COORDINATES):
            rows = self.gram[start:stop]
            gradient = rows[:, columns].addmm_(rows, weight, alpha=-1)
            for i in range(start, stop):
                count = self.gram[i, i]
                best = self._best(gradient[i - start], count, weight[i])
                best[columns == i] = 0
                step = best - weight[i]
                weight[i] = best
                torch.maximum(moved, step.abs(), out=moved)
                gradient[i + 1 - start :].addr_(self.gram[i, i + 1 : stop], step, alpha=-1)
        return moved

    def _best(self, gradient: torch.Tensor, count: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        """Where a coordinate's minimum lies, given its gradient, its count G_ii and its weight."""
        return shrunk(gradient + count * weight, self.l1, self.nonnegative) / (count + self.l2)

    def _settle(self, weight: torch.Tensor, columns: torch.Tensor) -> None:
        """Rounds over the weights that are not zero; none where these are too many to gain by it. Columns
        with about as many of them go together."""
        count, order = (weight != 0).sum(0).sort()
        stop = int((count <= len(weight) // 4).sum())
        while stop and (most := int(count[stop - 1])):
            start = max(0, stop - max(1, NUMBERS // most**2), int((count < most // 2).sum()))
            self._small(weight, columns, order[start:stop], most)
            stop = start

    def _small(self, weight: torch.Tensor, columns: torch.Tensor, part: torch.Tensor, most: int) -> None:
        """For the columns at `part`, each with its own Gram matrix of the `most` coordinates with the largest
        weights; those that are zero stay zero."""
        index = weight[:, part].abs().topk(most, dim=0).indices.T
        small = weight[:, part].T.gather(1, index)
        free = small != 0
        common = self.gram[index[:, :, None], index[:, None, :]]
        target = self.gram[index, columns[part, None]]
        count = common.diagonal(dim1=1, dim2=2)
        for _ in range(BETWEEN):
            before = small.clone()
            for t in range(most):
                gradient = target[:, t] - torch.bmm(common[:, t, None], small[:, :, None])[:, 0, 0]
                small[:, t] = self._best(gradient, count[:, t], small[:, t]) * free[:, t]
            if (small - before).abs().max() <= STILL / 10:
                break
        weight[:, part] = weight[:, part].T.scatter(1, index, small).T
