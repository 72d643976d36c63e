"""A run to show: three baselines, one of them left out, thirty epochs, two terms of the loss."""

from __future__ import annotations

import math
from typing import Any

from recbox.report import Document

RECIPE = """\
recbox: 1
name: movielens-gcn
seed: 0
dim: 64
data:
  source: {use: movielens-100k}
  split: {by: user-time, valid: 0.1, test: 0.2}
layer:
- {use: gcn, residual: true, repeat: 2}
objective:
- {use: softmax}
- {use: l2, weight: 0.0001}
"""


def values(base: float) -> dict[str, float]:
    names = ("recall", "ndcg", "mrr", "hit", "precision", "map", "coverage", "novelty", "gini")
    return {f"{n}@{k}": base * (1 + 0.15 * i + 0.01 * k) for i, n in enumerate(names) for k in (10, 20)}


def metrics(**change: Any) -> dict[str, Any]:
    document = {
        "format": 1, "status": "done", "name": "movielens-gcn", "select": "ndcg@20",
        "test": values(0.131), "valid": values(0.12),
        "segment": {"warm": {"recall@20": 0.2, "ndcg@20": 0.19}, "cold": {"recall@20": 0.0, "ndcg@20": 0.0}},
        "users": {"judged": 940, "left_out": 3},
        "baseline": {
            "popularity": {"options": {}, "valid": {}, "test": values(0.08), "fit_s": 0.004, "trials": 1},
            "item-knn": {"options": {"similarity": "cosine", "k": 100, "shrinkage": 10.0}, "valid": {},
                         "test": values(0.126), "fit_s": 0.61, "trials": 12},
            "ease": {"left_out": "needs about 12.2 GiB and may use 3.9 GiB"},
        },
        "lower_is_better": ["gini"],
        "sentence": "",
        "warning": [],
        "data": {
            "source": "movielens-100k", "synthetic": False, "users": 943, "items": 1682,
            "interactions": 100_000, "fingerprint": "8f" * 32,
            "split": {"by": "user-time", "train": 69_997, "valid": 10_003, "test": 20_000},
            "facts": {"rows": 100_000, "merged": {"duplicate": 0}, "time": ["1997-09-20", "1998-04-22"]},
        },
        "time": {"fit_s": 184.2, "evaluate_s": 3.44}, "memory": {"peak_mib": 812.4},
    }  # fmt: skip
    return document | change


def history(epochs: int = 30) -> list[dict[str, Any]]:
    rows = []
    for e in range(1, epochs + 1):
        loss = 4.1 + 3.2 * math.exp(-e / 6)
        l2 = 0.4 * (1 - math.exp(-e / 10))
        row: dict[str, Any] = {
            "stage": 0,
            "epoch": e,
            "loss": loss,
            "term": {"softmax": loss - l2, "l2": l2},
            "lr": 0.001,
        }
        if e % 2 == 0:
            row["valid"] = {"ndcg@20": 0.17 - 0.09 * math.exp(-e / 5) - 0.0004 * max(0, e - 20)}
        rows.append(row)
    return rows


def example(**change: Any) -> Document:
    sentence = "movielens-gcn is ahead of item-knn by 0.0067 NDCG@20 (4.0 %)."
    return Document(
        "movielens-gcn", metrics(**change), history(), RECIPE, "" if change.get("status") else sentence
    )
