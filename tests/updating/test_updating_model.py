"""Models: fitted again, or with what they learned of items as it is and users by longer histories."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from updating_shop import DAY, EVENTS, ITEMS, KEPT, REFITTED, SINCE, SOURCE, USERS, described_items

import recbox
from recbox.api.load import Fitted
from recbox.context import Context
from recbox.errors import OptionError, UnsupportedError
from recbox.model.ease import EASE
from recbox.updating.way import plan, ways

Of = Callable[[str], Fitted]
KNOWN = SINCE.filter(SINCE["item"] != 500)


def same(name: str, one: torch.Tensor, other: torch.Tensor) -> bool:
    """Bit for bit; `bias` computes a user's number again of items' numbers that were rounded."""
    return torch.allclose(one, other, atol=1e-6) if name == "bias" else torch.equal(one, other)


def everybody(model: Fitted) -> torch.Tensor:
    return model.scorer.block(np.arange(len(model.dataset.user)))


@pytest.mark.parametrize("name", KEPT)
def test_nobody_else_moves(fitted: Of, name: str):
    """Who did nothing since has the same scores; two steps are one; who comes and is forgotten
    leaves all as it was."""
    before = fitted(name)
    after = before.update(KNOWN, fit=False)
    acting = {3, 11}
    rest = [u for u in range(USERS) if u not in acting]
    assert same(name, everybody(after)[rest], everybody(before)[rest])
    two = before.update(KNOWN[:2], fit=False).update(KNOWN[2:], fit=False)
    assert same(name, everybody(two), everybody(after))
    stranger = KNOWN.filter(KNOWN["Customer"] == "stranger")
    gone = before.update(stranger, fit=False).update(forget="stranger", fit=False)
    assert same(name, everybody(gone), everybody(before))


def told(model: Fitted, folder: Path, name: str, forget: tuple[str, ...] = ()) -> Fitted:
    """The same method run on a file of all that the model was told of, with the parts that it has."""
    data, split = model.dataset, model.artifact.split
    part = np.full(len(data.interaction), "train", object)
    part[split.valid], part[split.test] = "valid", "test"
    x = data.interaction
    frame = pl.DataFrame(
        {
            "Customer": data.user.ids.gather(x.user),
            "item": data.item.ids.gather(x.item),
            "when": x.time,
            "stars": x.weight,
            "part": part.tolist(),
        }
    )
    frame.filter(~pl.col("Customer").is_in(forget)).write_csv(folder / "all.csv")
    users = data.user.table.filter(~pl.col("id").is_in(forget))
    users.with_columns(pl.col("age").cast(pl.Float64)).write_csv(folder / "users.csv")
    data.item.table.with_columns(pl.col("kind").list.join("|")).write_csv(folder / "items.csv")
    files: dict[str, Any] = {
        "interaction": [{"path": str(folder / "all.csv"), "columns": {**EVENTS, "part": "part"}}],
        "user": [{**SOURCE["user"][0], "path": str(folder / "users.csv")}],
        "item": [{**SOURCE["item"][0], "path": str(folder / "items.csv")}],
    }
    recipe = {
        "recbox": 1,
        "name": name,
        "data": {"source": {"use": "table", **files}, "split": {"by": "given"}},
        "model": {"use": name},
        "evaluate": {"k": [5], "metric": ["ndcg"], "baseline": []},
    }
    return recbox.load(recbox.run(recipe, out=folder / "again", threads=1).folder)


def agree(one: Fitted, other: Fitted) -> None:
    """Scores by ids, to 1e-5."""
    user = [one.dataset.user.ids.to_list().index(id) for id in other.dataset.user.ids.to_list()]
    item = [one.dataset.item.ids.to_list().index(id) for id in other.dataset.item.ids.to_list()]
    assert one.scorer.shape == other.scorer.shape
    np.testing.assert_allclose(everybody(one)[user][:, item], everybody(other), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", REFITTED)
def test_an_update_is_a_fit_on_all_of_it(fitted: Of, tmp_path: Path, name: str):
    """With a new user, a new item and repeats; and so is forgetting somebody."""
    later = SINCE[1:2].with_columns(when=pl.lit(1000 * DAY, pl.Int64), stars=pl.lit(5.0))
    again = pl.concat([SINCE, SINCE[:2], later])
    after = fitted(name).update(again, items=described_items([500]))
    assert after.scorer.shape == (USERS + 1, ITEMS + 1) and after.metrics["updated"]["way"] == "fit"
    (tmp_path / "one").mkdir()
    agree(after, told(after, tmp_path / "one", name))
    gone = after.update(forget=["person-07", "stranger"])
    (tmp_path / "two").mkdir()
    agree(gone, told(after, tmp_path / "two", name, ("person-07", "stranger")))
    assert "remembers" not in gone.metrics["updated"]
    assert "fitted again without them" in (gone.folder / "README.md").read_text()
    twice = after.update(again)
    assert torch.equal(everybody(twice), everybody(after))


def test_an_item_that_nobody_has_yet_is_there(fitted: Of):
    """A store tells of items before anybody takes them."""
    before = fitted("item-knn")
    after = before.update(items=described_items([501]))
    assert everybody(after)[:, -1].tolist() == [0.0] * USERS
    assert torch.equal(everybody(after)[:, :-1], everybody(before))


def test_what_is_fitted_again_remembers_nobody(fitted: Of):
    """Not even whom an earlier version forgot and still remembered."""
    kept = fitted("ease").update(forget="person-07", fit=False)
    assert "was fitted with" in kept.metrics["updated"]["remembers"]
    more = kept.update(KNOWN, fit=False)
    assert more.metrics["updated"]["remembers"] == kept.metrics["updated"]["remembers"]
    fit = more.update(forget="person-08")
    assert "remembers" not in fit.metrics["updated"]
    assert fit.artifact.manifest.updated.base["interaction"] == len(fit.dataset.interaction)
    assert "remembers" not in fit.update(KNOWN, fit=False).metrics["updated"]


def test_ease_by_hand(fitted: Of):
    """`x_u B`, with the B that was fitted."""
    before = fitted("ease")
    after = before.update(KNOWN, fit=False)
    x = after.dataset.interaction.take(after.artifact.split.train)
    has = np.zeros((USERS + 1, ITEMS), np.float32)
    has[x.user, x.item] = 1
    assert has[USERS].sum() == 2
    weight = before.artifact.tensors("scorer")["weight"]
    np.testing.assert_allclose(everybody(after).numpy(), has @ weight, atol=1e-6)
    assert np.array_equal(after.artifact.tensors("scorer")["weight"], weight)


def test_forgotten_users_are_no_rows_of_a_model(fitted: Of):
    before = fitted("item-knn")
    after = before.update(forget=["person-07", "person-00"], fit=False)
    assert after.scorer.shape == (USERS - 2, ITEMS)
    keep = np.delete(np.arange(USERS), [0, 7])
    assert torch.equal(everybody(after), everybody(before)[keep])
    assert "fitted with the interactions" in after.metrics["updated"]["remembers"]


def test_a_new_item_is_refused_or_left_out_and_counted(fitted: Of):
    before = fitted("ease")
    with pytest.raises(UnsupportedError, match="500") as caught:
        before.update(SINCE, fit=False)
    assert "--skip-new-items" in caught.value.instead
    counts = before.update(SINCE, skip_new_items=True, fit=False).metrics["updated"]["count"]
    assert (counts["skipped"], counts["skipped_items"], counts["new"]) == (2, 1, 4)


def test_what_costs_too_much_is_not_fitted_again_unasked(fitted: Of):
    """EASE's need grows with the cube of the items."""
    data, tight = fitted("ease").dataset, Context(memory=1000)
    assert ways(EASE()) == ("fit", "histories")
    assert plan(EASE(), "ease", data, None, Context(), "here").way == "fit"
    found = plan(EASE(), "ease", data, None, tight, "here")
    assert found.way == "histories" and "GiB" in found.why
    assert plan(EASE(), "ease", data, False, Context(), "here").way == "histories"
    from recbox_classic.user_knn import UserKNN

    with pytest.raises(UnsupportedError, match="user-knn can't be updated"):
        plan(UserKNN(), "user-knn", data, None, tight, "here")
    with pytest.raises(UnsupportedError, match="user-knn can't be updated"):
        plan(UserKNN(), "user-knn", data, False, Context(), "here")


def test_a_rule_that_comes_to_other_scores_is_found(fitted: Of, monkeypatch):
    """A plugin may promise `exact` and not keep it."""
    from recbox.model.ease import EASEScorer

    before = fitted("ease")
    monkeypatch.setattr(
        EASEScorer, "new_users", lambda self, users: EASEScorer(users.matrix(self.shape[1]) * 2, self.weight)
    )
    with pytest.raises(UnsupportedError, match="can't be updated"):
        before.update(KNOWN, fit=False)


def test_ials_by_hand(fitted: Of):
    """Users solved given the items, the new item given the users, and who has it given all items."""
    before = fitted("ials")
    after = before.update(SINCE)
    old, now = (m.artifact.tensors("scorer") for m in (before, after))
    acting = {3, 11}
    rest = [u for u in range(USERS) if u not in acting]
    assert np.array_equal(now["user"][rest], old["user"][rest])
    assert np.array_equal(now["item"][:ITEMS], old["item"])
    x = after.dataset.interaction.take(after.artifact.split.train)
    has = np.zeros((USERS + 1, ITEMS + 1))
    has[x.user, x.item] = 1
    user = old["user"].astype(float)
    user = np.concatenate([user, np.zeros((1, user.shape[1]))])
    for u in (3, 11, USERS):
        user[u] = solved(has[u, :ITEMS], old["item"].astype(float))
    new = solved(has[:, ITEMS], user)
    np.testing.assert_allclose(now["item"][ITEMS], new, atol=1e-5)
    item = np.concatenate([old["item"].astype(float), new[None]])
    for u in (3, USERS):
        np.testing.assert_allclose(now["user"][u], solved(has[u], item), atol=1e-5)
    np.testing.assert_allclose(now["user"][11], user[11], atol=1e-5)


def solved(has: np.ndarray, other: np.ndarray) -> np.ndarray:
    """One row of iALS with its defaults: `(Σ h hᵀ + α HᵀH + λ (n + α m) I) x = Σ h`."""
    alpha, l2 = 0.1, 0.003
    own = other[has > 0]
    ridge = l2 * (len(own) + alpha * len(other))
    matrix = own.T @ own + alpha * other.T @ other + ridge * np.eye(other.shape[1])
    return np.linalg.solve(matrix, own.sum(0))


@pytest.mark.parametrize("name", ["ials", "bpr-mf"])
def test_vectors_that_are_trained_stay(fitted: Of, name: str):
    """What is there already changes nothing; who is forgotten is no row; what was taken is left out."""
    before = fitted(name)
    known = KNOWN.filter(KNOWN["Customer"] != "stranger")
    after = before.update(known)
    again = after.update(known)
    assert torch.equal(everybody(again), everybody(after))
    assert 117 not in after.recommend("person-11", k=ITEMS)["item"].to_list()
    keep = np.delete(np.arange(USERS), 7)
    gone = after.update(forget="person-07")
    assert torch.equal(everybody(gone), everybody(after)[keep])
    assert gone.metrics["updated"]["remembers"]


def test_one_whose_vectors_are_trained_takes_nobody_in(fitted: Of):
    before = fitted("bpr-mf")
    with pytest.raises(UnsupportedError, match="stranger") as caught:
        before.update(KNOWN)
    assert "--skip-new-users" in caught.value.instead
    after = before.update(SINCE, skip_new_users=True, skip_new_items=True)
    assert after.scorer.shape == before.scorer.shape
    assert torch.equal(everybody(after), everybody(before))
    with pytest.raises(OptionError, match="isn't fitted at one go"):
        before.update(KNOWN, fit=True)
    with pytest.raises(OptionError, match="aren't fitted at one go"):
        fitted("lightgcn").update(KNOWN, fit=True)
