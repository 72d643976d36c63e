"""Measurements of this machine, as data: the command line prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recbox.lazy import lazily

if TYPE_CHECKING:
    from recbox.bench.comparing import compare
    from recbox.bench.measuring import bench
    from recbox.bench.reading import load
    from recbox.bench.suites import QUICK, SUITES
    from recbox.bench.writing import write

__all__ = ["QUICK", "SUITES", "bench", "compare", "load", "write"]

_HOME = {
    "QUICK": ".suites",
    "SUITES": ".suites",
    "bench": ".measuring",
    "compare": ".comparing",
    "load": ".reading",
    "write": ".writing",
}

__getattr__ = lazily(__name__, _HOME)
