"""The score without some items is that of a graph, or a history, that never had them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from recbox.api.load import Fitted
from recbox.explain import again, deleting
from recbox.explain.found import DRAWS
from recbox.kernel import View, kept
from recbox.plugin import NewUsers
from recbox.recommender import GraphScorer, Growth, structures

Artifact = Callable[[str], Fitted]


def scores(model: Fitted, user: int, out: list[int]) -> np.ndarray:
    """All scores of a user over a graph built again of the data without these interactions."""
    grown, train = model.artifact.growth, model.explainer.records.train
    x = train.interaction
    rows = np.flatnonzero(~((x.user == user) & np.isin(x.item, out)))
    kept = {key: csr for key, csr in grown.structures.csr.items() if key != "interaction"}
    shape = structures(grown.recipe.edge, train.take(rows), kept)
    again = Growth(grown.recipe, grown.recommender, shape, grown.context)
    own, items = (again.known.final[rows] for rows in grown.recommender.rows)
    known = model.artifact.scorer
    assert isinstance(known, GraphScorer)
    with torch.no_grad():
        scorer = GraphScorer(own, items, known.head, known.retrievable, prior=known.prior)
        return scorer.block(np.array([user]))[0].numpy()


PASSED = ["lightgcn", "cosine", "one-layer", "concat", "friends", "gat", "mlp", "typed"]


@pytest.mark.parametrize("name", PASSED)
def test_a_pass_over_a_graph_without_the_edges(artifact: Artifact, name: str) -> None:
    model = artifact(name)
    user = 3 if name != "mlp" else 1  # whose items speak for it
    found = model.explain(f"u{user:02}", "i05", top=2)
    out = [int(i[1:]) for i in found.deletion.items]
    before, after = scores(model, user, []), scores(model, user, out)
    assert found.deletion.before == pytest.approx(before[5], abs=1e-5)
    assert found.deletion.after == pytest.approx(after[5], abs=1e-5)
    had = model.explainer.records.seen(user)
    for rank, each in ((found.deletion.rank_before, before), (found.deletion.rank_after, after)):
        assert rank == 1 + int((each[~had] > each[5] + 1e-7).sum())


@pytest.mark.parametrize("name", ["lightgcn", "gat", "relu", "typed", "attention"])
def test_rows_that_change_are_enough(artifact: Artifact, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many they are: what is read of the pass is that of a pass over all."""
    monkeypatch.setattr(again, "MOST", np.inf)
    model = artifact(name)
    egos, layout = model.explainer.records.egos, model.artifact.growth.structures.layout
    had = model.explainer.records.history(3).item[[0, 2]]
    read = np.zeros(layout.total, bool)
    read[[3, *(layout.offset("item") + np.flatnonzero(~model.explainer.records.seen(3)))]] = True
    with torch.no_grad():
        hops = again.passed(egos, again.Less(3, had + layout.offset("item"), read))
        assert hops is not None
        final = egos.growth.recommender.combine(hops)
        graph = egos.growth.graph
        view = View(keep=kept(graph, 3, torch.from_numpy(had + layout.offset("item"))))
        whole = egos.growth.recommender(graph, view).final
    torch.testing.assert_close(
        final[torch.from_numpy(read)], whole[torch.from_numpy(read)], atol=1e-6, rtol=0
    )


def test_fewer_draws_where_each_is_a_pass_over_a_large_graph(
    artifact: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deleting, "AFFORDED", 1)
    assert artifact("relu").explain("u03", "i05", top=1).deletion.draws == deleting.FEWEST
    for name in ("lightgcn", "gat"):  # of which no pass is one of its own
        assert deleting.draws(artifact(name).explainer.records.egos) == DRAWS


def test_the_named_are_the_strongest_and_the_others_are_others(artifact: Artifact) -> None:
    model = artifact("ease")
    explainer = model.explainer
    found = model.explain("u03", "i05", top=2)
    assert found.deletion.items == found.evidence["item"].head(2).to_list()
    value = dict(found.evidence.select("item", "contribution").iter_rows())
    first = found.score - sum(value[i] for i in found.deletion.items)
    assert found.deletion.after == pytest.approx(first, abs=1e-5)
    others = sorted(v for i, v in value.items() if i not in found.deletion.items)
    assert (
        found.score - sum(others[-2:]) - 1e-5 <= found.deletion.random <= found.score - sum(others[:2]) + 1e-5
    )
    assert found.deletion.draws == 20 and found.deletion == model.explain("u03", "i05", top=2).deletion
    subject = explainer.known(3, 5)
    chosen = explainer.deletion(explainer.found(subject, 2), subject, 2, named=subject.history.item[:1])
    assert chosen.items == [f"i{subject.history.item[0]:02}"]


def test_of_somebody_new_the_items_go_from_the_history(artifact: Artifact) -> None:
    model = artifact("gat")
    found = model.explain(history=["i01", "i02", "i07", "i08"], item="i05", top=1)
    left = [int(i[1:]) for i in ("i01", "i02", "i07", "i08") if i not in found.deletion.items]
    again = model.scorer.new_users(NewUsers.of([left])).block(np.array([0]))
    assert found.deletion.after == pytest.approx(float(again[0, 5]), abs=1e-5)


def test_too_few_others_are_no_comparison(artifact: Artifact) -> None:
    found = artifact("ease").explain(history=["i01", "i02"], item="i05", top=5).deletion
    if found is not None and len(found.items) == 2:
        assert found.random is None and found.draws == 0
    one = replace(artifact("item-knn").explain(history=["i01"], item="i01"), deletion=None)
    assert "Without" not in one.sentence
