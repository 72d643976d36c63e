"""What transformers' `generate` asks after each token: which comes next, and whether a text has ended."""

from __future__ import annotations

from collections.abc import Callable

import torch
from transformers import LogitsProcessor, StoppingCriteria

from recbox.plugin import DataError


class Sound(LogitsProcessor):
    """Refuses scores that are no numbers."""

    def __init__(self, place: str) -> None:
        self.place = place

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        if bool(torch.isnan(scores).any()) or bool((scores.amax(1) == -torch.inf).any()):
            what = "the model gives numbers that are not finite"
            raise DataError(what, where=self.place, instead="precision: fp32, or another model")
        return scores


class Drawn(LogitsProcessor):
    """Leaves one token of each row: drawn by a number of the row's own stream, among the likeliest that have
    the share `top_p` together. luck: float [rows, new tokens]."""

    def __init__(self, temperature: float, top_p: float, luck: torch.Tensor, start: int) -> None:
        self.temperature, self.top_p, self.luck, self.start = temperature, top_p, luck, start

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        share, order = torch.softmax(scores.double() / self.temperature, 1).sort(
            stable=True, dim=1, descending=True
        )
        reached = share.cumsum(1)
        many = ((reached - share) < self.top_p).sum(1, keepdim=True)
        whole = reached.gather(1, many - 1)
        luck = self.luck[:, input_ids.shape[1] - self.start, None].to(reached) * whole
        rank = torch.searchsorted(reached, luck, right=True).clamp(max=many - 1)
        return torch.full_like(scores, -torch.inf).scatter_(1, order.gather(1, rank), 0.0)


class Ended(StoppingCriteria):
    """Ends a row where its text is done. length: of each row, tokens when it was; -1 if it never was."""

    def __init__(self, rows: int, start: int, done: Callable[[list[int]], bool]) -> None:
        self.length, self.start, self.done = [-1] * rows, start, done

    def __call__(self, input_ids: torch.Tensor, scores: object, **_: object) -> torch.Tensor:
        count = input_ids.shape[1] - self.start
        for i, row in enumerate(input_ids[:, self.start :].tolist()):
            if self.length[i] < 0 and self.done(row):
                self.length[i] = count
        return torch.tensor([n >= 0 for n in self.length], device=input_ids.device)
