"""What a run was made on, as far as its figures depend on it."""

from __future__ import annotations

import platform
from pathlib import Path


def processor() -> str:
    """The processor's name; sums are added up in another order on another one."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
