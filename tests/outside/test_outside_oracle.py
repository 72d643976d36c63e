"""Rankings with ties, strangers, doubled rows and silent users: lists, counts and metrics, in every format.

The lists and counts are compared with a plain reading of the rules, the metrics with trec_eval's (through
ir-measures and pytrec-eval-terrier).
"""

from __future__ import annotations

from pathlib import Path

import ir_measures
import numpy as np
import pytest
from ir_measures import AP, RR, P, R, Success, nDCG
from outside_case import FORMATS, Case, random_case

from recbox.evaluate import measure
from recbox.metric.hit import Hit
from recbox.metric.map import MAP
from recbox.metric.mrr import MRR
from recbox.metric.ndcg import NDCG
from recbox.metric.precision import Precision
from recbox.metric.recall import Recall
from recbox.outside import gather, gathering, listing
from recbox.recipe.recipe import Part

K = 5
METRICS = [(Recall, R), (Precision, P), (NDCG, nDCG), (MAP, AP), (MRR, RR), (Hit, Success)]
PARTS = [Part("metric", cls.__name__.lower(), cls()) for cls, _ in METRICS]
CASES, STEP = 200, 20


@pytest.mark.parametrize("start", range(0, CASES, STEP))
def test_two_hundred_random_rankings(start: int, tmp_path: Path) -> None:
    for seed in range(start, start + STEP):
        case = random_case(seed, K)
        expected = trec_eval(case)
        for form in ("frame", *FORMATS):
            source = case.frame if form == "frame" else case.write(tmp_path, form)
            found = gather(listing(source), case.dataset, case.truth, K)
            lists = [[i for i in row if i >= 0] for row in found.ranking.items.tolist()]
            assert lists == [case.expected[u][:K] for u in found.ranking.users.tolist()], (seed, form)
            odd = found.oddities.document()
            assert {n: odd[n] for n in case.count} == dict(case.count), (seed, form)
            assert odd["rows"] == len(case.rows) == sum(odd[n] for n in SUM), (seed, form)
            values = measure(found.ranking, case.truth, PARTS, [1, K]).per_user
            for name, wanted in expected.items():
                np.testing.assert_allclose(values[name], wanted, rtol=0, atol=1e-9, err_msg=f"{seed} {form}")


SUM = ("unknown_user", "unknown_item", "not_judged", "seen", "doubled", "beyond_k", "ranked")


def test_the_cases_hold_everything_that_may_be_odd() -> None:
    cases = [random_case(seed, K).count for seed in range(CASES)]
    for name in (*SUM, "users_absent", "users_empty", "users_short", "tied"):
        assert sum(count[name] > 0 for count in cases) > 5, name


def trec_eval(case: Case) -> dict[str, np.ndarray]:
    """Values of each judged user; one who has no list counts 0."""
    qrels = [ir_measures.Qrel(str(u), str(i), 1) for u, i in case.held]
    # Strictly falling scores hand our order over whole: trec_eval breaks ties otherwise.
    run = [
        ir_measures.ScoredDoc(str(u), str(i), float(1000 - rank))
        for u, items in case.expected.items()
        for rank, i in enumerate(items)
    ]
    values: dict[str, np.ndarray] = {}
    users = sorted(case.expected)
    for cls, measured in METRICS:
        for k in (1, K):
            found = {int(m.query_id): m.value for m in ir_measures.iter_calc([measured @ k], qrels, run)}
            values[f"{cls.__name__.lower()}@{k}"] = np.array([found.get(u, 0.0) for u in users])
    return values


def test_a_long_file_is_folded_without_a_change_of_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "FOLD", 3)
    monkeypatch.setattr("recbox.outside.frames.BATCH", 4)
    for seed in range(40):
        case = random_case(seed, K)
        found = gather(listing(case.frame), case.dataset, case.truth, K)
        lists = [[i for i in row if i >= 0] for row in found.ranking.items.tolist()]
        assert lists == [case.expected[u][:K] for u in found.ranking.users.tolist()]
        odd = found.oddities.document()
        both = odd["doubled"] + odd["beyond_k"]
        assert both == case.count["doubled"] + case.count["beyond_k"]
        assert {n: odd[n] for n in case.count if n not in ("doubled", "beyond_k")} == {
            n: c for n, c in case.count.items() if n not in ("doubled", "beyond_k")
        }
