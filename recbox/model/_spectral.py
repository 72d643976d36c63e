"""Fitting and scoring by graph filters: eigenvectors, a line or a polynomial, and blocks of users."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import torch
from scipy.sparse import csr_matrix

from recbox.model._filter import chebyshev, response, sharpened
from recbox.plugin import Adjacency, NewUsers, Scorer, sparse
from recbox.plugin.adjacency import power, weighed

if TYPE_CHECKING:
    from recbox.model.spectral import Spectral
    from recbox.plugin import Spec

NOTHING = 1e-9
"""A gain that rounding makes of none."""
ROUNDS = 6
"""Of the power method. A filter is smooth, so that the last eigenvectors needn't be told from the next."""


ARRAYS = ("vectors", "gain", "ideal", "chebyshev")
NUMBERS = ("line", "top", "popularity", "whole")
"""What a filter's state holds."""


@dataclass(frozen=True)
class Filter:
    """h(P), and where popularity stands in it.

    vectors: float32 `[items, k]`, P's eigenvectors V. gain: float64 `[k]`, what h gives them beyond `line`.
    ideal: the same of the ideal low-pass. line: what P counts. chebyshev: `[d + 1]`, what Chebyshev's
    polynomials of 2P - 1 count. top: λ₁ of R̃ᵀR̃. popularity: β; whole: whether it is about all of h.
    """

    vectors: np.ndarray
    gain: np.ndarray
    ideal: np.ndarray
    chebyshev: np.ndarray
    line: float
    top: float
    popularity: float
    whole: bool

    @classmethod
    def of(cls, options: Spectral, s: torch.Tensor, v: torch.Tensor) -> Self:
        """By the singular values and right singular vectors of R̃."""
        top = float(s[0]) ** 2 or 1.0
        value, h = s.double().numpy() ** 2 / top, response(options)
        line, gain, polynomial = 0.0, np.zeros_like(value), np.zeros(0)
        if options.degree is None:
            line = float(h(value[-1:])[0] / value[-1]) if value[-1] > 0 else 0.0
            gain = h(value) - line * value
        else:
            polynomial = chebyshev(h, options.degree)
        ideal = options.ideal * sharpened(value, options.sharpen)
        whole = options.by == "all"
        return cls(v.numpy(), gain, ideal, polynomial, line, top, options.popularity, whole)

    def low_rank(self) -> list[tuple[float, np.ndarray]]:
        """For each exponent of popularity, what it gives eigenvectors."""
        if self.whole:
            each = [(self.popularity, self.gain + self.ideal)]
        else:
            each = [(0.0, self.gain), (self.popularity, self.ideal)]
        return [(beta, gain) for beta, gain in each if np.abs(gain).max(initial=0.0) > NOTHING]


def fitted(options: Spectral, spec: Spec) -> Scorer:
    """Eigenvectors where they are asked for, and what the filter makes of them."""
    assert spec.train is not None  # noqa: S101
    history = sparse.history(spec.train)
    graph = Adjacency(history, options.user_exponent, options.item_exponent, spec.context.kernel)
    rank = min(options.rank, *history.shape) if options.degree is None or options.ideal else 1
    _, s, v = graph.factors(rank, torch.Generator().manual_seed(0), ROUNDS)
    return SpectralScorer(history, graph, Filter.of(options, s, v))


def loaded(arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Scorer:
    """The scorer whose `state()` this is."""
    filtered = Filter(**{name: arrays[name] for name in ARRAYS}, **{name: json[name] for name in NUMBERS})
    items = len(filtered.vectors)
    train = sparse.unpack("train", arrays, (int(json["train"]), items))
    graph = Adjacency(train, json["user_exponent"], json["item_exponent"], json["kernel"])
    history = sparse.unpack("history", arrays, (int(json["users"]), items)) if "users" in json else train
    return SpectralScorer(history, graph, filtered)


class SpectralScorer(Scorer):
    """history: `[users, items]` of ones, of those who are scored; graph: of those that it was fitted on."""

    def __init__(self, history: csr_matrix, graph: Adjacency, filtered: Filter) -> None:
        self.history, self.graph, self.filter = history, graph, filtered
        self._kept: dict[float, torch.Tensor] = {}
        self._powers: dict[float, np.ndarray] = {}

    @property
    def shape(self) -> tuple[int, int]:
        return self.history.shape

    def block(self, users: np.ndarray) -> torch.Tensor:
        x, own = self.history[users], self.filter
        found = torch.zeros(x.shape)
        for beta, gain in own.low_rank():
            inner = weighed(x, self._popular(-beta)) @ own.vectors * gain.astype(np.float32)
            found.addmm_(torch.from_numpy(inner), self._outward(beta))
        beta = own.popularity if own.whole else 0.0
        given, after = weighed(x, self._popular(-beta)), torch.from_numpy(self._popular(beta))
        if own.line:
            found.addcmul_(self.graph.smoothed(given).T, after, value=own.line / own.top)
        if len(own.chebyshev):
            found.addcmul_(self._polynomial(given).T, after)
        return found

    def _popular(self, exponent: float) -> np.ndarray:
        """float32 `[items]`: how many took each, to this power."""
        if exponent not in self._powers:
            self._powers[exponent] = power(self.graph.count, exponent)
        return self._powers[exponent]

    def _outward(self, beta: float) -> torch.Tensor:
        """float32 `[k, items]`: eigenvectors, each item's times its popularity."""
        if beta not in self._kept:
            scaled = self.filter.vectors * self._popular(beta)[:, None]
            self._kept[beta] = torch.from_numpy(scaled).T.contiguous()
        return self._kept[beta]

    def _polynomial(self, x: csr_matrix) -> torch.Tensor:
        """float32 `[items, b]`: `Σ c_k T_k(2 P - 1) xᵀ`, by the polynomials' recurrence."""
        c, graph, top = self.filter.chebyshev, self.graph, self.filter.top
        before = torch.from_numpy(x.toarray()).T.contiguous()
        now = graph.smoothed(x).mul_(2 / top).sub_(before)
        found = c[0] * before + c[1] * now
        for weight in c[2:]:
            before, now = now, graph.back(graph.times(now)).mul_(4 / top).sub_(2 * now).sub_(before)
            found.add_(now, alpha=float(weight))
        return found

    def new_users(self, users: NewUsers) -> Scorer:
        new = SpectralScorer(users.matrix(self.shape[1]), self.graph, self.filter)
        new._kept, new._powers = self._kept, self._powers  # made once for all who come
        return new

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        own, graph = self.filter, self.graph
        arrays = {name: getattr(own, name) for name in ARRAYS}
        json = {name: getattr(own, name) for name in NUMBERS}
        sparse.pack("train", graph.history, arrays)
        json |= {"train": graph.history.shape[0], "kernel": graph.kernel}
        json |= {"user_exponent": graph.exponents[0], "item_exponent": graph.exponents[1]}
        if self.history is not graph.history:
            sparse.pack("history", self.history, arrays)
            json["users"] = self.shape[0]
        return arrays, json
