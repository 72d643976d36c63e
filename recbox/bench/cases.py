"""What is measured: for each product, who computes it, in which type, and what it has to move at least."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch

from recbox.graph import CSR, Layout
from recbox.kernel import Graph, top_k
from recbox.kernel.dgl_door import load, reaches

Call = Callable[[], object]


@dataclass(frozen=True)
class Group:
    """Calls with the same result. `traffic`: bytes that each must at least read and write, 0 where not meant.

    Names are `who type`; all are compared with `against`.
    """

    what: str
    calls: dict[str, Call]
    traffic: dict[str, int]
    against: str


@dataclass(frozen=True)
class Setup:
    """The graph on each kernel that there is, and its vectors."""

    csr: CSR
    graph: dict[str, Graph]
    x: torch.Tensor
    device: str


def setup(layout: Layout, csr: CSR, dim: int, device: str, draw: torch.Generator) -> Setup:
    """Bind the structure to every kernel."""
    names = ["dgl", "torch"] if reaches(device.split(":")[0]) else ["torch"]
    graph = {name: Graph.build(layout, {"interaction": csr}, kernel=name, device=device) for name in names}
    return Setup(csr, graph, torch.randn(layout.total, dim, generator=draw).to(device), device)


def groups(s: Setup, draw: torch.Generator) -> Iterator[Group]:
    """All groups, one at a time, so that only one is in memory."""
    yield _sum(s)
    yield _hop(s)
    yield _weighted(s)
    yield _dot(s)
    yield _softmax(s)
    yield _view(s, draw)
    yield _rank(s, draw)


def _sum(s: Setup) -> Group:
    narrow = s.x.bfloat16()
    calls: dict[str, Call] = {f"{n} fp32": lambda g=g: g.spmm(s.x) for n, g in s.graph.items()}
    if s.device == "cpu":  # else the sum is float32's between two conversions
        calls["torch bf16"] = lambda: s.graph["torch"].spmm(narrow)
    if "dgl" in s.graph:
        ops, graph = load().ops, s.graph["dgl"].dgl().int()
        calls["dgl's own bf16"] = lambda: ops.copy_u_sum(graph, narrow)
    coo = _coo(s)
    calls["torch-coo fp32"] = lambda: coo @ s.x
    if s.device == "cpu":
        calls["scipy fp32 (one thread)"] = _scipy(s)
    traffic = {name: _bytes(s, 2 if "bf16" in name else 4) for name in calls}
    return Group("sum of neighbours", calls, traffic, _first(s))


def _hop(s: Setup) -> Group:
    """A hop of LightGCN, with its gradient."""
    x = s.x.clone().requires_grad_()
    up = torch.ones_like(s.x)
    calls: dict[str, Call] = {
        f"{n} fp32": lambda g=g: g.propagate(x).backward(up) for n, g in s.graph.items()
    }
    coo = _coo(s)
    calls["torch-coo fp32"] = lambda: (coo @ x).backward(up)
    return Group(
        "normalised hop, forward and backward", calls, dict.fromkeys(calls, 2 * _bytes(s, 4)), _first(s)
    )


def _weighted(s: Setup) -> Group:
    w = torch.rand(s.csr.edges, device=s.device)
    calls: dict[str, Call] = {f"{n} fp32": lambda g=g: g.spmm(s.x, w) for n, g in s.graph.items()}
    if "dgl" in s.graph:
        ops, graph, column = load().ops, s.graph["dgl"].dgl(), w[:, None]
        calls["dgl's own fp32"] = lambda: ops.u_mul_e_sum(graph, s.x, column)
    traffic = _bytes(s, 4) + 4 * s.csr.edges
    return Group("weighted sum", calls, dict.fromkeys(calls, traffic), _first(s))


def _dot(s: Setup) -> Group:
    calls: dict[str, Call] = {f"{n} fp32": lambda g=g: g.sddmm(s.x, s.x) for n, g in s.graph.items()}
    if "dgl" in s.graph:
        ops, graph = load().ops, s.graph["dgl"].dgl()
        calls["dgl's own fp32"] = lambda: ops.u_dot_v(graph, s.x, s.x)
    return Group(
        "dot of the two ends", calls, dict.fromkeys(calls, _bytes(s, 4) + 4 * s.csr.edges), _first(s)
    )


def _softmax(s: Setup) -> Group:
    e = torch.rand(s.csr.edges, device=s.device)
    calls: dict[str, Call] = {f"{n} fp32": lambda g=g: g.edge_softmax(e) for n, g in s.graph.items()}
    return Group("edge softmax", calls, dict.fromkeys(calls, 8 * s.csr.edges + 8 * s.csr.rows), _first(s))


def _view(s: Setup, draw: torch.Generator) -> Group:
    g = next(iter(s.graph.values()))
    calls: dict[str, Call] = {"draw and cut": lambda: g.view(g.edge_dropout(0.1, draw))}
    return Group("view without a tenth of the edges", calls, dict.fromkeys(calls, 0), "draw and cut")


def _rank(s: Setup, draw: torch.Generator) -> Group:
    """All items for 512 users; torch's own leaves ties in any order."""
    scores = torch.randn(512, s.csr.rows, generator=draw).to(s.device)
    level = scores.round(decimals=1)
    calls: dict[str, Call] = {
        "recbox": lambda: top_k(scores, 20),
        "recbox, many ties": lambda: top_k(level, 20),
        "torch.topk": lambda: scores.topk(min(20, scores.shape[1])),
    }
    return Group("best 20 of all nodes, 512 rows", calls, dict.fromkeys(calls, 4 * scores.numel()), "recbox")


def _first(s: Setup) -> str:
    return f"{next(iter(s.graph))} fp32"


def _bytes(s: Setup, size: int) -> int:
    """The structure and x read once, the result written once."""
    return 8 * (s.csr.edges + s.csr.rows + 1) + 2 * size * s.x.numel()


def _coo(s: Setup) -> torch.Tensor:
    g = s.graph["torch"]
    ones = torch.ones(g.edges, device=s.device)
    place = torch.stack([g.rows, g.indices])
    return torch.sparse_coo_tensor(place, ones, (g.nodes, g.nodes), check_invariants=False).coalesce()


def _scipy(s: Setup) -> Call:
    import numpy as np
    from scipy.sparse import csr_array

    shape = (s.csr.rows, s.csr.columns)
    matrix: Any = csr_array((np.ones(s.csr.edges, np.float32), s.csr.indices, s.csr.indptr), shape=shape)
    x = s.x.numpy()
    return lambda: matrix @ x
