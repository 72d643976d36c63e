"""Random views: edges or nodes left out, as SGL (Wu et al. 2021, arXiv:2010.10783) uses them."""

from __future__ import annotations

import torch

from recbox.errors import KernelError
from recbox.kernel.structure import Structure
from recbox.kernel.view import View


def edge_dropout(s: Structure, p: float, generator: torch.Generator) -> View:
    """Each edge is left out with probability p, both of its directions together."""
    pair, pairs = s.cached("pair", lambda: _pairs(s))
    keep = torch.rand(pairs, generator=generator, device=generator.device) >= _share(p)
    return View(keep=keep.to(s.device)[pair])


def node_dropout(s: Structure, p: float, generator: torch.Generator) -> View:
    """Each node loses all its edges with probability p."""
    drop = torch.rand(s.n_rows, generator=generator, device=generator.device) < _share(p)
    return View(drop=drop.to(s.device))


def by_layer(view: View, layers: int) -> tuple[View, ...]:
    """The view of each of so many layers; a KernelError where it is of others."""
    if not view.layers:
        return (view,) * layers
    if view.keep is not None or view.drop is not None:
        raise KernelError("the view has masks beside those of its layers", where="view")
    if len(view.layers) != layers:
        what = f"the view is of {len(view.layers)} layers"
        raise KernelError(what, where="view", why=f"the recommender has {layers}")
    return view.layers


def edge_mask(s: Structure, view: View) -> torch.Tensor | None:
    """bool `[edges]`: which edges a view leaves; None for all. A KernelError for a view of another graph."""
    mask = view.keep
    if mask is not None:
        _fits(mask, s.edges, "keep", "edges")
        if s.reverse is not None and not torch.equal(mask[s.reverse], mask):
            raise KernelError("the view keeps one direction of an edge and drops the other", where="view")
    if view.drop is not None:
        _fits(view.drop, s.n_rows, "drop", "nodes")
        stay = ~view.drop
        ends = stay[s.rows] & stay[s.indices]
        mask = ends if mask is None else mask & ends
    return mask


def _pairs(s: Structure) -> tuple[torch.Tensor, int]:
    """int64 `[edges]`: the number of the undirected edge that each edge belongs to; and their count."""
    own = torch.arange(s.edges, device=s.device)
    if s.reverse is None:
        return own, s.edges
    first = own <= s.reverse
    number = first.cumsum(0) - 1
    return torch.where(first, number, number[s.reverse]), int(first.sum())


def _share(p: float) -> float:
    if not 0.0 <= p <= 1.0:
        raise KernelError(f"a dropout of {p} makes no sense", why="it is a share between 0 and 1")
    return p


def _fits(mask: torch.Tensor, size: int, name: str, what: str) -> None:
    if mask.dtype != torch.bool or mask.shape != (size,):
        raise KernelError(
            f"{name} is {mask.dtype} {tuple(mask.shape)}", where="view", why=f"the graph has {size} {what}"
        )
