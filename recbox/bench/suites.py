"""Which suites there are. Nothing heavy is imported: the command line reads this for its help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from recbox.errors import OptionError, nearest


@dataclass(frozen=True)
class Suite:
    """seconds: about, at the size of Gowalla on two cores. quick: measured where no suite is named."""

    summary: str
    seconds: int
    quick: bool = True


SUITES = {
    "kernel": Suite("each sparse product, and its bandwidth beside the STREAM triad", 15),
    "step": Suite("a training step of LightGCN, beside one over torch's COO format", 15),
    "epoch": Suite("an epoch by some of its steps, and validation", 120),
    "evaluate": Suite("full ranking, beside plain blocks of scores and torch's topk", 35),
    "startup": Suite("whole processes: the command line and its imports", 100),
    "memory": Suite("the peak of a process that trains, beside the bytes that it has to have", 45),
    "scale": Suite("an epoch and its memory at growing numbers of interactions", 30, quick=False),
    "quality": Suite("recipes from raw files to test figures, beside published ones", 70, quick=False),
    "peers": Suite("training and ranking of other toolkits, beside recbox's own", 300, quick=False),
}
"""Each is measured by `recbox.bench.NAME.measure`."""

QUICK = tuple(name for name, suite in SUITES.items() if suite.quick)


def choose(names: Sequence[str]) -> tuple[str, ...]:
    """The suites of these names, each once, in the order above; without a name all quick ones."""
    for name in names:
        if name not in SUITES:
            raise OptionError(f"there is no suite {name!r}", instead=nearest(name, list(SUITES)))
    return tuple(name for name in SUITES if name in names) or QUICK


def estimate(names: Sequence[str]) -> int:
    """Seconds that these take, about."""
    return sum(SUITES[name].seconds for name in names)
