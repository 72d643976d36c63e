"""The tiny run that artifact tests write; a module of its own, so that a child process can import it."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from recbox.artifact import Content, Facts, Used
from recbox.context import Context
from recbox.data import Column, Dataset, Interactions, Nodes, Split
from recbox.model.ease import EASE
from recbox.model.popularity import PopularityScorer
from recbox.plugin import Spec

USERS, ITEMS = 12, 9


def dataset() -> Dataset:
    """12 users, 9 items, 60 interactions with times, titles (one missing) and genres."""
    draw = np.random.default_rng(3)
    pairs = np.sort(draw.choice(USERS * ITEMS, 60, replace=False))
    item = pl.DataFrame(
        {
            "id": [10 + i for i in range(ITEMS)],
            "title": [f"Film {i}" if i != 4 else None for i in range(ITEMS)],
            "genre": [["a", "b"]] * 8 + [None],
            "year": [1.5] * ITEMS,
        }
    )
    columns = (Column("title", "text", "title"), Column("genre", "multi"), Column("year", "numeric"))
    weight = draw.integers(1, 6, 60).astype(np.float32)
    interaction = Interactions(pairs // ITEMS, pairs % ITEMS, weight, time=draw.integers(0, 10**9, 60))
    user = Nodes(pl.DataFrame({"id": list(range(1, USERS + 1))}))
    return Dataset("tiny", user, Nodes(item, columns), interaction, facts={"rows": 60}, origin="here")


def content(**change: Any) -> Content:
    """A finished run of EASE on `dataset()`."""
    data = dataset()
    rows = np.random.default_rng(0).permutation(60)
    split = Split(np.sort(rows[:40]), np.sort(rows[40:48]), np.sort(rows[48:]), fingerprint="f" * 64)
    spec = Spec("", 0, 0, 0, data.take(split.train), None, Context())
    metrics = {
        "format": 1,
        "status": change.get("status", "done"),
        "test": {"recall@2": 0.25, "ndcg@2": np.float32(0.5)},
        "valid": {"ndcg@2": 0.4},
    }
    fields: dict[str, Any] = {
        "name": "tiny",
        "recipe_text": "recbox: 1\nname: tiny\nmodel: {use: ease}\n",
        "dataset": data,
        "split": split,
        "scorer": change.get("scorer") or EASE(l2=2.0).fit(spec),
        "scorer_head": {"kind": "model", "use": "ease", "options": {"l2": 2.0}},
        "metrics": metrics,
        "report": "<!doctype html><title>tiny</title>",
        "facts": Facts(plugins=(Used("model", "ease", "recbox-graph", "0.1.0"),), seconds=1.5),
        "history": [{"stage": 0, "epoch": e, "loss": 1.0 / e, "term": {"bpr": 1.0}} for e in (1, 2)],
        "extra": {"layer0": {"item": np.ones((ITEMS, 3), np.float32)}},
        "per_user": {"ndcg@2": np.array([0.5, 1.0])},
        "users": np.array([3, 7]),
    }
    return Content(**{**fields, **change})


def popularity() -> dict[str, Any]:
    """Another method for `content`, one that needs no torch until it scores."""
    scorer = PopularityScorer(USERS, np.arange(ITEMS, dtype=np.float32))
    return {"scorer": scorer, "scorer_head": {"kind": "model", "use": "popularity", "options": {}}}
