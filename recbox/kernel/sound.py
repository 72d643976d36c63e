"""Whether structures and scales are those of a graph."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recbox.errors import KernelError, nearest
from recbox.graph.csr import CSR
from recbox.graph.layout import Layout
from recbox.kernel.door import check


def sound_csr(layout: Layout, name: str, csr: CSR) -> CSR:
    """The structure of an edge type, checked; a KernelError for one that is unsound or of other nodes."""
    sound = check(csr, where=f"edge type {name!r}")
    if not sound.rows == sound.columns == layout.total:
        raise KernelError(
            f"the structure is {sound.rows} × {sound.columns}",
            where=f"edge type {name!r}",
            why=f"the layout has {layout.total} nodes",
        )
    return sound


def scales(edges: Mapping[str, CSR], scale: Mapping[str, float]) -> Mapping[str, float]:
    """What types count in the union; a KernelError for what there is not, or is no number."""
    if not edges:
        raise KernelError("a graph needs at least one edge type")
    for name, value in scale.items():
        if name not in edges:
            raise KernelError(f"there is no edge type {name!r} to scale", instead=nearest(name, list(edges)))
        if not np.isfinite(np.float32(value)):
            raise KernelError(f"the scale of edge type {name!r} is {value}")
    return scale
