"""The module behind `multvae`, and the scorer that it becomes."""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self, final

import numpy as np
import torch
from scipy.sparse import csr_matrix
from torch import nn
from torch.nn.functional import dropout, log_softmax, normalize

from recbox.plugin import Moment, NewUsers, Scorer, UserBatch, init, sparse

if TYPE_CHECKING:
    from recbox_classic.multvae import MultVAE


class Autoencoder(nn.Module):
    """items → hidden → dim → hidden → items; of the numbers in the middle the variance's logarithm too."""

    def __init__(self, items: int, options: MultVAE, generator: torch.Generator) -> None:
        super().__init__()
        middle = options.dim * (2 if options.variational else 1)
        inner, outer = [items, middle], [options.dim, items]
        if options.hidden:
            inner.insert(1, options.hidden)
            outer.insert(1, options.hidden)
        self.inner = nn.ModuleList(init.linear(*pair, generator) for pair in pairwise(inner))
        self.outer = nn.ModuleList(init.linear(*pair, generator) for pair in pairwise(outer))
        self.options = options

    def encode(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Mean and logarithm of the variance `[B, dim]` of histories `[B, items]`; None where it has none."""
        x = normalize(x)
        if self.training:
            x = dropout(x, self.options.dropout)
        for number, layer in enumerate(self.inner):
            x = layer(x if number == 0 else x.tanh())
        return (x, None) if not self.options.variational else x.chunk(2, dim=1)

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        """Logits `[B, items]`."""
        for number, layer in enumerate(self.outer):
            z = layer(z if number == 0 else z.tanh())
        return z

    def forward(self, batch: UserBatch, moment: Moment) -> torch.Tensor:
        x = batch.dense(self.inner[0].in_features)
        mean, logvar = self.encode(x)
        if logvar is None:
            return multinomial(self.decode(mean), x)
        noise = torch.randn(mean.shape, generator=moment.generator).to(mean)
        z = mean + noise * (logvar / 2).exp()
        return multinomial(self.decode(z), x) + self.beta(moment) * divergence(mean, logvar)

    def beta(self, moment: Moment) -> float:
        """The weight of KL at an update."""
        updates = self.options.anneal * moment.steps
        return self.options.cap * (min(1.0, moment.step / updates) if updates else 1.0)


def multinomial(logits: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """`mean_u -Σ_i x_ui log softmax(logits_u)_i`."""
    return -(log_softmax(logits, dim=1) * x).sum(1).mean()


def divergence(mean: torch.Tensor, logvar: torch.Tensor) -> torch.Tensor:
    """`mean_u KL(N(μ, σ²) ‖ N(0, I)) = ½ Σ (σ² + μ² - 1 - log σ²)`."""
    return 0.5 * (logvar.exp() + mean.square() - 1 - logvar).sum(1).mean()


@final
class AutoScorer(Scorer):
    """How probable each item is in a user's history, as logarithms: of the whole history, without noise."""

    def __init__(self, network: Autoencoder, history: csr_matrix) -> None:
        self.network, self.history = copy.deepcopy(network).eval(), history
        self.device = next(network.parameters()).device

    @classmethod
    def load(cls, options: MultVAE, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Self:
        users, items = (int(n) for n in json["shape"])
        network = Autoencoder(items, options, torch.Generator())
        weights = {k.removeprefix("network."): v for k, v in arrays.items() if k.startswith("network.")}
        network.load_state_dict({k: torch.from_numpy(np.array(v)) for k, v in weights.items()})
        return cls(network, sparse.unpack("history", arrays, (users, items)))

    @property
    def shape(self) -> tuple[int, int]:
        return self.history.shape

    @torch.no_grad()
    def block(self, users: np.ndarray) -> torch.Tensor:
        x = torch.from_numpy(self.history[users].toarray()).to(self.device)
        return log_softmax(self.network.decode(self.network.encode(x)[0]), dim=1)

    def new_users(self, users: NewUsers) -> Scorer:
        return AutoScorer(self.network, users.matrix(self.shape[1]))

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        arrays = {f"network.{k}": v.cpu().numpy() for k, v in self.network.state_dict().items()}
        sparse.pack("history", self.history, arrays)
        return arrays, {"shape": list(self.history.shape)}
