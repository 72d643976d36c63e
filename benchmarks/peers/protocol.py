"""What a runner is told, how its steps are timed, and what it tells; standard library and numpy alone.

A runner brings `fit(work, clock)`, which trains by the peer's own loop over the batches that `clock.over`
hands on. A step lasts from one request for a batch to the next: its batch with the negatives, both passes
and the optimizer. Nothing is judged here: vectors go into a file, and recbox's own scorer judges all.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
K = 20
"""Length of the lists that are ranked."""


@dataclass(frozen=True)
class Work:
    """The same for all: LightGCN by BPR on `train.txt`. steps: timed, after `warmup` that aren't. more: what
    only this runner takes."""

    data: Path
    threads: int
    steps: int
    warmup: int
    dim: int = 64
    layers: int = 3
    batch: int = 2048
    lr: float = 0.001
    l2: float = 1e-4
    seed: int = 0
    more: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def train(self) -> np.ndarray:
        """int64 `[2, n]`: users and items, as the file numbers them."""
        return read(self.data / "train.txt")

    @cached_property
    def shape(self) -> tuple[int, int]:
        """(users, items), those of the test part among them."""
        test = read(self.data / "test.txt")
        users, items = (int(max(a.max(), b.max())) + 1 for a, b in zip(self.train, test))
        return users, items

    @property
    def batches(self) -> int:
        """Steps of an epoch."""
        return math.ceil(self.train.shape[1] / self.batch)

    @property
    def epochs(self) -> int:
        """In which all steps are, the last one begun."""
        return math.ceil((self.steps + self.warmup) / self.batches)


@dataclass
class Clock:
    """Ends an epoch's batches early, once `steps` have been timed after `warmup` others."""

    steps: int
    warmup: int
    spent: list[float] = field(default_factory=list)
    """Seconds of each step that has ended, warm-up included."""
    before: float = 0.0

    @property
    def done(self) -> bool:
        return len(self.spent) >= self.steps + self.warmup

    def begin(self) -> None:
        self.before = time.perf_counter()

    def tick(self) -> None:
        """A step has ended."""
        now = time.perf_counter()
        self.spent.append(now - self.before)
        self.before = now

    def over(self, batches: Any) -> Timed:
        """The same batches, timed."""
        return Timed(batches, self)

    @property
    def timed(self) -> list[float]:
        return self.spent[self.warmup : self.warmup + self.steps]


class Timed:
    """Stands in for a loader: its batches until the clock is done, and all else that the loader has."""

    def __init__(self, batches: Iterable[Any], clock: Clock) -> None:
        self._batches, self._clock = batches, clock

    def __len__(self) -> int:
        return len(self._batches)  # type: ignore[arg-type]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batches, name)

    def __iter__(self) -> Iterator[Any]:
        self._clock.begin()
        for batch in self._batches:
            if self._clock.done:
                return
            yield batch
            self._clock.tick()


@dataclass(frozen=True)
class Fitted:
    """vectors: gives those of all users and items `[n, d]`, as the file numbers them; their inner product is
    the score. rank: makes everybody's K best unseen items, and gives the number of users. said: what a user
    gets without asking and what matters to speed. facts: more for the document."""

    vectors: Callable[[], tuple[np.ndarray, np.ndarray]]
    said: str
    rank: Callable[[], int] | None = None
    facts: dict[str, Any] = field(default_factory=dict)


Fit = Callable[[Work, Clock], Fitted]


def main(fit: Fit, packages: tuple[str, ...], **options: str) -> None:
    """A runner's command line. packages: distributions whose versions are told, the peer's own first.
    options: what it takes besides, each with its default."""
    parser = argparse.ArgumentParser(description=sys.modules[fit.__module__].__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of train.txt and test.txt")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--warmup", type=int, default=5)
    parser.add_argument("--out", type=Path, required=True, help="JSON")
    parser.add_argument("--vectors", type=Path, help="npz, for judging")
    for name, default in options.items():
        parser.add_argument(f"--{name}", default=default)
    asked = vars(parser.parse_args())
    out, vectors = asked.pop("out"), asked.pop("vectors")
    more = {name: asked.pop(name) for name in options}
    os.environ.update(dict.fromkeys(THREADS, str(asked["threads"])))  # before anything reads them
    work = Work(**asked, more=more)
    document, fitted = run(fit, work)
    document["versions"] = {name: version(name) for name in packages}
    out.write_text(json.dumps(document, indent=1), encoding="utf-8")
    if vectors:
        import numpy as np

        user, item = fitted.vectors()
        np.savez(vectors, user=user, item=item)


def run(fit: Fit, work: Work) -> tuple[dict[str, Any], Fitted]:
    """The document of one runner, and what was fitted."""
    clock, start = Clock(work.steps, work.warmup), time.perf_counter()
    interactions = work.train.shape[1]
    read_s = time.perf_counter() - start
    fitted = fit(work, clock)
    document = {
        "python": platform.python_version(),
        "interactions": interactions,
        "batches": work.batches,
        "read_s": read_s,
        "fit_s": time.perf_counter() - start - read_s,
        "step_s": clock.timed,
        "peak_mib": peak_mib(),
        "said": fitted.said,
        **fitted.facts,
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
    """The most memory that this process has held. Linux's `ru_maxrss` also knows that of the process which
    started it, so `VmHWM` is read where there is one."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text(encoding="utf-8").splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
