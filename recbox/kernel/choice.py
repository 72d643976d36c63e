"""Which kernel serves, and why: by what is installed, by device, and by a short trial."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from recbox.errors import KernelError, nearest
from recbox.kernel.dgl_door import INSTALL, missing, reaches
from recbox.kernel.kernel import Kernel
from recbox.kernel.trial import Trial, trial

NAMES = ("auto", "dgl", "torch")


@dataclass(frozen=True)
class Choice:
    """The kernel's name and the reason. `notice` is for the user: empty where all is as it should be."""

    kernel: str
    reason: str
    notice: str = ""


@dataclass(frozen=True)
class Facts:
    """What decides: why DGL is missing ("" where it isn't), whether it reaches the device, the trial."""

    missing: str
    reaches: bool
    trial: Trial | None


@cache
def choose(name: str = "auto", device: str = "cpu") -> Choice:
    """The kernel that `name` (`auto`, `dgl`, `torch`) means on `device`; a KernelError where it can't be had.

    The first choice of a process that may fall on DGL imports it and runs the trial.
    """
    if name not in NAMES:
        raise KernelError(f"there is no kernel {name!r}", instead=nearest(name, NAMES))
    kind = device.split(":")[0]
    if kind not in ("cpu", "cuda"):
        raise KernelError(f"there are no sparse kernels for the device {device!r}", instead="cpu or cuda")
    if name == "torch":
        return Choice("torch", "asked for")
    return decide(name, kind, _facts(kind))


def decide(name: str, device: str, facts: Facts) -> Choice:
    """The choice between DGL and torch, given the facts; `name` is `auto` or `dgl`."""
    barrier = facts.missing
    if not barrier and not facts.reaches:
        barrier = f"this DGL build can't use {device}"
    if barrier and name == "dgl":
        raise KernelError(f"the dgl kernel can't be used on {device}", why=barrier, instead=INSTALL)
    if barrier or facts.trial is None:
        return Choice("torch", barrier)
    figures = f"DGL {facts.trial.dgl_ms:.2g} ms, torch {facts.trial.torch_ms:.2g} ms in the trial"
    if not facts.trial.trapped:
        return Choice("dgl", f"{'asked for' if name == 'dgl' else 'installed and sound'}: {figures}")
    trap = f"DGL is far too slow on this machine ({figures}); it probably reads the cache's size as 0"
    if name == "dgl":
        return Choice("dgl", f"asked for: {figures}", notice=f"{trap}. `kernel: torch` is quicker here")
    return Choice("torch", trap, notice=f"{trap}: the torch kernel is used instead")


def _facts(device: str) -> Facts:
    able = not missing() and reaches(device)
    return Facts(missing(), able, trial() if able else None)


@cache
def instance(choice: Choice) -> Kernel:
    """The kernel of a choice, one for a process."""
    from recbox.kernel.dgl_kernel import DGLKernel
    from recbox.kernel.torch_kernel import TorchKernel

    return DGLKernel() if choice.kernel == "dgl" else TorchKernel()
