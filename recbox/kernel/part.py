"""One edge type of a graph on its device, and what a view leaves of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch

from recbox.graph.csr import CSR
from recbox.kernel.structure import Structure


@dataclass(frozen=True, eq=False)
class Part:
    """One edge type: its structure, its weights, where its edges stand in the union (None: in order), and
    what else is known of its edges."""

    structure: Structure
    weight: torch.Tensor | None
    position: torch.Tensor | None = None
    edge: Mapping[str, torch.Tensor] = field(default_factory=dict)


def part_of(csr: CSR, position: np.ndarray | None, device: str) -> Part:
    def tensor(array: np.ndarray | None) -> torch.Tensor | None:
        return None if array is None else torch.from_numpy(array).to(device)

    indptr, indices = torch.from_numpy(csr.indptr).to(device), torch.from_numpy(csr.indices).to(device)
    structure = Structure(indptr, indices, csr.columns, tensor(csr.reverse), csr.scratch)
    edge = {name: torch.from_numpy(array).to(device) for name, array in csr.edge.items()}
    return Part(structure, tensor(csr.weight), tensor(position), edge)


def same(part: Part) -> Part:
    return part


def cut(
    get: Callable[[], Part], whole: Part, mask: torch.Tensor, kept: torch.Tensor, before: torch.Tensor
) -> Part:
    """An edge type under a mask of the union's edges, computed when a layer asks for it."""
    part = get()
    if part.position is None:
        return kept_of(part, whole.structure, kept)
    structure, own, _ = part.structure.keep(mask[part.position])
    return kept_of(part, structure, own, before[part.position[own]])


def kept_of(
    part: Part, structure: Structure, kept: torch.Tensor, position: torch.Tensor | None = None
) -> Part:
    """What stays of an edge type: `structure`, of the edges at `kept`."""
    weight = None if part.weight is None else part.weight[kept]
    return Part(structure, weight, position, {name: x[kept] for name, x in part.edge.items()})
