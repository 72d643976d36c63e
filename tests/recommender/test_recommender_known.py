"""Known users who have taken more since: they start from what was learned of them."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import torch

from recbox.errors import OptionError
from recbox.plugin import NewUsers
from tests.recommender.test_recommender_growth import BOTH, EDGES, LAYERS, USERS, array, growth

pytestmark = pytest.mark.kernel
HAD, WEIGHT = [[0, 1], [1, 2], [1]], [[1.0, 4.0], [2.0, 1.0], [3.0]]
"""What the users of the tiny graph have."""


@pytest.mark.parametrize("encoder", [{}, {"encoder": BOTH}], ids=["ids", "features"])
@pytest.mark.parametrize("graph", EDGES, ids=["plain", "weighted, related"])
@pytest.mark.parametrize("layer", LAYERS, ids=lambda x: "-".join(p["use"] for p in x))
def test_who_took_nothing_since_has_the_vector_of_training(layer, graph, encoder, kernel_name):
    """Friends and what edges count included; a stranger beside them changes nothing."""
    grown, scorer = growth(kernel_name, layer=layer, graph=graph, **encoder)
    new = NewUsers.of([*HAD, [3]], [*WEIGHT, [1.0]], known=[0, 1, 2, -1])
    found = grown.users(new)
    torch.testing.assert_close(found[:USERS], grown.known.final[:USERS], atol=1e-5, rtol=1e-5)
    alone = grown.users(NewUsers.of([[3]]))
    torch.testing.assert_close(found[USERS:], alone, atol=1e-6, rtol=1e-5)
    scores = scorer.new_users(new).block(np.arange(USERS))
    torch.testing.assert_close(scores, scorer.block(np.arange(USERS)), atol=1e-5, rtol=1e-5)


TIMED = {
    "type": "interaction", "recency": {"by": "order", "half_life": 0.5}, "feature": ["age", "order"],
}  # fmt: skip


def test_ages_and_recency_stay_those_of_training(kernel_name):
    """A layer that reads what edges carry sees the same edges; all but those that came since."""
    layer = [{"use": "gat", "heads": 2, "edge_features": True}]
    grown, _ = growth(kernel_name, {"edge": [TIMED]}, times=[40, 0, 20, 100, 60], layer=layer)
    found = grown.users(NewUsers.of(HAD, known=[0, 1, 2]))
    torch.testing.assert_close(found, grown.known.final[:USERS], atol=1e-5, rtol=1e-5)


def test_one_item_more_by_hand(kernel_name):
    """User 0 has items 0 and 1, and took 2 since: its degree is 3 then, those of items stay 1, 3 and 1."""
    grown, _ = growth(kernel_name, layer=[{"use": "lightgcn"}], combine="concat")
    first, found = grown.known.hops[0], grown.users(NewUsers.of([[0, 1, 2]], known=[0]))
    x = array(first)
    expected = x[USERS] / 3**0.5 + x[USERS + 1] / 9**0.5 + x[USERS + 2] / 3**0.5
    assert array(found)[0] == pytest.approx(np.concatenate([x[0], expected]), abs=1e-6)


def test_a_part_that_reads_histories_reads_the_longer_one():
    """Of `id` beside an encoder by history, the first goes on and the second follows."""
    from recbox.recommender.fused import Fused, Sum

    class ByHistory(torch.nn.Module):
        def forward(self, nodes):
            return torch.full((len(nodes), 2), 9.0)

        def fresh(self, table, history):
            return torch.tensor([[float(len(items))] * 2 for items in history.lists()])

    own = torch.nn.Embedding(3, 2)
    fused = Fused([own, ByHistory()], Sum(), 3, 2, [False, True])
    new = NewUsers.of([[0, 1, 2], [4]], known=[1, -1])
    found = fused.fresh(pl.DataFrame({"": [None] * 2}), new.history, torch.from_numpy(new.known))
    expected = own.weight[1] + 3
    assert found.tolist() == [expected.tolist(), [1.0, 1.0]]


@pytest.mark.parametrize("known", [[3], [-2], [0, 1], []])
def test_a_user_that_is_none_is_refused(known):
    with pytest.raises(OptionError, match="`known`"):
        NewUsers.of([[0]], known=known).check(3, 4)
