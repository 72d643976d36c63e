"""What this machine can do, and what is wrong with it: one finding a row, with the way out."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from recbox.context import Context, memory_bytes
from recbox.errors import RecboxError

GIB = 2**30


@dataclass(frozen=True)
class Finding:
    """level: `ok`, `info`, `warning` (it works, worse) or `error` (something won't work)."""

    level: str
    what: str
    detail: str
    remedy: str = ""


def examine(context: Context) -> list[Finding]:
    """All findings, those that others depend on first. A failed examination is a finding."""
    found: list[Finding] = []
    for part in (_python, _torch, _kernel, _threads, _memory, _blas, _data, _cache, _plugins, _packages):
        try:
            found += part(context)
        except Exception as error:
            found.append(Finding("error", part.__name__.strip("_"), f"{type(error).__name__}: {error}"))
    return found


def _python(context: Context) -> Iterator[Finding]:
    yield Finding("ok", "python", f"{platform.python_version()} at {sys.executable}, {platform.platform()}")


def _torch(context: Context) -> Iterator[Finding]:
    try:
        import torch
    except Exception as error:
        yield Finding("error", "torch", f"can't be imported: {error}", "pip install --force-reinstall torch")
        return
    build = f"built for CUDA {torch.version.cuda}" if torch.version.cuda else "built for the CPU"
    vector = torch.backends.cpu.get_cpu_capability()
    yield Finding("ok", "torch", f"{torch.__version__}, {build}, vector instructions {vector}")
    yield from _gpu(torch.version.cuda, torch.cuda.is_available, _driver())


def _driver() -> bool:
    """Whether this machine has an NVIDIA driver."""
    return Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None


def _gpu(cuda: str | None, available: Callable[[], bool], driver: bool) -> Iterator[Finding]:
    index = "install the torch build of your driver's CUDA version: https://pytorch.org/get-started/locally/"
    if cuda and available():
        import torch

        names = ", ".join(torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count()))
        yield Finding("ok", "gpu", f"{names}; `--device auto` uses it")
    elif cuda and driver:
        yield Finding(
            "warning", "gpu", f"torch is built for CUDA {cuda} and can't use the driver here", index
        )
    elif driver:
        yield Finding("warning", "gpu", "there is a driver, and torch is built for the CPU alone", index)
    else:
        yield Finding("info", "gpu", "none; runs use the CPU")


def _kernel(context: Context) -> Iterator[Finding]:
    from recbox.kernel import choose
    from recbox.kernel.dgl_door import INSTALL, missing

    if reason := missing():
        recent = sys.version_info >= (3, 13)
        yield Finding("info" if recent else "warning", "dgl", reason, "" if recent else INSTALL)
    else:
        yield Finding("ok", "dgl", f"{version('dgl')} can be imported")
    for device in _devices():
        try:
            choice = choose(context.kernel, device)
        except RecboxError as error:
            yield Finding("error", f"kernel on {device}", f"{error.what}: {error.why}", error.instead)
            continue
        level = "warning" if choice.notice else "ok"
        yield Finding(level, f"kernel on {device}", f"{choice.kernel}: {choice.notice or choice.reason}")


def _devices() -> list[str]:
    import torch

    return ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]


def _threads(context: Context) -> Iterator[Finding]:
    cores, quota = len(os.sched_getaffinity(0)), cpu_quota()
    share = f", {quota:g} of them by the control group" if quota is not None else ""
    detail = f"{context.threads} threads, {cores} cores{share}"
    limit = min(cores, quota) if quota is not None else cores
    if context.threads > limit:
        yield Finding(
            "warning", "threads", detail, f"--threads {max(1, int(limit))}: more than the cores slows down"
        )
    else:
        yield Finding("ok", "threads", detail)
    named = os.environ.get("OMP_NUM_THREADS", "")
    if named.isdigit() and 0 < int(named) < limit:
        detail = f"OMP_NUM_THREADS={named} leaves cores idle in work before a run sets its threads"
        yield Finding("info", "threads", detail, "unset OMP_NUM_THREADS")


def cpu_quota(file: Path = Path("/sys/fs/cgroup/cpu.max")) -> float | None:
    """Cores that the control group allows (v2); None for no limit."""
    try:
        allowed, period = file.read_text().split()
        return None if allowed == "max" else int(allowed) / int(period)
    except (OSError, ValueError):
        return None


def _memory(context: Context) -> Iterator[Finding]:
    total, free = memory_bytes(), free_bytes()
    plan = context.memory / GIB
    detail = (
        f"{total / GIB:.1f} GiB for this process, {free / GIB:.1f} GiB free; a method may plan {plan:.1f}"
    )
    if context.memory > free:
        yield Finding(
            "warning", "memory", detail, f"--memory {max(free / GIB / 2, 0.1):.1f}, or close something else"
        )
    else:
        yield Finding("ok", "memory", detail)


def free_bytes(file: Path = Path("/proc/meminfo")) -> int:
    """Bytes that can be had without swapping; all of them where the system doesn't say."""
    try:
        for line in file.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return min(int(line.split()[1]) * 1024, memory_bytes())
    except (OSError, ValueError, IndexError):
        pass
    return memory_bytes()


def _blas(context: Context) -> Iterator[Finding]:
    """numpy's OpenBLAS has a pool of threads of its own beside torch's."""
    import torch

    library = "MKL" if torch.backends.mkl.is_available() else "no MKL: torch's own sparse products are slower"
    level = "ok" if torch.backends.mkl.is_available() else "info"
    named = os.environ.get("OPENBLAS_NUM_THREADS")
    pool = (
        f"OPENBLAS_NUM_THREADS={named}" if named else "OPENBLAS_NUM_THREADS is not set: numpy uses all cores"
    )
    yield Finding(level, "linear algebra", f"torch has {library}; {pool}")


def _data(context: Context) -> Iterator[Finding]:
    from recbox.data.find import search_path

    for folder in search_path(context.data_dir)[:-1]:
        if folder.is_dir() and os.access(folder, os.R_OK | os.X_OK):
            sets = sum(1 for entry in folder.iterdir() if entry.is_dir())
            yield Finding("ok", "data", f"{folder}: {sets} folders")
        else:
            yield Finding("warning", "data", f"{folder} can't be read", "mend --data-dir or RECBOX_DATA")


def _cache(context: Context) -> Iterator[Finding]:
    from recbox.data.find import cache_dir

    folder = cache_dir()
    nearest = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
        yield Finding("error", "cache", f"{folder} can't be written", "set RECBOX_CACHE to a folder of yours")
        return
    free = shutil.disk_usage(nearest).free
    level, remedy = ("warning", "make room, or set RECBOX_CACHE") if free < GIB else ("ok", "")
    yield Finding(level, "cache", f"{folder}, {free / GIB:.1f} GiB free", remedy)


def _plugins(context: Context) -> Iterator[Finding]:
    from recbox.registry.probing import cards as probed
    from recbox.registry.registry import Registry

    registry = Registry()
    cards = probed(registry, list(registry.rows()))
    broken = [card for card in cards if card.error]
    yield Finding("ok" if cards else "error", "plugins", f"{len(cards)} installed, {len(broken)} broken")
    for card in broken:
        where = f"{card.distribution} {card.version}, {card.entry_point}"
        yield Finding("error", f"{card.kind} {card.name}", f"{card.error} ({where})", card.remedy)


def _packages(context: Context) -> Iterator[Finding]:
    """Installed versions that are known to be dangerous."""
    found = _installed("transformers")
    if found is not None and found < (5, 3):
        detail = f"transformers {version('transformers')} runs code from a model's config.json"
        yield Finding("error", "security", detail, "pip install 'transformers>=5.3'")


def _installed(name: str) -> tuple[int, ...] | None:
    """Major and minor version of a distribution; None where there is none."""
    try:
        parts = version(name).split(".")[:2]
    except PackageNotFoundError:
        return None
    return tuple(int("".join(c for c in part if c.isdigit()) or 0) for part in parts)
