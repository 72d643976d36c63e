"""A small shop: files as a user has them, recipes of several kinds, and what an update is measured by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

USERS, ITEMS = 30, 20
DAY = 86_400


def write_shop(folder: Path) -> None:
    """events.csv, users.csv, items.csv; ids of users are text, those of items integers."""
    draw = np.random.default_rng(0)
    pairs = draw.permutation(USERS * ITEMS)[:240]
    user, item = pairs // ITEMS, pairs % ITEMS
    pl.DataFrame(
        {
            "Customer": [f"person-{u:02d}" for u in user],
            "item": item + 100,
            "when": draw.permutation(len(pairs)) * DAY,
            "stars": draw.integers(1, 6, len(pairs)),
        }
    ).write_csv(folder / "events.csv")
    described_users(range(USERS)).write_csv(folder / "users.csv")
    described_items(range(100, 100 + ITEMS)).write_csv(folder / "items.csv")


def described_users(numbers: Any) -> pl.DataFrame:
    """A row for each, the town of person 7 being nobody else's."""
    return pl.DataFrame(
        [
            {"id": f"person-{u:02d}", "age": 20 + 3 * u, "town": "Nowhere" if u == 7 else "AB"[u % 2]}
            for u in numbers
        ]
    )


def described_items(numbers: Any) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"id": i, "name": f"thing {i}", "price": 0.5 * i, "kind": ["tea", "cup|tea", "pot"][i % 3]}
            for i in numbers
        ]
    )


EVENTS = {"user": "Customer", "time": "when", "weight": "stars"}
SOURCE = {
    "use": "table",
    "interaction": [{"path": "events.csv", "columns": EVENTS}],
    "user": [{"path": "users.csv", "columns": {"age": {"type": "numeric"}, "town": {}}}],
    "item": [
        {
            "path": "items.csv",
            "columns": {
                "name": {"type": "text", "role": "title"},
                "price": {"type": "numeric"},
                "kind": {"type": "multi"},
            },
        }
    ],
}
BOTH = {"fuse": "sum", "part": [{"use": "id"}, {"use": "feature"}]}
PLAIN = {"layer": [{"use": "lightgcn", "repeat": 2}]}
FEATURED = {**PLAIN, "encoder": {"user": BOTH, "item": {**BOTH, "fuse": "gate"}}}
GRAPHS: dict[str, dict[str, Any]] = {
    "lightgcn": PLAIN,
    "featured": FEATURED,
    "gcn": {"layer": [{"use": "gcn", "activation": "relu", "repeat": 2}], "combine": "attention"},
    "gat": {"layer": [{"use": "gat", "heads": 2}], "encoder": {"item": BOTH}},
    "weighed": {
        **PLAIN,
        "graph": {
            "edge": [
                {"type": "interaction", "weight": "value"},
                {"type": "user-relation", "made": "co-occurrence", "neighbours": 3},
            ]
        },
        "head": {"use": "dot", "popularity": 0.3},
    },
}
KEPT = ("ease", "item-knn", "popularity", "spectral", "bias")
"""Models that can keep what they learned of items."""
REFITTED = (*KEPT, "click-rate", "user-knn", "rp3beta", "slim")
"""Models that an update fits again."""


def recipe(folder: Path, name: str, **blocks: Any) -> dict[str, Any]:
    """A recipe on the shop in `folder`, small enough to be trained in a moment."""
    files = {
        key: [{**file, "path": str(folder / file["path"])} for file in SOURCE[key]]
        for key in ("interaction", "user", "item")
    }
    given = {
        "recbox": 1,
        "name": name,
        "data": {
            "source": {**SOURCE, **files},
            "clean": {"bad": "skip", **blocks.pop("clean", {})},
            "split": {"by": "user-time", "valid": 0.1, "test": 0.2},
        },
        "evaluate": {"k": [5], "metric": ["ndcg", "recall"], "baseline": []},
    }
    if "model" in blocks:
        return {**given, **blocks}
    return {**given, "dim": 8, "train": {"epochs": 2, "batch": 64}, **blocks}


SINCE = pl.DataFrame(
    {
        "Customer": ["person-03", "person-03", "stranger", "stranger", "stranger", "person-11"],
        "item": [100, 500, 104, 500, 119, 117],
        "when": [900 * DAY + n for n in range(6)],
        "stars": [4.0, 2.0, 5.0, 1.0, 3.0, 2.0],
    }
)
"""What came in since: of known users and items, of a new user, and of a new item."""
