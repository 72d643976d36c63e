"""The graph bound to a kernel: sparse products forward and backward, views, exact top-k.

Everything that touches DGL lives in this room. Importing it is cheap: torch comes with the first use of a
name, DGL with the first choice of a kernel.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from recbox.kernel.view import View

if TYPE_CHECKING:
    from recbox.kernel.choice import Choice, choose
    from recbox.kernel.door import check
    from recbox.kernel.graph import Graph
    from recbox.kernel.rank import top_k

__all__ = ["Choice", "Graph", "View", "check", "choose", "top_k"]

_HOME = {"Choice": "choice", "choose": "choice", "check": "door", "Graph": "graph", "top_k": "rank"}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'recbox.kernel' has no attribute {name!r}")
    return getattr(import_module(f"recbox.kernel.{_HOME[name]}"), name)
