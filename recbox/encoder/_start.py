"""First vectors by what users and items have in common: the leading factors of their normalised matrix."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import torch
from torch import nn

from recbox.kernel import Graph
from recbox.plugin import Adjacency, Spec, sparse
from recbox.plugin.init import normal

ROUNDS = 6
"""Of the power method. These are first values: the last ones needn't be told from the next."""

_found: WeakKeyDictionary[Graph, dict[int, tuple[torch.Tensor, torch.Tensor]]] = WeakKeyDictionary()


def spectral(spec: Spec, std: float) -> nn.Parameter:
    """Users' rows of `U √S` or items' of `V √S`, of `D_U^{-1/2} R D_I^{-1/2}`, times what gives both together
    this standard deviation. Nodes without an interaction, and columns beyond the rank, are drawn."""
    assert spec.train is not None  # noqa: S101
    table = normal(spec.count, spec.dim, std, spec.generator)
    own = _factors(spec)[0 if spec.node == "user" else 1]
    known = torch.unique(torch.from_numpy(getattr(spec.train.interaction, spec.node)))
    with torch.no_grad():
        table[known, : own.shape[1]] = std * own[known]
    return table


def _factors(spec: Spec) -> tuple[torch.Tensor, torch.Tensor]:
    """Of users and of items, found once for both."""
    assert spec.graph is not None and spec.train is not None  # noqa: S101
    kept = _found.setdefault(spec.graph, {})
    if spec.dim not in kept:
        matrix = Adjacency(sparse.history(spec.train), 0.5, 0.5, spec.context.kernel)
        rank = min(spec.dim, *matrix.history.shape)
        u, s, v = matrix.factors(rank, spec.context.generator("init.spectral"), ROUNDS)
        # Either sign of a factor is as good as the other: one is chosen.
        turn = torch.sign(v.gather(0, v.abs().argmax(0, keepdim=True)))
        u, v = u * turn * s.sqrt(), v * turn * s.sqrt()
        size = torch.cat([u, v]).std().clamp_min(torch.finfo(u.dtype).tiny)
        kept[spec.dim] = u / size, v / size
    return kept[spec.dim]
