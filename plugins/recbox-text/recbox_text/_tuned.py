"""The module behind encoders whose text model learns, with the vectors of all texts at hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import torch
from torch import nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from recbox.plugin import History, Spec
from recbox_text import _learning
from recbox_text._base import Base
from recbox_text._encoding import Encoding, check_finite, row_of, unique_of
from recbox_text._fixed import Prepared
from recbox_text._folder import open_folder
from recbox_text._module import projection
from recbox_text._texts import fresh, texts

if TYPE_CHECKING:
    from recbox_text._network import Network
    from recbox_text.text import Text


class Tuned(nn.Module):
    """`projection(prepared(text model(text of node)))`, with gradients for the nodes of a step alone.

    What the other texts' vectors were when they were last made is a buffer, made anew by the weights as they
    are when an epoch begins, and before anything is judged or saved. A step's texts are run through the model
    `batch` at a time, and again on the way back (Chen et al. 2016, arXiv:1604.06174), so that memory holds
    the inner states of one such batch.
    """

    def __init__(
        self, network: Network, read: Sequence[str], vectors: np.ndarray, options: Text, spec: Spec
    ) -> None:
        """read: the text of each node. vectors: [texts, w] of the distinct ones, by the model as it came."""
        super().__init__()
        self.options, self.spec, self.network = options, spec, network
        self.reading = network.reading
        self.text = unique_of(read)
        self.base = Base(network.folder)
        self.way = Way(options, vectors, spec)
        self.prompt = ""
        self.register_buffer("vector", torch.from_numpy(vectors), persistent=False)
        self.register_buffer("place", torch.from_numpy(row_of(read, self.text)), persistent=False)
        self.stale = options.precision == "bf16"  # these come of another rounding than those that learn
        self.told: torch.Tensor | None = None
        self.rows: torch.Tensor | None = None
        self.register_load_state_dict_pre_hook(_loaded)

    def attend(self, nodes: torch.Tensor | None) -> None:
        """The nodes of a step: their texts alone learn in it. None: an epoch begins."""
        self.rows = self.told = None
        if nodes is None:
            self._refresh()
            return
        self.told, self.stale = self._some(torch.unique(self.place[nodes])), True

    def texts_of(self, nodes: torch.Tensor) -> list[str]:
        """The distinct texts of some nodes, with the prompt, longest first."""
        return [self.prompt + self.text[i] for i in torch.unique(self.place[nodes]).tolist()]

    def _some(self, texts: torch.Tensor) -> torch.Tensor:
        """As many as may learn in a step; by lot, from torch's own stream, which is the step's."""
        most = self.options.per_step
        if most is None or len(texts) <= most:
            return texts
        return texts[torch.randperm(len(texts))[:most].to(texts.device)].sort().values

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        place = self.place[nodes]
        if self.training and self.told is not None:
            return self.way(self._known()[place])
        if not torch.is_grad_enabled():
            self._refresh()
            return self.way(self.vector[place])
        own, inverse = torch.unique(place, return_inverse=True)
        self.stale = True  # whoever takes gradients is about to move the weights
        return self.way(self._run(own)[inverse])

    def _known(self) -> torch.Tensor:
        """float [texts, w]: those of this step with their gradients, the others as they were last."""
        told = self.told
        if told is None or not len(told) or not torch.is_grad_enabled():
            return self.vector
        if self.rows is None:
            self.rows = self._run(told)
            self.vector[told] = self.rows.detach().to(self.vector)
        return self.vector.index_copy(0, told, self.rows.to(self.vector))

    def _run(self, own: torch.Tensor) -> torch.Tensor:
        """float [texts, w], by the weights as they are."""
        size = self.options.batch
        return torch.cat([self._part(part) for part in own.split(size)]) if len(own) else self.vector[:0]

    def _part(self, own: torch.Tensor) -> torch.Tensor:
        return self._read([self.text[i] for i in own.tolist()])

    def _read(self, texts: Sequence[str]) -> torch.Tensor:
        ids, mask = self.network.batch([self.prompt + text for text in texts])
        bf16 = self.options.precision == "bf16"
        with torch.autocast(ids.device.type, torch.bfloat16, enabled=bf16):
            if not torch.is_grad_enabled():
                return self.reading(ids, mask)
            return checkpoint(self.reading, ids, mask, use_reentrant=False, preserve_rng_state=False)

    @torch.no_grad()
    def _refresh(self) -> None:
        if not self.stale:
            return
        every = torch.arange(len(self.text), device=self.place.device)
        parts, progress = [], self.spec.context.progress
        with progress.task(f"reading {self.spec.node} texts again", len(every), "text") as task:
            for part in every.split(self.options.batch):
                parts.append(self._part(part))
                task.advance(len(part))
        self.vector, self.stale = torch.cat(parts).to(self.vector), False

    @torch.no_grad()
    def fresh(self, table: pl.DataFrame, history: History | None = None) -> torch.Tensor:
        """float [n, dim]: rows of nodes that aren't among those that it was made for."""
        read = fresh(self.options, self.spec, table, history)
        own = unique_of(read)
        size = self.options.batch
        parts = [self._read(own[i : i + size]) for i in range(0, len(own), size)]
        return self.way(torch.cat(parts).to(self.vector)[torch.from_numpy(row_of(read, own))])


class Way(nn.Module):
    """From a text model's vectors to `dim` columns. The fixed part is made of the vectors as they began."""

    def __init__(self, options: Text, vectors: np.ndarray, spec: Spec) -> None:
        super().__init__()
        prepared = Prepared.of(options, vectors, spec.dim)
        self.normalise = prepared.normalise
        if prepared.map is not None:
            self.register_buffer("mean", torch.from_numpy(prepared.map.mean).float(), persistent=False)
            self.register_buffer("matrix", torch.from_numpy(prepared.map.matrix).float(), persistent=False)
        else:
            self.matrix = None
        self.projection = projection(options, prepared(vectors[:1]).shape[1], spec)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.normalize(x) if self.normalise else x
        return self.projection(x if self.matrix is None else (x - self.mean) @ self.matrix)


def _loaded(module: nn.Module, *state: Any) -> None:
    module.stale = True


def build(options: Text, spec: Spec) -> nn.Module:
    """The module of an encoder whose text model learns."""
    where = f"encoder.{spec.node}"
    encoding = Encoding(options, open_folder(options.model, spec.context, where), spec.context)
    read = texts(options, spec)
    unique = unique_of(read)
    vectors = encoding.encode(unique)
    check_finite(vectors, row_of(read, unique), spec.train.nodes(spec.node).ids, spec.node)
    network = encoding.network
    _learning.learn(network.reading, options, spec)
    module = Tuned(network, read, vectors, options, spec)
    module.prompt = encoding.prompt
    return module
