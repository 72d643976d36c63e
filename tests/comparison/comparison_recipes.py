"""Tiny recipes that train in a second."""

from __future__ import annotations

from typing import Any

SOURCE = {"use": "synthetic", "users": 60, "items": 40, "interactions": 900}
JUDGE = {
    "k": [5, 10],
    "metric": ["recall", "ndcg", "coverage"],
    "select": "ndcg@10",
    "baseline": ["popularity"],
}


def graph(name: str = "graph", **change: Any) -> dict[str, Any]:
    """A recipe that draws at random."""
    return {
        "recbox": 1,
        "name": name,
        "dim": 8,
        "data": {"source": SOURCE, "split": {"by": "user-random"}},
        "layer": [{"use": "lightgcn"}],
        "train": {"epochs": 2, "batch": 256, "optimizer": {"by": "adam", "lr": 0.02}},
        "evaluate": JUDGE,
    } | change


def model(use: str, name: str = "", **change: Any) -> dict[str, Any]:
    """A recipe that draws nothing."""
    data = {"source": SOURCE, "split": {"by": "user-random"}}
    plain = {"recbox": 1, "name": name or use, "data": data, "model": {"use": use}, "evaluate": JUDGE}
    return plain | change
