"""The modules behind `text-alignment`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn.functional import normalize

from recbox.plugin import DataError, Spec, Step, UnsupportedError, init
from recbox_ssl._contrast import info_nce, nodes
from recbox_ssl._mask import Mask, around

if TYPE_CHECKING:
    from recbox_text.reading import Reader

    from recbox_ssl.text_alignment import TextAlignment

TYPES = ("user", "item")


class Text(nn.Module):
    """The vectors of one type's texts: `vector` `[n, w]`; `there`: bool `[n]`, the nodes that have one.
    start: where the type's rows begin."""

    def __init__(self, node: str, reader: Reader, spec: Spec) -> None:
        super().__init__()
        self.node, self.start = node, spec.graph.layout.offset(node)
        place = replace(spec, node=node, count=spec.graph.layout.count(node), width=0)
        with _at(node):
            found = torch.from_numpy(reader.vectors(place)).float()
            there = torch.from_numpy(reader.there(place)) & found.any(1)
        _hold_some(node, there)
        self.register_buffer(
            "vector", normalize(found, dim=1) if reader.normalise else found, persistent=False
        )
        self.register_buffer("there", there, persistent=False)

    @property
    def width(self) -> int:
        return self.vector.shape[1]


@contextmanager
def _at(node: str) -> Iterator[None]:
    """A reader names its place as an encoder's, which it isn't here."""
    try:
        yield
    except (DataError, UnsupportedError) as error:
        where = error.where.replace(f"encoder.{node}", f"the objective 'text-alignment', `{node}`")
        raise type(error)(error.what, where=where, why=error.why, instead=error.instead) from error


def _hold_some(node: str, there: torch.Tensor) -> None:
    """A `DataError` where no text has another that it could be told from."""
    if (count := int(there.sum())) > 1:
        return
    raise DataError(
        f"of {len(there):,} {node}s {count} {'has' if count else 'have'} a text",
        where=f"the objective 'text-alignment', `{node}`",
        why="it tells texts from each other, and nodes without one are left out",
        instead="an encoder of columns or of a file that says something of them, or leave "
        + ("the objective out" if node == "item" else "`user` out"),
    )


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
    """Texts are brought to the width of the graph's vectors. Nodes without one are in no sum."""

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
            rows = rows[text.there[rows - text.start]]
            if not len(rows):
                losses.append(final.sum() * 0)
                continue
            said = map_to(text.vector[rows - text.start])
            losses.append(info_nce(final[rows], said, self.temperature))
        return torch.stack(losses).sum()


class Told(nn.Module):
    """Hidden nodes tell their texts; those without one are never hidden."""

    def __init__(self, options: TextAlignment, spec: Spec) -> None:
        super().__init__()
        self.temperature = options.temperature
        self.text = texts(options, spec)
        generator = spec.generator
        among = [text.there.nonzero()[:, 0] for text in self.text]
        self.mask = nn.ModuleList(
            Mask(
                text.node, options.share, spec, generator, own, least=2
            )  # of one alone there is nothing to say
            for text, own in zip(self.text, among)
        )
        self.network = nn.ModuleList(network(spec.dim, text.width, generator) for text in self.text)

    def forward(self, step: Step) -> torch.Tensor:
        hidden = [mask.drawn(step) for mask in self.mask]
        final = around(step, list(zip(self.mask, hidden)))
        losses = [
            info_nce(map_to(final[rows + text.start]), text.vector[rows], self.temperature)
            for text, map_to, rows in zip(self.text, self.network, hidden)
        ]
        return torch.stack(losses).sum()
