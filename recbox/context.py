"""What a run is given besides its recipe: one frozen object, made at the front door and passed down."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from recbox.progress import SILENT, Progress
from recbox.scratch import MEMORY, Scratch

if TYPE_CHECKING:
    import numpy as np
    import torch

    from recbox.rehearsal import Rehearsal


@dataclass(frozen=True)
class Context:
    """Device, precision, threads, kernel, seed, places and limits of one run.

    Random draws: one stream per purpose, so that a new draw somewhere moves no other. A key of integers
    (epoch, step) makes a stream of its own, so that a resumed run restores no random state.

    Stability: stable for callers.
    """

    seed: int = 0
    """Of every stream below; the recipe's, or `--seed`."""
    device: str = "cpu"
    """`cpu`, `cuda` or `cuda:N`."""
    precision: str = "fp32"
    """`fp32`, or `bf16`: then training runs under autocast."""
    threads: int = field(default_factory=lambda: len(os.sched_getaffinity(0)))
    kernel: str = "auto"
    """`auto`, `dgl` or `torch`."""
    progress: Progress = SILENT
    """Where long work is shown: `with context.progress.task("read", total=n, unit="row") as task:`, and in it
    `task.advance()`."""
    folder: Path = field(default_factory=Path.cwd)
    """The recipe's folder: relative paths are looked for here first."""
    data_dir: tuple[Path, ...] = ()
    """Folders that may hold data sets, in order."""
    offline: bool = False
    """Nothing is fetched."""
    memory: int = field(default_factory=lambda: memory_bytes() // 2)
    """Bytes that a single method may plan to use."""
    scratch: Scratch = MEMORY
    """Where large arrays of the data and the graph lie: in memory, or in files of a folder."""
    rehearsal: Rehearsal | None = None
    """Where a run is only estimated: see `recbox.rehearsal`."""

    def with_(self, **change: Any) -> Self:
        """The same context with some fields changed."""
        return replace(self, **change)

    def random(self, purpose: str, *key: int) -> np.random.Generator:
        """A numpy stream for `purpose` and `key`."""
        import numpy as np

        return np.random.default_rng([self.seed, zlib.crc32(purpose.encode()), *key])

    def generator(self, purpose: str, *key: int) -> torch.Generator:
        """A torch stream (on the CPU, so that every device draws the same) for `purpose` and `key`."""
        import torch

        state = self.random(purpose, *key).integers(0, 2**63 - 1)
        return torch.Generator().manual_seed(int(state))

    @contextmanager
    def draws(self, purpose: str, *key: int) -> Iterator[None]:
        """Torch's own stream, from which modules such as `nn.Dropout` draw, is that of `purpose` and
        `key` for the block, and is put back afterwards."""
        import torch

        source = self.generator(purpose, *key)
        accelerators = [torch.device(self.device)] if self.device.startswith("cuda") else []
        with torch.random.fork_rng(devices=accelerators):
            torch.set_rng_state(source.get_state())
            for device in accelerators:
                torch.cuda.set_rng_state(_cuda_state(device, source), device)
            yield


def _cuda_state(device: torch.device, source: torch.Generator) -> torch.Tensor:
    import torch

    return torch.Generator(device).manual_seed(source.initial_seed()).get_state()


def memory_bytes() -> int:
    """Bytes of memory in this machine, or of the control group if that is less."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:
        return machine
    return min(machine, int(limit)) if limit.isdigit() else machine
