"""The best k of all items by inner product, found in bfloat16 and proven to be those of float32.

A product in bfloat16 costs a fraction of one in float32 where the processor has instructions for it. Its
largest scores are a shortlist, which is scored again exactly; bounds on both errors say for which users the
list is that of any float32 product, whatever the order of its sums. The others are the caller's to rank.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import torch

from recbox.kernel.rounding import Errors, quick

WIDTHS = (64, 8)
"""Scores that are ruled out together by their maximum, and once more within what is left."""
NEVER = torch.iinfo(torch.int16).min
"""Of a masked item: below the bits of every other score."""
ROWS = 256
"""Users in one product, whose scores stay in the processor's cache; fewer where items are many."""
BYTES = 64 * 2**20
"""Scores in memory at once, about."""


@dataclass(frozen=True, eq=False)
class Shortlist:
    """user, item: float32 `[U, d]`, `[I, d]`. narrow: the same in bfloat16, items padded with zeros to whole
    blocks. errors: what rounding can do to a score. k, length: items in a list, and in a shortlist."""

    user: torch.Tensor
    item: torch.Tensor
    narrow: tuple[torch.Tensor, torch.Tensor]
    errors: Errors
    k: int
    length: int
    board: torch.Tensor

    @classmethod
    def of(
        cls, user: torch.Tensor, item: torch.Tensor, k: int, closed: torch.Tensor | None = None
    ) -> Self | None:
        """None where it is no gain or nothing could be proven: on a processor without bfloat16, for few items
        or long lists, and for vectors that aren't finite or are huge. closed: bool `[I]`, items that are
        never candidates."""
        length = 2 * k + 8  # twice, because 1.3 to 1.7 times is what trained vectors need
        if len(item) < 4 * WIDTHS[0] * length or not quick(user, item):
            return None
        errors = Errors.of(user, item)
        if errors is None:
            return None
        padded = item.new_zeros(-(-len(item) // WIDTHS[0]) * WIDTHS[0], item.shape[1], dtype=torch.bfloat16)
        padded[: len(item)] = item
        if closed is not None:
            padded[: len(item)][closed] = 0  # a score of 0, which never proves anything
        rows = min(ROWS, max(16, BYTES // (2 * len(padded))))
        board = torch.empty(rows, len(padded), dtype=torch.bfloat16)
        return cls(user, item, (user.bfloat16(), padded), errors, k, length, board)

    @property
    def rows(self) -> int:
        """The users that `best` takes at most."""
        return len(self.board)

    @torch.no_grad()
    def best(
        self, users: torch.Tensor, row: torch.Tensor, masked: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The best items of some users, int64 `[n, k]`, best first, and bool `[n]`, whether that is proven to
        be the list that float32 gives. Where it isn't, the items mean nothing.

        users: int64 `[n]`. row, masked: int64, pairs of a position in `users` and an item that is left out.
        """
        bits = self._bits(users)
        bits.view(-1).index_fill_(0, row * bits.shape[1] + masked, NEVER)
        near, place = _largest(bits, self.length, WIDTHS)
        last = near.amin(1).view(torch.bfloat16).double()  # of no other item the score in bfloat16 is larger
        place.clamp_(max=len(self.item) - 1)  # padding is chosen only where nothing will be proven
        score, order = inner(self.item, place, self.user[users]).sort(dim=1, descending=True)
        place = place.gather(1, order)
        ordered = self.errors.apart(users, place, score, self.k)
        shut = self.errors.shut(users, score[:, self.k - 1], last)
        return place[:, : self.k], (last > 0) & ordered & shut

    def _bits(self, users: torch.Tensor) -> torch.Tensor:
        """int16 `[n, padded]`: the scores in bfloat16 by their bits, which above 0 are in the same order as
        what they stand for, and are compared several times as fast. Below 0 they aren't, and are all less."""
        out = self.board[: len(users)]
        return torch.mm(self.narrow[0][users], self.narrow[1].T, out=out).view(torch.int16)


def inner(item: torch.Tensor, place: torch.Tensor, user: torch.Tensor) -> torch.Tensor:
    """float64 `[n, m]`: of user `[n, d]` with their own items, place `[n, m]`. Products of float32 are exact
    in it, their sums next to it."""
    own = item.index_select(0, place.flatten()).view(*place.shape, -1).double()
    return torch.bmm(own, user.double()[:, :, None]).squeeze(2)


def _largest(x: torch.Tensor, k: int, widths: tuple[int, ...]) -> tuple[torch.Tensor, torch.Tensor]:
    """The k largest of each row and where they are, in any order, ties too.

    They lie in the k blocks with the largest maxima: k numbers there are at least as large as any outside.
    """
    if not widths:
        return x.topk(k, dim=1, sorted=False)
    n, width, blocks = len(x), widths[0], x.shape[1] // widths[0]
    best = x.view(n, blocks, width).amax(2).topk(k, dim=1, sorted=False).indices
    place = best + blocks * torch.arange(n)[:, None]
    inside = x.view(-1, width).index_select(0, place.flatten()).view(n, k * width)
    value, within = _largest(inside, k, widths[1:])
    return value, best.gather(1, within // width) * width + within % width
