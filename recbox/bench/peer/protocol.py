"""What a runner is asked and what it answers; standard library and numpy alone.

A runner brings `fit(work, clock)`, which trains by the peer's own loop over the batches that `clock.over`
hands on. A step is a batch with its negatives, both passes and the optimizer. Nothing is judged here: vectors
go into a file, and recbox's own scorer judges all.
"""

from __future__ import annotations

import json
import math
import platform
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .clock import Clock

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Work:
    """The same for all: LightGCN by BPR and L2 on `folder/train.txt`. shape: users and items. steps: timed,
    after `warmup` that aren't. k: length of the lists that are ranked. more: what only this runner takes."""

    folder: str
    shape: tuple[int, int]
    threads: int
    steps: int
    warmup: int
    dim: int
    layers: int
    batch: int
    lr: float
    l2: float
    seed: int
    k: int
    more: dict[str, Any]

    @cached_property
    def train(self) -> np.ndarray:
        """int64 `[2, n]`: users and items, as the file numbers them."""
        return read(Path(self.folder, "train.txt"))

    @property
    def batches(self) -> int:
        """Steps of an epoch."""
        return math.ceil(self.train.shape[1] / self.batch)

    @property
    def epochs(self) -> int:
        """In which all steps are, the last one begun."""
        return math.ceil((self.steps + self.warmup) / self.batches)


@dataclass(frozen=True)
class Fitted:
    """vectors: gives those of all users and items `[n, d]`, as the file numbers them; their inner product is
    the score. rank: makes everybody's k best unseen items, and gives the number of users. said: what a user
    gets without asking and what matters to speed."""

    vectors: Callable[[], tuple[np.ndarray, np.ndarray]]
    said: str
    rank: Callable[[], int] | None = None


Fit = Callable[[Work, Clock], Fitted]


def main(fit: Fit, packages: tuple[str, ...]) -> None:
    """Answer the question that is the command line's only argument: JSON of `work`; `out`, the file for the
    answer; and `vectors`, that for them, or null. packages: distributions whose versions are told, the peer's
    own first."""
    question = json.loads(sys.argv[1])
    document, fitted = run(fit, Work(**question["work"]))
    document["versions"] = {name: version(name) for name in packages}
    Path(question["out"]).write_text(json.dumps(document), encoding="utf-8")
    if question["vectors"]:
        import numpy as np

        user, item = fitted.vectors()
        np.savez(question["vectors"], user=user, item=item)


def run(fit: Fit, work: Work) -> tuple[dict[str, Any], Fitted]:
    """The answer of one runner, and what was fitted. `step_s`: seconds of each step, none of a method without
    steps; `batches`: steps of an epoch; `peak_mib`: before anything is ranked; `users_per_s`: where it ranks.
    """
    clock, batches = Clock(work.steps, work.warmup), work.batches
    fitted = fit(work, clock)
    document = {
        "python": platform.python_version(),
        "batches": batches,
        "step_s": clock.timed,
        "peak_mib": peak_mib(),
        "said": fitted.said,
    }
    if fitted.rank is not None:
        start = time.perf_counter()
        users = fitted.rank()
        document["users_per_s"] = users / (time.perf_counter() - start)
    return document, fitted


def read(path: Path) -> np.ndarray:
    """int64 `[2, n]` of lines `user item item ...`."""
    import numpy as np

    rows = [np.array(line.split(), np.int64) for line in path.read_text(encoding="utf-8").splitlines()]
    user = [np.full(len(row) - 1, row[0]) for row in rows if len(row)]
    return np.stack([np.concatenate(user), np.concatenate([row[1:] for row in rows if len(row)])])


def placed(rows: np.ndarray, ids: Iterable[Any], count: int) -> np.ndarray:
    """`[count, d]`: each row at its id; zeros for those without one."""
    import numpy as np

    found = np.zeros((count, rows.shape[1]), np.float32)
    found[np.array([int(i) for i in ids], np.int64)] = rows
    return found


def peak_mib() -> float:
    """MiB that this process has had at most; `getrusage` would count what started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return float(status.partition("VmHWM:")[2].split()[0]) / 1024
