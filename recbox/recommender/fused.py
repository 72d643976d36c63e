"""Several encoders of one node type become one: added up, side by side, or weighed for each node."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import polars as pl
import torch
from torch import nn

from recbox.plugin import History, Spec
from recbox.plugin.init import linear, normal


class Fused(nn.Module):
    """The encoders of one node type. `width`: columns of the result.

    A part may have a method `missing(nodes) -> bool [n] | None`: the nodes of which it knows nothing now
    (None: it knows all), and `fresh_missing` that says so of new ones. Its rows count as zeros there, and
    where parts are weighed, the others share its weight.

    by_history: of each part, whether `fresh` is handed histories; none given: of no part.
    """

    def __init__(
        self,
        parts: Sequence[nn.Module],
        fuse: nn.Module,
        count: int,
        width: int,
        by_history: Sequence[bool] = (),
    ) -> None:
        super().__init__()
        self.part = nn.ModuleList(parts)
        self.by_history = tuple(by_history) or (False,) * len(parts)
        self.fuse = fuse
        self.count, self.width = count, width

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.fuse(*self._read(nodes))
        return out

    def attend(self, nodes: torch.Tensor | None) -> None:
        """Tell the parts that ask for it which nodes a step is about; None: an epoch begins."""
        for part in self.part:
            if hasattr(part, "attend"):
                part.attend(nodes)

    def fresh(
        self, table: pl.DataFrame, history: History | None = None, known: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Vectors `[n, width]` of new nodes, a row of features each; a part without a method `fresh` knows
        nodes by their place, and misses all of these. history: what they have; None: nothing. known: int64
        `[n]`, the place of a node that was there before and has more now, else -1: parts that don't read
        histories give what they give there."""
        out: torch.Tensor = self.fuse(*self._read_fresh(table, history, known))
        return out

    @torch.no_grad()
    def weights(self, nodes: torch.Tensor) -> torch.Tensor | None:
        """float `[n, parts]`, rows that sum to 1 (a gate's: over dimensions, on average), or to 0 for a node
        that all parts miss; None where parts aren't weighed."""
        return self._shares(*self._read(nodes)) if isinstance(self.fuse, Weighted) else None

    @torch.no_grad()
    def fresh_weights(self, table: pl.DataFrame, history: History | None = None) -> torch.Tensor | None:
        """The same of new nodes, as for `fresh`."""
        return self._shares(*self._read_fresh(table, history)) if isinstance(self.fuse, Weighted) else None

    def _shares(self, vectors: Sequence[torch.Tensor], missing: torch.Tensor | None) -> torch.Tensor:
        shares: torch.Tensor = self.fuse.shares(torch.stack(list(vectors), 1), missing)
        return shares.mean(2)

    def _read(self, nodes: torch.Tensor) -> Read:
        vectors = [part(nodes) for part in self.part]
        return _left_out(vectors, [p.missing(nodes) if hasattr(p, "missing") else None for p in self.part])

    def _read_fresh(
        self, table: pl.DataFrame, history: History | None, known: torch.Tensor | None = None
    ) -> Read:
        history = History.none(table.height) if history is None else history
        some = next(self.parameters())
        dim = self.width // len(self.part) if isinstance(self.fuse, Concat) else self.width
        zeros, every = some.new_zeros(table.height, dim), some.new_ones(table.height, dtype=torch.bool)
        reads = [hasattr(part, "fresh") for part in self.part]
        given = [(table, history) if by_history else (table,) for by_history in self.by_history]
        vectors = [p.fresh(*g) if can else zeros for p, g, can in zip(self.part, given, reads)]
        pairs = zip(self.part, given, reads)
        flags = [_fresh_missing(p, g) if can else every for p, g, can in pairs]
        if known is not None:
            self._put_known(known, vectors, flags)
        return _left_out(vectors, flags)

    def _put_known(
        self, known: torch.Tensor, vectors: list[torch.Tensor], flags: list[torch.Tensor | None]
    ) -> None:
        """What parts that don't read histories give known nodes, in the place of what new ones would get."""
        rows = torch.nonzero(known >= 0)[:, 0]
        nodes = known[rows]
        for i, (part, by_history) in enumerate(zip(self.part, self.by_history)):
            if by_history or not len(rows):
                continue
            vectors[i] = vectors[i].index_copy(0, rows, part(nodes).to(vectors[i]))
            missing = part.missing(nodes) if hasattr(part, "missing") else None
            flag = known.new_zeros(len(known), dtype=torch.bool) if flags[i] is None else flags[i].clone()
            flag[rows] = False if missing is None else missing
            flags[i] = flag


def _fresh_missing(part: nn.Module, given: tuple[pl.DataFrame | History, ...]) -> torch.Tensor | None:
    """bool `[n]`, the new nodes that a part misses, or None."""
    found: torch.Tensor | None = part.fresh_missing(*given) if hasattr(part, "fresh_missing") else None
    return found


Read = tuple[list[torch.Tensor], torch.Tensor | None]
"""Each part's vectors `[n, d]`, zeros where it misses a node; and bool `[n, parts]`, or None for none."""


def _left_out(vectors: list[torch.Tensor], flags: Sequence[torch.Tensor | None]) -> Read:
    """flags: bool `[n]` for each part, the nodes that it misses, or None."""
    if all(flag is None for flag in flags):
        return vectors, None
    nothing = vectors[0].new_zeros(len(vectors[0]), dtype=torch.bool)
    missing = torch.stack([nothing if flag is None else flag for flag in flags], 1)
    return [x.masked_fill(missing[:, i, None], 0) for i, x in enumerate(vectors)], missing


class Sum(nn.Module):
    """`e_i = Σ_p x_ip`."""

    def forward(self, vectors: Sequence[torch.Tensor], missing: torch.Tensor | None) -> torch.Tensor:
        return reduce(torch.add, vectors)


class Concat(nn.Module):
    """`e_i = [x_i1; …; x_iP]`."""

    def forward(self, vectors: Sequence[torch.Tensor], missing: torch.Tensor | None) -> torch.Tensor:
        return torch.cat(list(vectors), dim=1)


class Weighted(nn.Module):
    """`e_i = Σ_p a_ip ⊙ x_ip`, where `a_i` is a softmax over the parts that don't miss node i.

    scores: a module from `[n, P, d]` to `[n, P, d]` (a weight for each dimension) or `[n, P, 1]`.
    """

    def __init__(self, scores: nn.Module) -> None:
        super().__init__()
        self.scores = scores

    def forward(self, vectors: Sequence[torch.Tensor], missing: torch.Tensor | None) -> torch.Tensor:
        stack = torch.stack(list(vectors), 1)
        return (self.shares(stack, missing) * stack).sum(1)

    def shares(self, stack: torch.Tensor, missing: torch.Tensor | None) -> torch.Tensor:
        """Weights of the parts, exactly 0 for one that misses the node."""
        scores = self.scores(stack)
        if missing is None:
            return torch.softmax(scores, 1)
        away = missing[:, :, None]
        # Not -inf: of a node that all parts miss, the softmax would be NaN.
        scores = scores.masked_fill(away, torch.finfo(scores.dtype).min)
        return torch.softmax(scores, 1).masked_fill(away, 0)


class Gate(nn.Module):
    """`s_i = W [x_i1; …; x_iP] + b`, a score for each part and dimension. Of two parts, the softmax is the
    sigmoid of a gated multimodal unit (Arevalo et al. 2017, arXiv:1702.01992); its tanh is left out, for
    encoders give vectors of one space. All scores are 0 at first, and the result is the mean."""

    def __init__(self, parts: int, dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(parts * dim, parts * dim))
        self.bias = nn.Parameter(torch.zeros(parts * dim))

    def forward(self, stack: torch.Tensor) -> torch.Tensor:
        return nn.functional.linear(stack.flatten(1), self.weight, self.bias).view_as(stack)


class Attention(nn.Module):
    """`s_ip = q · tanh(W_p x_ip + b_p) / d`, a score for each part (Wang et al. 2020, AM-GCN,
    arXiv:2007.02265). First vectors are small, so that the result is near the mean at first."""

    def __init__(self, parts: int, dim: int, generator: torch.Generator) -> None:
        super().__init__()
        self.part = nn.ModuleList(linear(dim, dim, generator) for _ in range(parts))
        self.query = normal(1, dim, 1.0, generator)

    def forward(self, stack: torch.Tensor) -> torch.Tensor:
        hidden = [torch.tanh(part(x)) for part, x in zip(self.part, stack.unbind(1))]
        # A mean, not a sum: a step of Adam would move that by up to d times the learning rate, and the part
        # that learns first would soon be the only one.
        return torch.stack(hidden, 1) @ self.query.T / stack.shape[2]


def fusing(fuse: str, parts: int, spec: Spec) -> nn.Module:
    """The module of `fuse:` over so many parts of `spec.dim` columns; one part stays as it is."""
    if fuse == "concat":
        return Concat()
    if fuse == "sum" or parts == 1:
        return Sum()
    return Weighted(Gate(parts, spec.dim) if fuse == "gate" else Attention(parts, spec.dim, spec.generator))
