"""The module behind `masked-language-model`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from recbox.plugin import Spec, Step, UnsupportedError, init
from recbox_text._tuned import Tuned

if TYPE_CHECKING:
    from recbox_text.masked_language_model import MaskedLanguageModel

IGNORED = -100
"""A label that counts for nothing."""


class Masked(nn.Module):
    """The mean over encoders of the mean over hidden tokens of `-log p(token)`."""

    def __init__(self, options: MaskedLanguageModel, read: list[tuple[str, Tuned]], spec: Spec) -> None:
        super().__init__()
        self.options = options
        self.read = tuple(read)  # no modules of this one: they are the recommender's
        generator = spec.generator
        self.head = nn.ModuleList(Head(tuned, generator) for _, tuned in read)

    def forward(self, step: Step) -> torch.Tensor:
        losses = [
            self._loss(tuned, head, getattr(step.batch, node), step.generator)
            for (node, tuned), head in zip(self.read, self.head, strict=True)
        ]
        return torch.stack(losses).mean()

    def _loss(
        self, tuned: Tuned, head: nn.Module, nodes: torch.Tensor, generator: torch.Generator
    ) -> torch.Tensor:
        texts = tuned.texts_of(nodes)
        if len(texts) > self.options.texts:
            chosen = torch.randperm(len(texts), generator=generator)[: self.options.texts]
            texts = [texts[i] for i in chosen.sort().values.tolist()]
        sums, count = [], 0
        for start in range(0, len(texts), tuned.options.batch):
            ids, mask = tuned.network.batch(texts[start : start + tuned.options.batch])
            hidden, labels = self._hide(tuned, ids, mask, generator)
            count += int((labels != IGNORED).sum())
            sums.append(checkpoint(head, tuned, hidden, mask, labels, use_reentrant=False))
        return torch.stack(sums).sum() / max(1, count)

    def _hide(
        self, tuned: Tuned, ids: torch.Tensor, mask: torch.Tensor, generator: torch.Generator
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """ids with some hidden, and labels: the token that was there, `IGNORED` where nothing is hidden."""
        tokens = tuned.network.tokens
        open = mask.bool() & ~torch.isin(ids, tokens.special.to(ids.device))
        lot = torch.rand(ids.shape, generator=generator).to(ids.device).masked_fill(~open, 2.0)
        least = lot == lot.amin(1, keepdim=True)
        chosen = open & ((lot < self.options.share) | least)
        how = torch.rand(ids.shape, generator=generator).to(ids.device)
        other = torch.randint(tuned.network.vocabulary, ids.shape, generator=generator).to(ids.device)
        hidden = torch.where(chosen & (how < 0.8), tokens.mask, ids)
        hidden = torch.where(chosen & (how >= 0.9), other, hidden)
        return hidden, ids.masked_fill(~chosen, IGNORED)


class Head(nn.Module):
    """BERT's: a transform, and the model's own table of words. Its values are the model's, if its file has
    them, or drawn."""

    def __init__(self, tuned: Tuned, generator: torch.Generator) -> None:
        super().__init__()
        words, width = tuned.network.table().weight.shape
        self.dense = init.linear(width, width, generator)
        self.norm = nn.LayerNorm(width)
        self.bias = nn.Parameter(torch.zeros(words))
        with torch.no_grad():
            for own, value in tuned.network.head().items():
                self.get_parameter(own).copy_(value)

    def forward(
        self, tuned: Tuned, ids: torch.Tensor, mask: torch.Tensor, labels: torch.Tensor
    ) -> torch.Tensor:
        """float []: the sum over what is hidden."""
        at = labels != IGNORED
        x = tuned.reading.tokens(ids, mask)[at].to(self.bias)
        x = self.norm(functional.gelu(self.dense(x)))
        logits = x @ tuned.network.table().weight.to(x).T + self.bias
        return functional.cross_entropy(logits, labels[at], reduction="sum")


def build(options: MaskedLanguageModel, spec: Spec) -> nn.Module:
    """An UnsupportedError where no encoder has a text model that learns, or one has no mask."""
    beside = spec.encoder or {}
    read = [(node, part) for node, parts in beside.items() for part in parts if isinstance(part, Tuned)]
    if not read:
        what = "no encoder has a text model that learns, so that there is nothing to train with its texts"
        way = "an encoder such as bert with `train: last`, `lora` or `full`"
        raise UnsupportedError(what, where=spec.slot, instead=way)
    for node, tuned in read:
        if tuned.network.tokens.mask is None:
            what = f"the text model of the {node}s has no mask among its tokens"
            raise UnsupportedError(what, where=spec.slot, instead="a model that looks in both directions")
    return Masked(options, read, spec)
