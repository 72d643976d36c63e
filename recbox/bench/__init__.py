"""Measurements of this machine, as data: the command line prints them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recbox.bench.kernel import bench_kernel

__all__ = ["bench_kernel"]


def __getattr__(name: str) -> Any:
    if name != "bench_kernel":
        raise AttributeError(f"module 'recbox.bench' has no attribute {name!r}")
    return import_module("recbox.bench.kernel").bench_kernel
