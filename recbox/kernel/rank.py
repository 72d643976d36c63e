"""The exact best k of each row, the same on every machine: by score, and by index where scores tie."""

from __future__ import annotations

import torch

from recbox.errors import KernelError

BLOCK = 64
"""Scores that are looked at together when most of a long row can be ruled out by their maxima."""


def top_k(scores: torch.Tensor, k: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The best k of each row: values `[n, k]`, descending, and int64 indices; ties go by index ascending.

    scores: float `[n, m]`. With k > m there are m columns. Masked scores (-inf) come last and stay -inf in
    the values. Raises KernelError for nan, a k below 1, or another shape or type.
    """
    if scores.ndim != 2 or not scores.is_floating_point():
        raise KernelError(
            f"scores are {scores.dtype} {tuple(scores.shape)}", where="top_k", why="floats [n, m] belong here"
        )
    if k < 1:
        raise KernelError(f"k is {k}", where="top_k", why="it must be at least 1")
    k = min(k, scores.shape[1])
    if not (k and len(scores)):
        return scores[:, :k].clone(), torch.empty(len(scores), k, dtype=torch.int64, device=scores.device)
    values, indices = _candidates(scores, k + 1)
    if values[:, 0].isnan().any():  # nan counts as the largest, so that it would stand first
        row = int(values[:, 0].isnan().nonzero()[0])
        raise KernelError("scores hold nan", where=f"top_k, row {row}")
    same = values[:, 1:] == values[:, :-1]
    tied = same.any(dim=1).nonzero().squeeze(1)
    edge = same[:, k - 1 : k].any(dim=1).nonzero().squeeze(1)
    values, indices = values[:, :k].contiguous(), indices[:, :k].contiguous()
    step = max(1, 2**24 // scores.shape[1])  # these need their whole rows, so a few at a time
    for some in edge.split(step) if len(edge) else ():
        indices[some] = _lowest(scores[some], values[some], indices[some])
    if len(tied):
        values[tied], indices[tied] = _ordered(scores[tied[:, None], indices[tied]], indices[tied])
    return values, indices


def _candidates(scores: torch.Tensor, k: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The best k of each row (or all m), ties in any order.

    They lie in the k blocks with the largest maxima: k scores there are at least as large as any outside.
    """
    n, m = scores.shape
    k, blocks = min(k, m), m // BLOCK
    if blocks < 4 * k:
        return scores.topk(k)
    inside = blocks * BLOCK
    best = scores[:, :inside].unflatten(1, (blocks, BLOCK)).amax(2).topk(k, sorted=False).indices
    place = (best[:, :, None] * BLOCK + torch.arange(BLOCK, device=scores.device)).flatten(1)
    place = torch.cat([place, torch.arange(inside, m, device=scores.device).expand(n, -1)], dim=1)
    values, which = scores.gather(1, place).topk(k)
    return values, place.gather(1, which)


def _lowest(scores: torch.Tensor, values: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
    """int64 `[n, k]`: all above the k-th value, then the lowest indices among those equal to it."""
    k, m = indices.shape[1], scores.shape[1]
    last = values[:, -1:]
    exact = torch.float32 if m < 2**24 else torch.float64
    place = torch.arange(0, -m, -1, dtype=exact, device=scores.device)
    equal = torch.where(scores == last, place, -torch.inf)
    lowest = _candidates(equal, k)[1]
    above = (values > last).sum(dim=1, keepdim=True)
    column = torch.arange(k, device=scores.device)
    return torch.where(column < above, indices, lowest.gather(1, (column - above).clamp_min(0)))


def _ordered(values: torch.Tensor, indices: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Both by value, descending, and where values tie by index, ascending."""
    by_index = indices.sort(dim=1)
    by_value = values.gather(1, by_index.indices).sort(dim=1, descending=True, stable=True)
    return by_value.values, by_index.values.gather(1, by_value.indices)
