"""Thirds of users and of items, worked by hand."""

from __future__ import annotations

import numpy as np
import torch
from evaluate_cases import Table, made, part

from recbox.context import Context
from recbox.data.splitting import Split
from recbox.evaluate import Ranked, at_test, by_activity, by_popularity, judge
from recbox.metric.recall import Recall

PAIRS = [
    *[(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2)],  # training: 1, 2 and 3 items; items have 3, 2, 1 users
    *[(0, 1), (0, 3), (1, 2), (1, 3), (2, 3)],  # test
]


def test_worked_by_hand() -> None:
    data = made(PAIRS, 3, 4)
    split = Split(np.arange(6), np.arange(0), np.arange(6, 11))
    truth = at_test(data, split)
    scores = torch.tensor([[0, 9.0, 2, 1], [0, 0, 1, 2], [0, 0, 0, 1]])  # lists: 1 · 3 · 3
    metric = [part("metric", "recall", Recall())]
    found = judge(Table(scores), truth, metric, [1], Context(), keep=True)
    assert isinstance(found.kept, Ranked)
    assert found.kept.hits.tolist() == [[True], [True], [True]]

    users = by_activity(found, truth, np.array([1, 2, 3]), metric)
    assert [(t.low, t.high, t.size, t.judged) for t in users] == [(0, 1, 1, 1), (2, 2, 1, 1), (3, 3, 1, 1)]
    assert [t.values for t in users] == [{"recall@1": 0.5}, {"recall@1": 0.5}, {"recall@1": 1.0}]

    items = by_popularity(found, truth, metric, [1])
    # Sought: items 1 (2 users), 2 (1 user), 3 (none) three times; so the first third has those with none.
    assert [(t.low, t.high, t.size, t.judged) for t in items] == [(0, 0, 1, 3), (1, 1, 1, 1), (2, 3, 2, 1)]
    # Item 3 is found by users 1 and 2 of three, item 2 by nobody, item 1 by user 0.
    assert [t.values["recall@1"] for t in items] == [2 / 3, 0.0, 1.0]


def test_nothing_is_kept_unasked() -> None:
    data = made(PAIRS, 3, 4)
    truth = at_test(data, Split(np.arange(6), np.arange(0), np.arange(6, 11)))
    metric = [part("metric", "recall", Recall())]
    assert judge(Table(torch.rand(3, 4)), truth, metric, [1], Context()).kept is None
