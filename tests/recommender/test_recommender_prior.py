"""What a head adds for how often an item was taken: in a loss, in a scorer, and after an artifact."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from recbox.recommender import GraphScorer
from recbox.train import GraphCourse
from tests.train.conftest import ITEMS, USERS, prepare, world  # noqa: F401 - fixtures

pytestmark = pytest.mark.kernel

HEAD = {"use": "cosine", "popularity": 0.25}
ALL = np.arange(USERS)


def expected(train) -> torch.Tensor:
    return 0.25 * torch.from_numpy(np.log(np.bincount(train.interaction.item, minlength=ITEMS) + 1.0)).float()


@pytest.mark.parametrize("use", ["cosine", "dot"])
def test_a_scorer_adds_it(use, prepare):  # noqa: F811
    recipe, recommender, graph, train, _ = prepare(head={"use": use, "popularity": 0.25})
    scorer = GraphScorer.of(recommender, graph, True)
    with torch.no_grad():
        final = recommender(graph).final
        plain = recommender.head.block(final[:USERS], final[USERS : USERS + ITEMS])
    whole = plain + expected(train)
    torch.testing.assert_close(scorer.block(ALL), whole)
    users, items = np.array([3, 0, 3]), np.array([1, 29, 7])
    torch.testing.assert_close(scorer.score(users, items), whole[users, items])
    u, i = scorer.vectors()
    torch.testing.assert_close(u @ i.T, whole)
    again = GraphScorer.load(recipe.head.options, *scorer.state())
    assert torch.equal(again.block(ALL), scorer.block(ALL))


def test_a_head_that_is_no_inner_product_can_have_one(prepare):  # noqa: F811
    _, recommender, graph, train, _ = prepare(head={"use": "mlp", "hidden": [6]})
    plain = GraphScorer.of(recommender, graph, False)
    recommender.prior = expected(train)
    own = GraphScorer.of(recommender, graph, False)
    torch.testing.assert_close(own.block(ALL), plain.block(ALL) + expected(train))
    torch.testing.assert_close(
        own.score(ALL[:3], ALL[:3]), plain.score(ALL[:3], ALL[:3]) + expected(train)[:3]
    )


def test_a_loss_sees_the_scores_with_it(prepare):  # noqa: F811
    recipe, recommender, graph, train, context = prepare(head=HEAD, train={"batch": 16})
    loss = GraphCourse(recipe, recommender, graph, train, context).open(0)
    batch = next(iter(loss.batches.epoch(0, context)))
    step = loss._step(batch, (0, 0, 0))
    final, prior = recommender(graph).final, expected(train)
    block = recommender.head.block(final[batch.user], final[USERS : USERS + ITEMS]) + prior
    torch.testing.assert_close(step.score(batch.user, batch.item), block[torch.arange(16), batch.item])
    some = torch.tensor([4, 1])
    torch.testing.assert_close(step.block(batch.user, some), block[:, some])


def test_without_an_option_there_is_none(prepare):  # noqa: F811
    _, recommender, graph, *_ = prepare()
    assert recommender.prior is None
    assert "prior" not in GraphScorer.of(recommender, graph, True).state()[0]


def test_a_state_whose_prior_is_not_the_heads_is_refused(prepare):  # noqa: F811
    recipe, recommender, graph, *_ = prepare(head=HEAD)
    arrays, json = GraphScorer.of(recommender, graph, True).state()
    plain = {k: v for k, v in arrays.items() if k != "prior"}
    short = arrays | {"prior": arrays["prior"][:1]}
    for wrong in (plain, short):
        with pytest.raises(ValueError, match="prior"):
            GraphScorer.load(recipe.head.options, wrong, json)
    with pytest.raises(ValueError, match="prior"):
        GraphScorer.load(recipe.head.options.model_copy(update={"popularity": 0.0}), arrays, json)
