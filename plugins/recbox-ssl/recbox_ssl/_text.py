"""The modules behind `text-alignment`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn.functional import normalize

from recbox.plugin import Spec, Step, init
from recbox_ssl._contrast import info_nce, nodes
from recbox_ssl._mask import Mask, around

if TYPE_CHECKING:
    from recbox_text.reading import Reader

    from recbox_ssl.text_alignment import TextAlignment

TYPES = ("user", "item")


class Text(nn.Module):
    """The vectors of one type's texts: `vector` `[n, w]`. start: where the type's rows begin."""

    def __init__(self, node: str, reader: Reader, spec: Spec) -> None:
        super().__init__()
        self.node, self.start = node, spec.graph.layout.offset(node)
        count = spec.graph.layout.count(node)
        found = torch.from_numpy(reader.vectors(replace(spec, node=node, count=count, width=0))).float()
        self.register_buffer(
            "vector", normalize(found, dim=1) if reader.normalise else found, persistent=False
        )

    @property
    def width(self) -> int:
        return self.vector.shape[1]


def texts(options: TextAlignment, spec: Spec) -> nn.ModuleList:
    """Of each type that has them."""
    readers = ((node, getattr(options, node)) for node in TYPES)
    return nn.ModuleList(Text(node, reader, spec) for node, reader in readers if reader is not None)


def network(width: int, dim: int, generator: torch.Generator) -> nn.Sequential:
    """One hidden layer, half as wide as both ends together, as in the authors' code."""
    hidden = (width + dim) // 2
    first, second = init.linear(width, hidden, generator), init.linear(hidden, dim, generator)
    return nn.Sequential(first, nn.LeakyReLU(), second)


class Contrasted(nn.Module):
    """Texts are brought to the width of the graph's vectors."""

    def __init__(self, options: TextAlignment, spec: Spec) -> None:
        super().__init__()
        self.temperature = options.temperature
        self.text = texts(options, spec)
        generator = spec.generator
        self.network = nn.ModuleList(network(text.width, spec.dim, generator) for text in self.text)

    def forward(self, step: Step) -> torch.Tensor:
        final, batch = step.embed().final, dict(zip(TYPES, nodes(step)))
        losses = []
        for text, map_to in zip(self.text, self.network):
            rows = batch[text.node]
            said = map_to(text.vector[rows - text.start])
            losses.append(info_nce(final[rows], said, self.temperature))
        return torch.stack(losses).sum()


class Told(nn.Module):
    """Hidden nodes tell their texts."""

    def __init__(self, options: TextAlignment, spec: Spec) -> None:
        super().__init__()
        self.temperature = options.temperature
        self.text = texts(options, spec)
        generator = spec.generator
        self.mask = nn.ModuleList(Mask(text.node, options.share, spec, generator) for text in self.text)
        self.network = nn.ModuleList(network(spec.dim, text.width, generator) for text in self.text)

    def forward(self, step: Step) -> torch.Tensor:
        hidden = [mask.drawn(step) for mask in self.mask]
        final = around(step, list(zip(self.mask, hidden)))
        losses = [
            info_nce(map_to(final[rows + text.start]), text.vector[rows], self.temperature)
            for text, map_to, rows in zip(self.text, self.network, hidden)
        ]
        return torch.stack(losses).sum()
