"""Known figures on MovieLens-100K: each user's last 20 % for test, 10 % before it for validation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from evaluate_cases import made

from recbox.context import Context
from recbox.data import Dataset, Split
from recbox.evaluate import at_test, fit_model, judge
from recbox.metric.ndcg import NDCG
from recbox.metric.recall import Recall
from recbox.model.ease import EASE
from recbox.model.item_knn import ItemKNN
from recbox.model.popularity import Popularity
from recbox.plugin import Model
from recbox.recipe.recipe import Part

CONTEXT = Context(threads=1)
METRICS = [Part("metric", "recall", Recall()), Part("metric", "ndcg", NDCG())]


@pytest.fixture(scope="module")
def movielens(data_dir: Path) -> tuple[Dataset, Split]:
    """Read and split here by a plain loop, so that this stands on nothing but what it tests."""
    table = np.loadtxt(data_dir / "ml-100k" / "u.data", dtype=np.int64)
    table = table[np.lexsort((table[:, 1], table[:, 3], table[:, 0]))]
    user, item = table[:, 0] - 1, table[:, 1] - 1
    part = np.zeros(len(table), dtype=np.int64)
    for rows in np.split(np.arange(len(table)), np.flatnonzero(np.diff(user)) + 1):
        test, valid = round(0.2 * len(rows)), round(0.1 * len(rows))
        part[rows[len(rows) - test :]] = 2
        part[rows[len(rows) - test - valid : len(rows) - test]] = 1
    data = made(list(zip(user.tolist(), item.tolist())), 943, 1682)
    return data, Split(*(np.flatnonzero(part == p) for p in range(3)))


@pytest.mark.parametrize(
    "model, recall, ndcg",
    [(Popularity(), 0.096, 0.114), (ItemKNN(), 0.177, 0.185), (EASE(), 0.176, 0.183)],
    ids=["popularity", "item-knn", "ease"],
)
def test_known_figures(movielens, model: Model, recall: float, ndcg: float):
    data, split = movielens
    fitted = fit_model(Part("model", "model", model), data.take(split.train), CONTEXT)
    values = judge(fitted.scorer, at_test(data, split), METRICS, (20,), CONTEXT).values
    assert values["recall@20"] == pytest.approx(recall, abs=0.001)
    assert values["ndcg@20"] == pytest.approx(ndcg, abs=0.001)
