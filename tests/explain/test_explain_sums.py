"""Contributions, paths and the rest add up to the score, whatever the method."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import polars as pl
import pytest

from recbox.api.load import Fitted
from recbox.explain import Explanation
from recbox.explain.graph import ROUNDED
from recbox.plugin import NewUsers
from tests.explain.explain_made import EXACT, NEAR

Artifact = Callable[[str], Fitted]
GRAPHS = [name for name in (*EXACT, *NEAR) if "model" not in {**EXACT, **NEAR}[name]]


def pairs(model: Fitted, count: int = 6) -> Iterator[tuple[Any, Any]]:
    """Users and items, unseen and seen."""
    draw = np.random.default_rng(0)
    for user in draw.choice(len(model.dataset.user), count, replace=False):
        yield model.dataset.user.ids[int(user)], model.dataset.item.ids[int(draw.integers(14))]


def size(found: Explanation) -> float:
    """Of the terms."""
    return float(found.evidence["contribution"].abs().sum()) + sum(map(abs, found.rest.values()))


def score(model: Fitted, user: Any, item: Any) -> float:
    u, i = (
        int((ids == x).arg_max())
        for ids, x in ((model.dataset.user.ids, user), (model.dataset.item.ids, item))
    )
    return float(model.scorer.score(np.array([u]), np.array([i]))[0])


@pytest.mark.parametrize("name", EXACT)
def test_an_exact_one_adds_up_to_the_score(artifact: Artifact, name: str) -> None:
    model = artifact(name)
    for user, item in pairs(model):
        found = model.explain(user, item, deletion=False)
        assert found.method == "exact" and found.score == pytest.approx(score(model, user, item), abs=1e-6)
        total = found.evidence["contribution"].sum() + sum(found.rest.values())
        assert abs(total - found.score) <= 1e-5 * size(found)
        assert total + found.residual == pytest.approx(found.score, abs=1e-12)


def test_of_a_model_in_bfloat16_rounding_is_named(artifact: Artifact) -> None:
    """Its vectors are stored as they were rounded; the sum is one in float32, and what is between is said."""
    model = artifact("bfloat16")
    records = model.explainer.records
    assert records.artifact.growth.recommender.bf16
    for user, item in pairs(model):
        for history in (None, ["i03", "i09"]):
            found = model.explain(user, item, history=history, deletion=False)
            assert ROUNDED in found.rest and abs(found.residual) <= 1e-5 * size(found)
        assert model.explain(user, item, deletion=False).score == score(model, user, item)


@pytest.mark.parametrize("name", NEAR)
def test_integrated_gradients_come_near(artifact: Artifact, name: str) -> None:
    model = artifact(name)
    for user, item in pairs(model):
        found = model.explain(user, item, deletion=False)
        assert found.method == "integrated gradients"
        assert abs(found.residual) <= 2e-3 * size(found)
        assert found.evidence["contribution"].abs().sum() > 0


@pytest.mark.parametrize("name", GRAPHS)
def test_paths_add_up_to_what_their_item_counts(artifact: Artifact, name: str) -> None:
    model = artifact(name)
    for user, item in pairs(model, 3):
        found = model.explain(user, item, top=3, deletion=False)
        each = found.paths.group_by("item").agg(pl.col("contribution").sum())
        both = each.join(found.evidence, on="item", suffix="_whole")
        assert both.height == each.height > 0
        np.testing.assert_allclose(both["contribution"], both["contribution_whole"], atol=1e-9)


def test_every_item_of_the_history_is_there_the_best_first(artifact: Artifact) -> None:
    model = artifact("lightgcn")
    x = model.dataset.interaction.take(model.artifact.split.train)
    user = model.dataset.user.ids[3]
    found = model.explain(user, "i05").evidence
    had = model.dataset.item.ids.gather(np.unique(x.item[x.user == 3]))
    assert sorted(found["item"]) == had.to_list()
    assert found["contribution"].to_list() == sorted(found["contribution"], reverse=True)
    assert found["title"].to_list() == [f"Film {int(i[1:])}" for i in found["item"]]
    everybody = {i: set(x.user[x.item == i].tolist()) for i in range(14)}
    common = [len(everybody[int(i[1:])] & everybody[5]) for i in found["item"]]
    assert found["users"].to_list() == common


def test_after_a_refit_validation_is_evidence_too(artifact: Artifact) -> None:
    plain, refitted = artifact("ease"), artifact("refitted")
    split, x = refitted.artifact.split, refitted.dataset.interaction
    user = int(x.user[split.valid[0]])
    id, held = refitted.dataset.user.ids[user], refitted.dataset.item.ids[int(x.item[split.valid[0]])]
    assert held in refitted.explain(id, "i05").evidence["item"].to_list()
    assert held not in plain.explain(id, "i05").evidence["item"].to_list()


@pytest.mark.parametrize("name", ["lightgcn", "cosine", "friends", "gat", "typed", "ease", "spectral"])
def test_what_a_user_took_since_counts_as_it_is_scored(artifact: Artifact, name: str) -> None:
    model = artifact(name)
    records = model.explainer.records
    for user, item in pairs(model, 3):
        inner = int((model.dataset.user.ids == user).arg_max())
        target = int((model.dataset.item.ids == item).arg_max())
        found = model.explain(user, item, history=["i03", "i09"], deletion=False)
        assert {"i03", "i09"} <= set(found.evidence["item"])
        new = records.history(inner, (np.array([3, 9]), np.ones(2)))
        expected = float(model.scorer.new_users(new).block(np.array([0]))[0, target])
        assert found.score == pytest.approx(expected, abs=1e-5)
        assert abs(found.residual) <= (2e-3 if found.method != "exact" else 1e-5) * size(found)


@pytest.mark.parametrize("name", ["lightgcn", "friends", "gat", "ease"])
def test_who_took_nothing_new_is_explained_as_before(artifact: Artifact, name: str) -> None:
    model = artifact(name)
    user, item = next(pairs(model))
    before = model.explain(user, item, deletion=False)
    again = before.evidence["item"][0]
    after = model.explain(user, item, history=[again], deletion=False)
    assert after.score == pytest.approx(before.score, abs=1e-5)
    one, other = (dict(e.evidence.select("item", "contribution").iter_rows()) for e in (before, after))
    assert one == pytest.approx(other, abs=1e-5)


@pytest.mark.parametrize("name", ["lightgcn", "gat", "ease", "multvae"])
def test_a_new_user_is_explained_by_what_they_have(artifact: Artifact, name: str) -> None:
    model = artifact(name)
    found = model.explain(history=["i01", "i02", "i07"], item="i05")
    scores = model.scorer.new_users(NewUsers.of([[1, 2, 7]])).block(np.array([0]))
    assert found.user == "new" and found.score == pytest.approx(float(scores[0, 5]), abs=1e-5)
    assert set(found.evidence["item"]) == {"i01", "i02", "i07"}
    if found.method == "exact":
        assert abs(found.residual) <= 1e-5 * size(found)
