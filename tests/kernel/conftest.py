"""Random structures, the kernels that this machine has, and dense references in float64."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
import block
import torch

from recbox.graph import CSR, Layout, interaction_csr
from recbox.kernel import Graph, choose
from recbox.kernel.choice import instance
from recbox.kernel.dgl_door import missing
from recbox.kernel.kernel import Kernel
from recbox.kernel.structure import Structure

block.install()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.kernel)


@pytest.fixture(params=["torch", "dgl"])
def kernel(request: pytest.FixtureRequest) -> Kernel:
    """Each kernel in turn."""
    if request.param == "dgl" and missing():
        pytest.skip(missing())
    return instance(choose(request.param, "cpu"))


@pytest.fixture
def both() -> tuple[Kernel, Kernel]:
    """DGL's kernel and torch's."""
    if missing():
        pytest.skip(f"needs both kernels: {missing()}")
    return instance(choose("dgl", "cpu")), instance(choose("torch", "cpu"))


@pytest.fixture
def bipartite() -> Callable[..., Structure]:
    """A random structure with some empty rows and columns; not symmetric."""
    return random_structure


def random_structure(rows: int = 30, columns: int = 20, share: float = 0.2, seed: int = 0) -> Structure:
    draw = torch.Generator().manual_seed(seed)
    dense = torch.rand(rows, columns, generator=draw) < share
    dense[rows // 2], dense[:, columns // 2] = False, False
    indptr = torch.cat([torch.zeros(1, dtype=torch.int64), dense.sum(1).cumsum(0)])
    return Structure(indptr, dense.nonzero()[:, 1].contiguous(), columns)


@pytest.fixture
def interactions() -> Callable[..., CSR]:
    """A random symmetric structure of users and items, some of them without edges."""
    return random_interactions


def random_interactions(
    users: int = 25, items: int = 15, pairs: int = 90, seed: int = 0, weighted: bool = False
) -> CSR:
    draw = np.random.default_rng(seed)
    pair = draw.choice((users - 1) * (items - 1), pairs, replace=False)
    weight = draw.integers(1, 6, pairs) / 2 if weighted else None
    return interaction_csr(pair // (items - 1), pair % (items - 1), users, items, weight)


@pytest.fixture
def graph(kernel: Kernel) -> Graph:
    """A small unweighted graph on each kernel."""
    return Graph.build(LAYOUT, {"interaction": random_interactions()}, kernel=kernel.name)


LAYOUT = Layout((("user", 25), ("item", 15)))


@pytest.fixture
def layout() -> Layout:
    """Of the random interactions."""
    return LAYOUT


@pytest.fixture
def dense() -> Callable[..., torch.Tensor]:
    """The float64 matrix of a graph or structure."""
    return as_dense


def as_dense(g: Graph | Structure, weight: torch.Tensor | None = None) -> torch.Tensor:
    rows = len(g.indptr) - 1
    columns = g.nodes if isinstance(g, Graph) else g.n_columns
    out = torch.zeros(rows, columns, dtype=torch.float64)
    own = getattr(g, "weight", None) if weight is None else weight
    out[g.rows, g.indices] = torch.ones(len(g.indices), dtype=torch.float64) if own is None else own.double()
    return out
