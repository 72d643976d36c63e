"""Measurements of this machine, as data: the command line prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recbox.lazy import lazily

if TYPE_CHECKING:
    from recbox.bench.measuring import bench
    from recbox.bench.suites import QUICK, SUITES

__all__ = ["QUICK", "SUITES", "bench"]

_HOME = {"QUICK": ".suites", "SUITES": ".suites", "bench": ".measuring"}

__getattr__ = lazily(__name__, _HOME)
