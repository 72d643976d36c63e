"""A trial of a few milliseconds that catches a DGL which is there and can't be used at speed.

On some virtual machines DGL reads the cache's size as 0 and cuts its work into thousands of pieces: seconds
in place of milliseconds, and no error. It is the same on a small graph, so a small graph tells.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import torch

from recbox.kernel.structure import Structure

LIMIT = 12.0
"""Times torch's own product: DGL takes two or three where it works, a hundred and more in the trap."""


@dataclass(frozen=True)
class Trial:
    """Milliseconds of each kernel's sum, the best of five."""

    dgl_ms: float
    torch_ms: float

    @property
    def trapped(self) -> bool:
        """Whether DGL is so slow that something is wrong with it."""
        return self.dgl_ms > LIMIT * self.torch_ms


@cache
def trial() -> Trial:
    """The trial of this process, made once."""
    from recbox.kernel.dgl_kernel import DGLKernel
    from recbox.kernel.torch_kernel import TorchKernel

    s, x = _ring(1024, 8), torch.ones(1024, 32)
    dgl, own = DGLKernel(), TorchKernel()
    with _one_thread():
        rounds = [(_time(lambda: dgl.sum(s, x)), _time(lambda: own.sum(s, x))) for _ in range(5)]
        return Trial(*map(min, zip(*rounds)))


@contextmanager
def _one_thread() -> Iterator[None]:
    """Threads that wait for each other on a busy machine would be measured, not the kernels."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _ring(nodes: int, edges: int) -> Structure:
    """Each node receives from the `edges` nodes after it."""
    source = (torch.arange(nodes)[:, None] + torch.arange(1, edges + 1)) % nodes
    return Structure(torch.arange(nodes + 1) * edges, source.sort(dim=1).values.flatten(), nodes)


def _time(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1e3
