"""Views, carts and purchases, from a recipe to an artifact: what is held out is in no graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import recbox
from recbox.api.check import check
from recbox.api.exporting import export
from recbox.api.ground import ground_of
from recbox.api.load import Fitted
from recbox.data import Dataset
from recbox.errors import DataError
from tests.hearing import Heard

USERS, ITEMS = 40, 30


def events(folder: Path) -> Path:
    """Each user views twelve items, puts eight of them into the cart and buys six, in this order for each
    item, so that what they bought last was viewed just before; item 29 is viewed and never bought."""
    rng = np.random.default_rng(3)
    rows = []
    for user in range(USERS):
        own = np.flatnonzero(np.arange(ITEMS - 1) % 4 == user % 4)
        others = np.setdiff1d(np.arange(ITEMS - 1), own)
        both = [rng.choice(items, 6, replace=False) for items in (own, others)]
        chosen = rng.permutation(np.concatenate(both))
        for place, item in enumerate(chosen):
            what = ["view", "cart", "buy"] if place % 2 == 0 else ["view", "cart"][: 1 + (place % 3 == 0)]
            rows += [(user, int(item), 100 * place + n, name) for n, name in enumerate(what)]
        rows += [(user, ITEMS - 1, 5, "view")] * (user % 5 == 0)
    path = folder / "events.csv"
    pl.DataFrame(rows, schema=["user", "item", "time", "behaviour"], orient="row").write_csv(path)
    return path


def recipe(folder: Path, **change: Any) -> dict[str, Any]:
    columns = {"time": "time", "behaviour": "behaviour"}
    source = {"use": "table", "interaction": [{"path": str(folder / "events.csv"), "columns": columns}]}
    return {
        "recbox": 1,
        "name": "bought",
        "dim": 8,
        "data": {"source": source, "target": "buy", "split": {"by": "user-time", "valid": 0.2, "test": 0.2}},
        "graph": {"edge": ["interaction", {"type": "behaviour", "by": "view", "scale": 0.5},
                           {"type": "behaviour", "by": "cart"}]},
        "layer": [{"use": "lightgcn", "repeat": 2}],
        "train": {"epochs": 6, "batch": 64, "optimizer": {"lr": 0.05}},
        "evaluate": {"k": [5], "metric": ["ndcg"], "select": "ndcg@5", "baseline": ["popularity"]},
    } | change  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("behaviour")
    events(folder)
    return folder


@pytest.fixture(scope="module")
def heard() -> Heard:
    return Heard()


@pytest.fixture(scope="module")
def fitted(made: Path, heard: Heard) -> Fitted:
    return recbox.load(recbox.run(recipe(made), threads=1, out=made / "run", progress=heard).folder)


def linked(fitted: Fitted, key: str) -> set[tuple[int, int]]:
    """The pairs of a user and an item in the stored graph of an edge type."""
    csr = fitted.artifact.growth.structures.csr[key]
    users = np.repeat(np.arange(csr.rows), np.diff(csr.indptr))
    below = users < USERS
    return set(zip(users[below].tolist(), (csr.indices[below] - USERS).tolist()))


def test_no_graph_of_the_artifact_knows_what_is_held_out(fitted: Fitted, made: Path) -> None:
    """Each purchase was viewed just before it. Of the pairs that are held out, and of what happened from a
    user's first held-out purchase on, nothing is there; the rest is."""
    data, split = fitted.dataset, fitted.artifact.split
    held = data.interaction.take(np.concatenate([split.valid, split.test]))
    pairs = set(zip(held.user.tolist(), held.item.tolist()))
    first = {user: held.time[held.user == user].min() for user in set(held.user.tolist())}
    assert len(first) == USERS
    table = pl.read_csv(made / "events.csv").filter(behaviour="view").select("user", "item", "time")
    expected = {(u, i) for u, i, t in table.rows() if (u, i) not in pairs and t < first[u]}
    assert linked(fitted, "behaviour.view") == expected
    assert pairs <= {(u, i) for u, i, _ in table.rows()}, "else the test shows nothing"
    for key in ("interaction", "behaviour.cart"):
        assert not pairs & linked(fitted, key)


def test_what_is_left_out_is_counted_and_said(fitted: Fitted, heard: Heard) -> None:
    facts = fitted.artifact.metrics["data"]["facts"]
    assert facts["target"] == "buy"
    rules = ("of_held_out_pairs", "not_before_held_out", "of_held_out_nodes", "given_as_held_out")
    for name in ("view", "cart"):
        assert facts[f"{name}_links"] == len(linked(fitted, f"behaviour.{name}"))
        assert facts[f"{name}_of_held_out_pairs"] > 0
        assert facts[f"{name}_not_before_held_out"] > 0
    left = sum(facts[f"{name}_{rule}"] for name in ("view", "cart") for rule in rules)
    counted = facts["kept"] + facts["view_links"] + facts["cart_links"] + left
    assert counted == facts["rows"], "each row of the file is in one count"
    said = [line for line in heard.said if "left out of the other behaviours" in line]
    assert len(said) == 1
    assert f"view {facts['view_of_held_out_pairs']} of held out pairs" in said[0]


def test_everything_else_is_of_the_target_alone(fitted: Fitted, made: Path) -> None:
    """Interactions, popularity, the masks of lists: what was only viewed may be recommended."""
    data = fitted.dataset
    bought = pl.read_csv(made / "events.csv").filter(behaviour="buy").select("user", "item")
    x = data.interaction
    assert set(zip(x.user.tolist(), x.item.tolist())) == set(bought.rows())
    assert (data.behaviours, len(data.item)) == (("buy",), ITEMS)
    lists = fitted.recommend(0, k=ITEMS)
    assert sorted(lists["item"].to_list()) == sorted(set(range(ITEMS)) - set(bought.filter(user=0)["item"]))


def test_it_holds_when_it_is_verified_and_trained_again(fitted: Fitted) -> None:
    found = recbox.verify(fitted.folder, retrain=True)
    assert found.holds, found
    assert "bit for bit" in next(check.seen for check in found.checks if check.name == "trained again")


def test_purchases_alone_are_compared_on_the_same_data(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made)
    alone = recipe(made, name="alone", graph={"edge": ["interaction"]})
    found = recbox.compare(recipe(made), alone, seeds=2, threads=1)
    assert [method.label for method in found.methods] == ["bought", "alone"]
    assert found.data["interactions"] == 6 * USERS


def test_tuning_sees_the_same_graph(made: Path, tmp_path: Path) -> None:
    plain = recipe(made, search={"train.optimizer.lr": [0.01, 0.05]})
    found = recbox.tune(plain, by="grid", out=tmp_path / "study", threads=1)
    assert found.status == "done"
    assert "target: buy" in (tmp_path / "study" / "best.yaml").read_text()


def test_an_exported_split_is_the_targets(made: Path, tmp_path: Path) -> None:
    ground = ground_of(recipe(made), threads=1)
    files = export(ground, tmp_path / "split")
    frames = [pl.read_csv(files[part]) for part in ("train", "valid", "test")]
    assert sum(frame.height for frame in frames) == len(ground.dataset.interaction)
    assert {name for frame in frames for name in frame["behaviour"].unique()} == {"buy"}


def test_new_users_come_with_purchases(fitted: Fitted) -> None:
    """They have nothing of the other behaviours, and are what the union brings them."""
    found = fitted.recommend(history=[0, 4, 8], k=5)
    assert found.height == 5
    assert not {0, 4, 8} & set(found["item"].to_list())


def test_fitted_again_on_both_parts_nothing_comes_back(made: Path, tmp_path: Path) -> None:
    """`refit` adds the purchases of validation; of the other behaviours what tells of them stays out."""
    evaluate = recipe(made)["evaluate"] | {"refit": True, "baseline": []}
    folder = recbox.run(recipe(made, evaluate=evaluate), threads=1, out=tmp_path / "run").folder
    again = recbox.load(folder)
    split, x = again.artifact.split, again.dataset.interaction
    valid = set(zip(x.user[split.valid].tolist(), x.item[split.valid].tolist()))
    assert valid <= linked(again, "interaction")
    assert not valid & linked(again, "behaviour.view")


def test_edges_of_a_behaviour_of_which_nothing_is_left_are_refused(tmp_path: Path) -> None:
    """All carts are of held-out pairs."""
    rows = [(u, i, 10 * i, "buy") for u in range(6) for i in range(5)] + [(u, 4, 1, "cart") for u in range(6)]
    table = pl.DataFrame(rows, schema=["user", "item", "time", "behaviour"], orient="row")
    table.write_csv(tmp_path / "events.csv")
    edge = {"edge": ["interaction", {"type": "behaviour", "by": "cart"}]}
    with pytest.raises(DataError, match=r"no edge of type `behaviour.cart`") as caught:
        recbox.run(recipe(tmp_path, graph=edge), threads=1, out=tmp_path / "run")
    assert "cart: 6 events read, left out: 6 of held out pairs" in caught.value.why


def test_the_check_says_the_target(made: Path) -> None:
    assert ("target", "buy, among several behaviours") in check(recipe(made)).lines


def test_without_a_target_nothing_has_changed(made: Path) -> None:
    """All behaviours are interactions, and pairs come again."""
    plain = recipe(made)
    data = {k: v for k, v in plain["data"].items() if k != "target"}
    plain = {k: v for k, v in plain.items() if k != "graph"} | {"data": data}
    found: Dataset = ground_of(plain, threads=1).dataset
    assert found.behaviours == ("buy", "cart", "view")
    assert len(found.interaction) == pl.read_csv(made / "events.csv").height
    assert not found.relation
