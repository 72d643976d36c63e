"""From what a caller says to a registry, a context and a checked recipe."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recbox.api.blaming import blaming
from recbox.context import Context
from recbox.errors import OptionError
from recbox.progress import SILENT, Progress
from recbox.recipe import folder_of, load
from recbox.recipe.recipe import Recipe
from recbox.registry import Registry
from recbox.scratch import MEMORY, Scratch

GIB = 1 << 30
ALL, SOME = 2**31 - 1, 1 << 28
"""Bytes of freed memory that are kept at most: the second spares what a step needs, and not what the data
needs, which is to go into files."""
Where = str | Path | Mapping[str, Any]


@dataclass(frozen=True)
class Setting:
    """Everything that a run is given."""

    recipe: Recipe
    registry: Registry
    context: Context


def settle(
    recipe: Where,
    *,
    sets: Sequence[str] = (),
    data_dir: Iterable[str | Path] = (),
    code: Iterable[str | Path] = (),
    seed: int | None = None,
    threads: int | None = None,
    memory: float | None = None,
    scratch: str | Path | None = None,
    kernel: str = "auto",
    offline: bool = False,
    progress: Progress = SILENT,
) -> Setting:
    """Read and check the recipe; torch is not imported. memory: GiB. scratch: a folder for large arrays."""
    from recbox.data import search_path

    registry = Registry(Path(c) for c in code)
    limits = _limits(threads, memory)
    place = MEMORY if scratch is None else Scratch.at(scratch)
    context = Context(
        folder=folder_of(recipe),
        data_dir=search_path([Path(d) for d in data_dir]),
        kernel=kernel,
        offline=offline,
        progress=progress,
        scratch=place,
        **limits,
    )
    changes = [*sets, *([] if seed is None else [f"seed={seed}"])]
    with blaming(registry):
        checked = load(recipe, sets=changes, registry=registry, context=context)
    return Setting(checked, registry, context.with_(seed=checked.seed))


@dataclass(frozen=True)
class Given:
    """What a command over several recipes is told of them all, as plain data; each is read with it."""

    data_dir: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    seed: int | None = None
    threads: int | None = None
    memory: float | None = None
    scratch: str | None = None
    kernel: str = "auto"
    offline: bool = False

    def settle(
        self, recipe: Where, progress: Progress, sets: Sequence[str] = (), seed: int | None = None
    ) -> Setting:
        """The recipe, with these changes on top."""
        said = {name: value for name, value in vars(self).items() if name not in ("sets", "seed")}
        seed = self.seed if seed is None else seed
        return settle(recipe, sets=[*self.sets, *sets], seed=seed, progress=progress, **said)

    def registry(self) -> Registry:
        """What is installed, and what is in the files."""
        return Registry(map(Path, self.code))


def absolute(paths: Iterable[str | Path]) -> tuple[str, ...]:
    """As they are found from any folder."""
    return tuple(str(Path(path).absolute()) for path in paths)


def absolute_one(path: str | Path | None) -> str | None:
    """The same of one that needn't be given."""
    return None if path is None else absolute([path])[0]


def _limits(threads: int | None, memory: float | None) -> dict[str, Any]:
    if threads is not None and threads < 1:
        raise OptionError(f"threads is {threads}, which is not at least 1", where="--threads")
    if memory is not None and not 0 < memory < float("inf"):
        raise OptionError(f"memory is {memory}, which is not a number of GiB above 0", where="--memory")
    given = {} if threads is None else {"threads": threads}
    return given | ({} if memory is None else {"memory": int(memory * GIB)})


def on_device(setting: Setting, device: str) -> Context:
    """The context with device, kernel, precision and threads settled; torch is imported here."""
    import torch

    from recbox.kernel import choose

    torch.set_num_threads(setting.context.threads)
    _keep_memory(ALL if setting.context.scratch.folder is None else SOME)
    chosen = _device(device)
    if chosen == "cpu":
        _repeatable()
    precision = setting.recipe.stage[0].training.precision if setting.recipe.stage else "fp32"
    if precision == "auto":
        precision = "bf16" if chosen.startswith("cuda") and torch.cuda.is_bf16_supported() else "fp32"
    kernel = choose(setting.context.kernel, chosen)
    if kernel.notice:
        setting.context.progress.notice(kernel.notice, "warning")
    return setting.context.with_(device=chosen, precision=precision, kernel=kernel.kernel)


def _repeatable() -> None:
    """Gradients of `x[rows]` are added up in one order, whatever the number of threads: by default torch's
    threads add to one place as they come, and a run with two of them ends with other last digits each time.
    It costs nothing measurable. What has no such form would warn, and goes on.
    """
    import torch
    from torch.utils import deterministic

    torch.set_deterministic_debug_mode("warn")  # the other name for it imports torch's compiler, a second
    filling: Any = deterministic
    filling.fill_uninitialized_memory = False  # all of it is written anyway


def _keep_memory(most: int) -> None:
    """Tell glibc to keep what a step frees for the next step, `most` bytes of it: handing it back to the
    system and faulting it in again, page by page, took a tenth of the time of a LightGCN step on Gowalla; and
    torch to ask for large pages, for sums gather rows from all over a table: another eighth.
    Elsewhere nothing happens.
    """
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")  # torch reads it when it first needs memory
    import ctypes

    trim_threshold, mmap_threshold = -1, -3  # of glibc's malloc.h
    with contextlib.suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        for setting in (trim_threshold, mmap_threshold):
            mallopt(setting, most)


def _device(name: str) -> str:
    import torch

    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise OptionError(
            f"there is no device {name!r}", where="--device", instead="auto, cpu or cuda"
        ) from error
    if device.type not in ("cpu", "cuda"):
        raise OptionError(
            f"recbox doesn't run on {device.type!r}", where="--device", instead="auto, cpu or cuda"
        )
    seen = torch.cuda.device_count()
    if device.type == "cuda" and (device.index or 0) >= seen:
        raise OptionError(
            f"torch sees {seen} CUDA devices, so there is no {name!r}",
            where="--device",
            instead="auto or cpu",
        )
    if device.type == "cpu":
        return "cpu"
    # By number, for a thread of its own begins at the first device, whatever this one has chosen.
    return str(device) if device.index is not None else f"cuda:{torch.cuda.current_device()}"
