"""Measurements of this machine, as data: the command line prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recbox.lazy import lazily

if TYPE_CHECKING:
    from recbox.bench.kernel import bench_kernel

__all__ = ["bench_kernel"]

_HOME = {"bench_kernel": ".kernel"}

__getattr__ = lazily(__name__, _HOME)
