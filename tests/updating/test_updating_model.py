"""Models: what they learned of items stays, users' histories grow."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from updating_shop import ITEMS, MODELS, SINCE, USERS

from recbox.api.load import Fitted
from recbox.errors import UnsupportedError

Of = Callable[[str], Fitted]
KNOWN = SINCE.filter(SINCE["item"] != 500)


def same(name: str, one: torch.Tensor, other: torch.Tensor) -> bool:
    """Bit for bit; `bias` computes a user's number again of items' numbers that were rounded."""
    return torch.allclose(one, other, atol=1e-6) if name == "bias" else torch.equal(one, other)


def everybody(model: Fitted) -> torch.Tensor:
    return model.scorer.block(np.arange(len(model.dataset.user)))


@pytest.mark.parametrize("name", MODELS)
def test_nobody_else_moves(fitted: Of, name: str):
    """Who did nothing since has the same scores; two steps are one; who comes and is forgotten
    leaves all as it was."""
    before = fitted(name)
    after = before.update(KNOWN)
    acting = {3, 11}
    rest = [u for u in range(USERS) if u not in acting]
    assert same(name, everybody(after)[rest], everybody(before)[rest])
    two = before.update(KNOWN[:2]).update(KNOWN[2:])
    assert same(name, everybody(two), everybody(after))
    gone = before.update(KNOWN.filter(KNOWN["Customer"] == "stranger")).update(forget="stranger")
    assert same(name, everybody(gone), everybody(before))


def test_ease_by_hand(fitted: Of):
    """`x_u B`, with the B that was fitted."""
    before = fitted("ease")
    after = before.update(KNOWN)
    x = after.dataset.interaction.take(after.artifact.split.train)
    has = np.zeros((USERS + 1, ITEMS), np.float32)
    has[x.user, x.item] = 1
    assert has[USERS].sum() == 2
    weight = before.artifact.tensors("scorer")["weight"]
    np.testing.assert_allclose(everybody(after).numpy(), has @ weight, atol=1e-6)
    assert np.array_equal(after.artifact.tensors("scorer")["weight"], weight)


def test_forgotten_users_are_no_rows_of_a_model(fitted: Of):
    before = fitted("item-knn")
    after = before.update(forget=["person-07", "person-00"])
    assert after.scorer.shape == (USERS - 2, ITEMS)
    keep = np.delete(np.arange(USERS), [0, 7])
    assert torch.equal(everybody(after), everybody(before)[keep])
    assert "fitted with the interactions" in after.metrics["updated"]["remembers"]


def test_a_new_item_is_refused_or_left_out_and_counted(fitted: Of):
    before = fitted("ease")
    with pytest.raises(UnsupportedError, match="500") as caught:
        before.update(SINCE)
    assert "--skip-new-items" in caught.value.instead
    counts = before.update(SINCE, skip_new_items=True).metrics["updated"]["count"]
    assert (counts["skipped"], counts["skipped_items"], counts["new"]) == (2, 1, 4)


def test_a_method_without_a_rule_for_histories_says_so(fitted: Of):
    with pytest.raises(UnsupportedError, match="random can't be updated"):
        fitted("random").update(KNOWN)


def test_a_rule_that_comes_to_other_scores_is_found(fitted: Of, monkeypatch):
    """A plugin may promise `exact` and not keep it."""
    from recbox.model.ease import EASEScorer

    before = fitted("ease")
    monkeypatch.setattr(
        EASEScorer, "new_users", lambda self, users: EASEScorer(users.matrix(self.shape[1]) * 2, self.weight)
    )
    with pytest.raises(UnsupportedError, match="can't be updated"):
        before.update(KNOWN)
