"""Tiny recipes on the file `events.csv`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

EVALUATE = {"k": [5, 10], "metric": ["recall", "ndcg", "coverage"], "select": "ndcg@10"}


def recipe(folder: Path, **change: Any) -> dict[str, Any]:
    """Item-knn beside popularity and EASE, on the file `events.csv`."""
    data = {
        "source": {
            "use": "table",
            "interaction": [{"path": str(folder / "events.csv"), "columns": {"time": "time"}}],
        },
        "split": {"by": "user-time", "valid": 0.1, "test": 0.2},
    }
    evaluate = EVALUATE | {"baseline": ["popularity", "ease"]}
    plain = {"recbox": 1, "name": "knn", "data": data, "model": {"use": "item-knn", "k": 20}}
    return plain | {"evaluate": evaluate} | change


def graph(folder: Path, **change: Any) -> dict[str, Any]:
    """A network that trains some epochs."""
    train = {"epochs": 12, "batch": 256, "patience": 3, "optimizer": {"by": "adam", "lr": 0.05}}
    plain = {k: v for k, v in recipe(folder).items() if k != "model"}
    return plain | {"name": "graph", "dim": 8, "layer": [{"use": "lightgcn"}], "train": train} | change
