"""Graph recipes: the same parameters, one full pass over the graph as it is now."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
import torch
from updating_shop import GRAPHS, ITEMS, SINCE, USERS, described_items, described_users

from recbox.api.load import Fitted
from recbox.kernel import dgl_door
from recbox.plugin import NewUsers

Of = Callable[[str], Fitted]
ITEM = described_items([500])


def everybody(model: Fitted) -> torch.Tensor:
    return model.scorer.block(np.arange(len(model.dataset.user)))


@pytest.mark.parametrize("name", GRAPHS)
def test_events_that_are_known_change_no_score_by_a_bit(fitted: Of, name: str):
    before = fitted(name)
    x = before.dataset.interaction
    known = {
        "user": before.dataset.user.ids.gather(x.user[:5]).to_list(),
        "item": before.dataset.item.ids.gather(x.item[:5]).to_list(),
        "time": x.time[:5].tolist(),
        "weight": x.weight[:5].tolist(),
    }
    after = before.update(known)
    assert after.metrics["updated"]["count"]["known"] == 5
    assert torch.equal(everybody(after), everybody(before))
    assert after.dataset.fingerprint == before.dataset.fingerprint


def dense_lightgcn(model: Fitted, first: np.ndarray) -> np.ndarray:
    """`mean_l (D^-1/2 A D^-1/2)^l e`, of the training part as the artifact has it."""
    data = model.dataset.take(model.artifact.split.train)
    users, n = len(data.user), len(data.user) + len(data.item)
    a = np.zeros((n, n))
    a[data.interaction.user, users + data.interaction.item] = 1
    a += a.T
    root = np.sqrt(np.maximum(a.sum(1), 1e-12))
    a /= root[:, None] * root
    one, two = a @ first, a @ (a @ first)
    return (first + one + two) / 3


def test_lightgcn_over_the_larger_graph_by_hand(fitted: Of, tmp_path):
    before = fitted("lightgcn")
    SINCE.write_parquet(tmp_path / "since.parquet")
    after = before.update(tmp_path / "since.parquet")
    weights = before.artifact.tensors("weights")
    tables = [weights["encoder.user.part.0.weight"], weights["encoder.item.part.0.weight"]]
    first = np.concatenate([np.append(table, np.zeros((1, 8)), axis=0) for table in tables])
    assert after.dataset.user.ids.to_list()[USERS:] == ["stranger"]
    assert after.dataset.item.ids.to_list()[ITEMS:] == [500]
    expected = dense_lightgcn(after, first)
    found = after.artifact.tensors("scorer")
    np.testing.assert_allclose(found["user"], expected[: USERS + 1], atol=1e-5)
    np.testing.assert_allclose(found["item"], expected[USERS + 1 :], atol=1e-5)
    assert after.artifact.tensors("layer0")["user"][USERS].tolist() == [0.0] * 8
    assert abs(found["user"][USERS]).max() > 0  # the new user has something of its items


@pytest.mark.parametrize("name", ["lightgcn", "featured", "weighed"])
def test_forgetting_is_a_full_pass_without_the_user(fitted: Of, name: str):
    before = fitted(name)
    after = before.update(forget="person-07")
    keep = np.delete(np.arange(USERS), 7)
    layer0 = before.artifact.tensors("layer0")
    found = after.artifact.tensors("layer0")
    np.testing.assert_allclose(found["user"], layer0["user"][keep], atol=1e-6)
    np.testing.assert_allclose(found["item"], layer0["item"], atol=1e-6)
    if name != "weighed":
        expected = dense_lightgcn(after, np.concatenate([layer0["user"][keep], layer0["item"]]))
        scorer = after.artifact.tensors("scorer")
        np.testing.assert_allclose(scorer["user"], expected[: USERS - 1], atol=1e-5)
        np.testing.assert_allclose(scorer["item"], expected[USERS - 1 :], atol=1e-5)
    mine = before.dataset.interaction.user != 7
    assert len(after.dataset.interaction) == mine.sum()
    assert after.artifact.growth  # it comes to its vectors when it is opened again


@pytest.mark.parametrize("name", ["gat", "weighed"])
def test_who_comes_and_is_forgotten_leaves_what_was_there(fitted: Of, name: str):
    """All is as before, to rounding."""
    before = fitted(name)
    mine = SINCE.filter((pl.col("Customer") == "stranger") & (pl.col("item") != 500))
    without = before.update(mine).update(forget=["stranger"])
    assert torch.allclose(everybody(without), everybody(before), atol=1e-5)
    assert without.dataset.user.ids.to_list() == before.dataset.user.ids.to_list()


@pytest.mark.parametrize("name", ["featured", "gcn", "weighed"])
def test_two_steps_are_one(fitted: Of, name: str):
    """Events of later rows folded in later give the same scores; so does an artifact opened in between."""
    before = fitted(name)
    items = ITEM if name == "featured" else None
    one = before.update(SINCE, items)
    two = before.update(SINCE[:2], items).update(SINCE[2:])
    assert one.dataset.fingerprint == two.dataset.fingerprint
    assert torch.allclose(everybody(one), everybody(two), atol=1e-6)


def test_features_of_a_new_item_are_read_as_of_any_new_one(fitted: Of):
    before = fitted("featured")
    after = before.update(items=ITEM)
    new = before.with_items(ITEM)
    assert torch.allclose(everybody(after)[:, ITEMS:], everybody(new)[:, ITEMS:], atol=1e-5)
    assert torch.allclose(everybody(after)[:, :ITEMS], everybody(before), atol=1e-5)


def test_categories_that_nobody_had_say_nothing(fitted: Of):
    """A new item's unknown kind counts as none, also once the item is among the data."""
    before = fitted("featured")
    odd = ITEM.with_columns(kind=ITEM["kind"] + "|unheard-of")
    one, other = before.update(items=ITEM), before.update(items=odd)
    assert torch.equal(everybody(one), everybody(other))
    assert other.dataset.item.table["kind"].to_list()[-1][-1] == "unheard-of"


@pytest.mark.parametrize("kernel", ["torch", "dgl"])
def test_both_kernels_come_to_the_same(fitted: Of, kernel: str, monkeypatch):
    if kernel == "dgl":
        try:
            dgl_door.load_dgl()
        except Exception as error:
            pytest.skip(f"DGL can't be used here: {str(error)[:80]}")
    from recbox.artifact import growing

    usual = growing._context
    plain = everybody(fitted("lightgcn").update(SINCE))
    monkeypatch.setattr(growing, "_context", lambda artifact: usual(artifact).with_(kernel=kernel))
    assert torch.allclose(everybody(fitted("lightgcn").update(SINCE)), plain, atol=1e-5)


def test_weights_of_hops_and_edges_are_those_of_the_larger_graph(fitted: Of):
    hops = fitted("gcn").update(SINCE).hops("user")
    assert hops.filter(hops["user"] == "stranger")["weight"].sum() == pytest.approx(1, abs=1e-5)
    after = fitted("gat").update(SINCE, ITEM)
    told = after.attention("user", "stranger")
    assert sorted(told["source"].to_list()) == ["104", "119", "500"]
    stored = after.artifact.tensors("attention")["hop.1"]
    assert len(stored) == after.artifact.growth.graph.edges
    gates = fitted("featured").update(SINCE, ITEM).fusion("item")
    assert gates.filter(gates["item"] == 500)["weight"].sum() == pytest.approx(1, abs=1e-5)


def test_new_users_of_the_new_version_are_scored_over_what_it_knows(fitted: Of):
    """A history may name an item that came with the update."""
    after = fitted("lightgcn").update(SINCE)
    lists = after.recommend(history=[500, 101], k=3)
    assert lists.height == 3 and 500 not in lists["item"].to_list()


def test_who_came_with_an_update_may_take_more(fitted: Of):
    """`recommend --user --history` of a user whom the parameters weren't trained with: the first vector is
    what encoders made of the user's columns, as for all others."""
    said = described_users([40]).with_columns(id=pl.lit("stranger"))
    after = fitted("featured").update(SINCE, ITEM, said)
    inner = int(after.dataset.user.ids.index_of("stranger"))
    encoder = after.artifact.growth.recommender.encoder["user"]
    place, history = torch.tensor([inner, 3]), NewUsers.of([[0], [1]]).history
    again = encoder.fresh(pl.DataFrame({"": [None, None]}), history, place)
    assert torch.equal(again, encoder(place))
    lists = after.recommend("stranger", k=2, history=[101])
    assert not {101, 104, 500, 119} & set(lists["item"].to_list())
