"""The streams of random numbers that everybody shares: whether a block of code touched them."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator

import numpy as np

from recbox.contract.snapshot import snapshot

Moved = Callable[[], list[str]]


@contextlib.contextmanager
def watched() -> Iterator[Moved]:
    """Hands out what names the shared streams that were seeded or drawn from since the block began; they are
    put back at its end."""
    import torch

    def states() -> dict[str, str]:
        return {
            "random": repr(random.getstate()),
            "numpy.random": snapshot(np.random.get_state(legacy=True)),
            "torch": snapshot(torch.get_rng_state()),
        }

    before = states()
    kept = random.getstate(), np.random.get_state(), torch.get_rng_state()
    try:
        yield lambda: [name for name, state in states().items() if state != before[name]]
    finally:
        random.setstate(kept[0])
        np.random.set_state(kept[1])
        torch.set_rng_state(kept[2])
