"""Lists for many users: as for each alone, whichever way they were made; and tables of other libraries."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import torch

from recbox.api.load import Fitted, load
from recbox.artifact import write
from recbox.context import Context
from recbox.data import Dataset, Interactions, Nodes, Split
from recbox.errors import OptionError
from recbox.head.dot import Dot
from recbox.plugin import Spec
from recbox.recommend.filtering import Filter
from recbox.recommend.ranking import MANY, best
from recbox.recommend.subject import Subject, known
from recbox.recommender import GraphScorer

USERS, ITEMS, K = 700, 4000, 3
TWINS = slice(3990, 4000)
"""Items with the vectors of the first ten: their scores tie."""


@pytest.fixture(scope="module")
def many(make, tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    draw = torch.Generator().manual_seed(2)
    user, item = (torch.randn(n, 16, generator=draw) for n in (USERS, ITEMS))
    item[TWINS] = item[:10] * 1.0
    item[:10] *= 1 + 1e-7  # nearer than float32 can tell apart in a long sum
    scorer = GraphScorer(user, item, Dot().build(Spec("", 0, 16, 1, None, None, Context())), retrievable=True)
    one = np.repeat(np.arange(USERS), 5)
    other = np.random.default_rng(0).permuted(np.tile(np.arange(ITEMS), (USERS, 1)), axis=1)[:, :5].ravel()
    nodes = [Nodes(pl.DataFrame({"id": range(n)})) for n in (USERS, ITEMS)]
    data = Dataset("many", *nodes, Interactions(one, other, np.ones(len(one), np.float32)))
    none = np.zeros(0, np.int64)
    content = make(
        dataset=data,
        split=Split(np.arange(len(one)), none, none),
        scorer=scorer,
        scorer_head={"kind": "graph", "use": "dot", "options": {}},
        per_user={},
        users=None,
        extra={},
    )
    return load(write(content, tmp_path_factory.mktemp("many") / "many"))


@pytest.fixture(scope="module")
def make():
    from artifact_tiny import content

    return content


def by_hand(subject: Subject, user: int) -> tuple[list[int], list[float]]:
    vectors = subject.scorer.vectors()
    assert vectors is not None
    score = (vectors[1].double() @ vectors[0][user].double()).float().numpy()
    own = subject.seen
    score[own.items[own.indptr[user] : own.indptr[user + 1]]] = -np.inf
    if subject.closed is not None:
        score[subject.closed] = -np.inf
    order = np.lexsort((np.arange(len(score)), -score))[:K]
    return order.tolist(), score[order].tolist()


@pytest.mark.parametrize("narrow", [Filter(), Filter(only=list(range(0, ITEMS, 3)))], ids=["all", "a third"])
def test_whichever_way_it_is_the_same_list(many: Fitted, narrow: Filter) -> None:
    """All at once some lists come of shortlists, one alone never; both are those of exact scores."""
    subject = narrow.narrowed(known(many.artifact), many.dataset.item, None)
    assert USERS >= MANY
    every = np.arange(USERS)
    parts = list(best(subject, every, K))
    assert np.array_equal(np.concatenate([users for users, _, _ in parts]), every)
    score, item = (np.concatenate([part[i] for part in parts]) for i in (1, 2))
    for user in range(0, USERS, 7):
        alone = next(best(subject, every[user : user + 1], K))
        assert np.array_equal(alone[1][0], score[user]) and np.array_equal(alone[2][0], item[user])
        items, scores = by_hand(subject, user)
        assert item[user].tolist() == items and score[user].tolist() == scores


def test_frames_are_whole(many: Fitted) -> None:
    frame = many.recommend(k=K)
    assert frame.height == USERS * K
    assert frame["user"].to_list() == np.repeat(np.arange(USERS), K).tolist()
    assert frame["rank"].to_list() == list(range(1, K + 1)) * USERS


def test_tables_of_other_libraries(fitted: Fitted) -> None:
    pandas = pytest.importorskip("pandas", reason="pandas isn't installed")
    plain = fitted.recommend([1, 2], 3)
    frame, arrays = (fitted.recommend([1, 2], 3, to=to) for to in ("pandas", "numpy"))
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.columns) == list(arrays) == plain.columns
    for column in plain.columns:
        assert frame[column].tolist() == arrays[column].tolist() == plain[column].to_list()
    assert fitted.similar(10, 2, to="numpy")["rank"].tolist() == [1, 2]


def test_another_table_is_refused(fitted: Fitted) -> None:
    with pytest.raises(OptionError, match="no table 'panda'") as error:
        fitted.recommend(1, 3, to="panda")
    assert "pandas" in str(error.value)
