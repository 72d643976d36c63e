"""InfoNCE, and the contrast of a batch's nodes between two sets of vectors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import nn
from torch.autograd.function import once_differentiable
from torch.nn.functional import normalize

from recbox.plugin import Step
from recbox_ssl._views import Views

BLOCK = 1 << 19
"""Products in work at once, which fit the cache of a core."""
FAR = 40.0
"""1/τ above which the largest product of each row is looked up: e^{-2 · 40} is still a number."""
TINY = 1e-8
"""The least length that a vector is divided by; one of zeros has the cosine 0 with all."""


def info_nce(
    anchor: torch.Tensor,
    other: torch.Tensor,
    temperature: float,
    place: torch.Tensor | None = None,
    away: torch.Tensor | None = None,
) -> torch.Tensor:
    """float []: `mean_j -log (e^{cos(a_j, o_p(j))/τ} / Σ_k e^{cos(a_j, o_k)/τ})` (van den Oord et al. 2018,
    arXiv:1807.03748).

    anchor: `[n, d]`; other: `[m, d]`. place: int64 `[n]`, the row p(j) of `other` that belongs to each anchor
    (None: j). away: bool `[m]`, rows of `other` that no anchor is set against unless they are its own.
    """
    scaled = normalize(anchor, dim=-1, eps=TINY) / temperature
    place = torch.arange(len(anchor), device=anchor.device) if place is None else place
    out: torch.Tensor = _NCE.apply(scaled, normalize(other, dim=-1, eps=TINY), place, away, 1 / temperature)
    return out


class _NCE(torch.autograd.Function):
    """The mean of `log Σ_k e^{a_j · o_k} - a_j · o_p(j)`, where no product is above `top`.

    What would cost most is the matrix of products, `[n, m]`, in and out of memory. So it is made block by
    block, and gradients with it, which only wait for a factor on the way back.
    """

    @staticmethod
    def forward(
        ctx: Any,
        a: torch.Tensor,
        o: torch.Tensor,
        place: torch.Tensor,
        away: torch.Tensor | None,
        top: float,
    ) -> torch.Tensor:
        loss, towards, back = a.new_zeros(()), torch.empty_like(a), torch.zeros_like(o)
        for rows in blocks(len(a), len(o), BLOCK):
            own, mine = a[rows], place[rows, None]
            e = own @ o.T
            positive = e.gather(1, mine)
            if away is not None:
                e.masked_fill_(away, -torch.inf).scatter_(1, mine, positive)
            shift = e.amax(1, keepdim=True) if top > FAR else e.new_tensor([[top]])
            e.sub_(shift).exp_()
            total = e.sum(1, keepdim=True)
            loss += (total.log() + shift - positive).sum()
            torch.mm(e, o, out=towards[rows]).div_(total)
            back.addmm_(e.T, own / total)
        towards -= o[place]
        back.index_add_(0, place, a, alpha=-1)
        ctx.save_for_backward(towards, back)
        return loss / len(a)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        towards, back = ctx.saved_tensors
        grad = grad / len(towards)
        return towards * grad, back * grad, None, None, None


def blocks(rows: int, columns: int, most: int) -> Iterator[slice]:
    """Rows of a matrix, so many at once that they have `most` numbers, and one at least."""
    step = max(1, most // max(1, columns))
    return (slice(i, i + step) for i in range(0, rows, step))


def nodes(step: Step) -> tuple[torch.Tensor, torch.Tensor]:
    """int64 `[n]`, `[m]`: the rows of the batch's different users, and of its different items."""
    return step.batch.user.unique(), step.batch.item.unique() + step.offset


def contrast(step: Step, anchor: torch.Tensor, other: torch.Tensor, temperature: float) -> torch.Tensor:
    """float []: InfoNCE between two sets of vectors `[N, D]` of all nodes, over the batch's users among
    themselves, and its items among themselves."""
    each = nodes(step)
    rows, sizes = torch.cat(each), [len(own) for own in each]  # rows are read once, and written once back
    users, items = zip(anchor[rows].split(sizes), other[rows].split(sizes), strict=True)
    return info_nce(*users, temperature) + info_nce(*items, temperature)


def sides(
    step: Step, anchor: torch.Tensor, users: torch.Tensor, items: torch.Tensor, temperature: float, over: str
) -> list[torch.Tensor]:
    """float [] twice: InfoNCE of the batch's users, and of its items, set against what is theirs.

    anchor: `[N, d]`, of all nodes; users: `[users, d]`; items: `[items, d]`. over: `batch`, of which only the
    rows of the batch's nodes count, or `all`, of which all users count and all items that are candidates.
    """
    whole, losses = over == "all", []
    cold = step.cold if whole else None
    for rows, start, other, away in zip(nodes(step), (0, step.offset), (users, items), (None, cold)):
        place = rows - start
        own = (other, temperature, place, away) if whole else (other[place], temperature)
        losses.append(info_nce(anchor[rows], *own))
    return losses


class Contrast(nn.Module):
    """Between the final vectors of two views."""

    def __init__(self, views: Views, temperature: float) -> None:
        super().__init__()
        self.views, self.temperature = views, temperature

    def epoch(self, number: int) -> None:
        self.views.epoch(number)

    def forward(self, step: Step) -> torch.Tensor:
        one, other = (step.embed(view).final for view in self.views(step))
        return contrast(step, one, other, self.temperature)
