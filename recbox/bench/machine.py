"""What was measured on: without it a figure says nothing."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch

from recbox.api.machine import processor
from recbox.context import Context, memory_bytes
from recbox.kernel import choose


def machine(context: Context) -> dict[str, Any]:
    """Processor, cores, threads, memory, versions, and the kernel that a run would use."""
    choice = choose(context.kernel, context.device)
    return {
        "processor": processor(),
        "vector": torch.backends.cpu.get_cpu_capability(),
        "cores": len(os.sched_getaffinity(0)),
        "threads": torch.get_num_threads(),
        "memory_gib": round(memory_bytes() / 2**30, 1),
        "load": round(os.getloadavg()[0], 1),
        "device": torch.cuda.get_device_name() if context.device.startswith("cuda") else "cpu",
        "python": platform.python_version(),
        **{name: _version(name) for name in ("torch", "dgl", "scipy", "numpy")},
        "kernel": choice.kernel,
        "reason": choice.reason,
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
