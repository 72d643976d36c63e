"""Graph parts put together: encoder → layers → combine → head, and the scorer that they become."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recbox.recommender.assembly import build, build_graph
    from recbox.recommender.recommender import Recommender
    from recbox.recommender.scorer import GraphScorer

_HOME = {
    "build": "assembly",
    "build_graph": "assembly",
    "Recommender": "recommender",
    "GraphScorer": "scorer",
}

__all__ = ["GraphScorer", "Recommender", "build", "build_graph"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        from importlib import import_module

        return getattr(import_module(f"recbox.recommender.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
