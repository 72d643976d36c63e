"""The law of layers that look at some edge types alone."""

from __future__ import annotations

import torch

from recbox.contract.case import Case
from recbox.contract.law import Skip, hold, law
from recbox.contract.layered import Inputs, build, close, edges, options
from recbox.contract.toy_graph import PAIRS, small_graph, vectors


@law(instead="ask for `graph[type]` of the types in `only_edges`, or let it be None")
def other_edges_change_nothing(case: Case) -> None:
    """Where `only_edges` names edge types: what it needs is among them, and with edges of all other types in
    the graph too, the output is the same."""
    only = options(case).only_edges
    if only is None:
        raise Skip("it doesn't claim to look at some edge types alone")
    needed = edges(case)
    hold(
        needed <= only,
        f"it needs edges of type {', '.join(sorted(needed - only))}, and looks at others alone",
    )
    few, all_ = (_output(case, types) for types in (only & PAIRS.keys(), frozenset(PAIRS)))
    close(few, all_, "edges of other types change the output by {}")


@torch.no_grad()
def _output(case: Case, types: frozenset[str]) -> torch.Tensor:
    graph, x = small_graph(types), vectors()
    out: torch.Tensor = build(case, case.context, Inputs(graph, x)).eval()(graph, x)
    return out
