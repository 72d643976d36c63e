"""User metrics against trec_eval (through ir-measures and pytrec-eval-terrier), ties resolved by our rule."""

from __future__ import annotations

import numpy as np
import pytest

from recbox.metric.hit import Hit
from recbox.metric.map import MAP
from recbox.metric.mrr import MRR
from recbox.metric.ndcg import NDCG
from recbox.metric.precision import Precision
from recbox.metric.recall import Recall

USERS, ITEMS = 40, 30


@pytest.fixture(scope="module")
def case():
    """Random scores of few values, so that ties are everywhere, and random relevant items."""
    draw = np.random.default_rng(0)
    scores = draw.integers(0, 6, (USERS, ITEMS))
    relevant = draw.random((USERS, ITEMS)) < draw.random((USERS, 1))
    relevant[np.arange(USERS), draw.integers(0, ITEMS, USERS)] = True
    # Higher scores first, then the lower item: the rule of every ranking here.
    order = np.lexsort((np.broadcast_to(np.arange(ITEMS), scores.shape), -scores), axis=1)
    return order, relevant


def oracle(measure: object, order: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    import ir_measures

    qrels = [
        ir_measures.Qrel(str(u), str(i), int(relevant[u, i])) for u in range(USERS) for i in range(ITEMS)
    ]
    # Strictly falling scores hand our order over whole.
    run = [
        ir_measures.ScoredDoc(str(u), str(i), float(ITEMS - rank))
        for u in range(USERS)
        for rank, i in enumerate(order[u])
    ]
    values = {int(m.query_id): m.value for m in ir_measures.iter_calc([measure], qrels, run)}
    return np.array([values[u] for u in range(USERS)])


@pytest.mark.parametrize("k", [1, 3, 10, 30])
def test_trec_eval_agrees(case, k):
    from ir_measures import AP, RR, P, R, Success, nDCG

    order, relevant = case
    hits = np.take_along_axis(relevant, order, axis=1)[:, :k]
    count = relevant.sum(axis=1)
    pairs = [(Recall(), R @ k), (Precision(), P @ k), (NDCG(), nDCG @ k), (MAP(), AP @ k), (MRR(), RR @ k)]
    for metric, measure in [*pairs, (Hit(), Success @ k)]:
        expected = oracle(measure, order, relevant)
        assert np.abs(metric.per_user(hits, count) - expected).max() < 1e-6, measure
