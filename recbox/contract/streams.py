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
    """Hands out what names the shared streams that were seeded or drawn from since the block began.

    They begin at a place of their own, so that a seed shows whatever it is, and are put back at the end.
    """
    import torch

    def states() -> dict[str, str]:
        return {
            "random": repr(random.getstate()),
            "numpy.random": snapshot(np.random.get_state(legacy=True)),
            "torch": snapshot(torch.get_rng_state()),
        }

    kept = random.getstate(), np.random.get_state(), torch.get_rng_state()
    version, words, gauss = kept[0]
    elsewhere = torch.Generator()
    elsewhere.seed()
    try:
        random.setstate((version, (*words[1:-1], words[0], words[-1]), gauss))
        np.random.set_state(dict(np.random.MT19937().state))
        torch.set_rng_state(elsewhere.get_state())
        before = states()
        yield lambda: [name for name, state in states().items() if state != before[name]]
    finally:
        random.setstate(kept[0])
        np.random.set_state(kept[1])
        torch.set_rng_state(kept[2])
