"""First vectors by what users and items have in common: the leading factors of their normalised matrix."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import torch
from torch import nn

from recbox.kernel import Graph
from recbox.plugin import Adjacency, Spec, sparse
from recbox.plugin.init import normal

NOTHING = 1e-4
"""A singular value beside the largest that rounding makes of none."""
ROUNDS = 6
"""Of the power method. These are first values: the last ones needn't be told from the next."""

Parts = dict[str, torch.Tensor]

_waiting: WeakKeyDictionary[Graph, dict[tuple[int, int], Parts]] = WeakKeyDictionary()
"""What was found for the other type of nodes, until it asks. By width and seed."""


def spectral(spec: Spec, std: float) -> nn.Parameter:
    """Users' rows of `U √S` or items' of `V √S`, of `D_U^{-1/2} R D_I^{-1/2}`, times what gives both together
    this standard deviation. Nodes without an interaction, and columns beyond the rank, are drawn."""
    assert spec.train is not None  # noqa: S101
    table, own = normal(spec.count, spec.dim, std, spec.generator), _factors(spec)
    known = torch.unique(torch.from_numpy(getattr(spec.train.interaction, spec.node)))
    with torch.no_grad():
        table[known, : own.shape[1]] = std * own[known]
    return table


def _factors(spec: Spec) -> torch.Tensor:
    """Of this type's nodes; found once for both types."""
    assert spec.graph is not None  # noqa: S101
    waiting, key = _waiting.setdefault(spec.graph, {}), (spec.dim, spec.context.seed)
    found = waiting.pop(key, {})
    if spec.node not in found:
        found = _both(spec)
        waiting[key] = found
    return found.pop(spec.node)


def _both(spec: Spec) -> Parts:
    assert spec.train is not None  # noqa: S101
    matrix = Adjacency(sparse.history(spec.train), 0.5, 0.5, spec.context.kernel)
    rank = min(spec.dim, *matrix.history.shape)
    u, s, v = matrix.factors(rank, spec.context.generator("init.spectral"), ROUNDS)
    there = s > NOTHING * s[0]
    u, s, v = u[:, there], s[there], v[:, there]
    # Either sign of a factor is as good as the other: one is chosen.
    turn = torch.sign(v.gather(0, v.abs().argmax(0, keepdim=True)))
    u, v = u * turn * s.sqrt(), v * turn * s.sqrt()
    size = torch.cat([u, v]).std().clamp_min(torch.finfo(u.dtype).tiny)
    return {"user": u / size, "item": v / size}
