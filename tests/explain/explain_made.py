"""Small artifacts to explain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from recbox.api.load import Fitted, load
from recbox.api.run import run

USERS, ITEMS = 24, 14


def write(folder: Path) -> None:
    """Interactions, items with titles, and friends."""
    draw = np.random.default_rng(5)
    user, item = np.nonzero(draw.random((USERS, ITEMS)) < 0.4)
    order = draw.permutation(len(user))
    rows = {"user": [f"u{u:02}" for u in user], "item": [f"i{i:02}" for i in item]}
    more = {"stars": 1 + (user + item) % 5, "timestamp": 1_000_000 + order}
    pl.DataFrame({**rows, **more}).write_csv(folder / "x.csv")
    kinds = [f"k{i % 3}" for i in range(ITEMS)]
    ids = [f"i{i:02}" for i in range(ITEMS)]
    pl.DataFrame({"item": ids, "name": [f"Film {i}" for i in range(ITEMS)], "kind": kinds}).write_csv(
        folder / "items.csv"
    )
    ends = draw.choice(USERS, (10, 2))
    ends = ends[ends[:, 0] != ends[:, 1]]
    pl.DataFrame(
        {"source": [f"u{a:02}" for a, _ in ends], "target": [f"u{b:02}" for _, b in ends]}
    ).write_csv(folder / "friends.csv")


ITEM = {
    "path": "items.csv",
    "id": "item",
    "columns": {"name": {"type": "text", "role": "title"}, "kind": {"type": "categorical"}},
}
INTERACTION = {"path": "x.csv", "columns": {"weight": "stars", "time": "timestamp"}}
FRIENDS = {"relation": [{"path": "friends.csv", "name": "friend", "between": "user"}]}
TOGETHER = {"type": "item-relation", "made": "co-occurrence", "neighbours": 2}
IDS_AND_KINDS = {"fuse": "sum", "part": [{"use": "id"}, {"use": "feature"}]}

EXACT = {
    "lightgcn": {"layer": [{"use": "lightgcn", "repeat": 3}]},
    "one-layer": {"layer": [{"use": "lightgcn", "norm": "row"}], "combine": "sum"},
    "cosine": {"head": {"use": "cosine", "popularity": 0.1}, "encoder": {"item": IDS_AND_KINDS}},
    "concat": {"layer": [{"use": "gcn"}, {"use": "lightgcn"}], "combine": "concat"},
    "featured": {"encoder": {"item": {"use": "feature"}}},
    "rating": {"head": {"use": "rating", "mean": 3.5}, "objective": [{"use": "mse"}]},
    "friends": {
        "source": FRIENDS,
        "graph": {"edge": [{"type": "interaction", "weight": "value"}, "user-relation", TOGETHER]},
    },
    "ease": {"model": {"use": "ease", "l2": 5}},
    "item-knn": {"model": {"use": "item-knn", "k": 4}},
    "spectral": {"model": {"use": "spectral", "rank": 5, "user_exponent": 0.3}},
    "rp3beta": {"model": {"use": "rp3beta"}},
    "slim": {"model": {"use": "slim"}},
    "popularity": {"model": {"use": "popularity"}},
    "bias": {"model": {"use": "bias", "user_damping": 10}},
}
"""Whose scores are linear in what users have."""
NEAR = {
    "gat": {"layer": [{"use": "gat", "heads": 2, "repeat": 2}]},
    "relu": {"layer": [{"use": "gcn", "activation": "relu", "repeat": 2}], "head": {"use": "cosine"}},
    "mlp": {"head": {"use": "mlp", "hidden": [8]}},
    "attention": {"combine": "attention"},
    "typed": {
        "source": FRIENDS,
        "graph": {"edge": ["interaction", "user-relation"]},
        "layer": [{"use": "relational", "activation": "tanh", "repeat": 2}],
    },
}
"""Whose are not, though they pass messages."""
OTHERS = {
    "user-knn": {"model": {"use": "user-knn", "k": 6}},
    "multvae": {"model": {"use": "multvae", "dim": 4, "hidden": 8}, "train": {"epochs": 2}},
    "no-layer": {"layer": []},
    "bpr-mf": {"model": {"use": "bpr-mf", "dim": 4}, "train": {"epochs": 2}},
    "bfloat16": {"train": {"epochs": 2, "batch": 64, "precision": "bf16"}},
    "refitted": {"model": {"use": "ease", "l2": 5}, "refit": True},
}
RECIPES: dict[str, dict[str, Any]] = {**EXACT, **NEAR, **OTHERS}


def made(folder: Path, **blocks: Any) -> Fitted:
    """The artifact of a recipe on these data."""
    blocks = dict(blocks)
    folder.mkdir(parents=True, exist_ok=True)
    write(folder)
    source = {"use": "table", "interaction": [INTERACTION], "item": [ITEM], **blocks.pop("source", {})}
    recipe: dict[str, Any] = {
        "recbox": 1,
        "name": "small",
        "data": {"source": source, "split": {"by": "user-random"}},
        "evaluate": {"k": [5], "baseline": [], "metric": ["ndcg"], "select": "ndcg@5"},
    }
    recipe["evaluate"] |= {"refit": True} if blocks.pop("refit", False) else {}
    if "model" not in blocks:
        recipe |= {"dim": 4, "layer": [{"use": "lightgcn", "repeat": 2}], "objective": [{"use": "softmax"}]}
        recipe |= {"train": {"epochs": 2, "batch": 64}}
    done = run({**recipe, **blocks}, threads=1, out=folder / "out", data_dir=[folder])
    return load(done.folder)
