"""What hops and edges weigh is in the artifact, and is read out of it by id."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import recbox
from recbox.api import attending
from recbox.errors import ArtifactError, OptionError
from tests.api.test_api_fusion import FEATURE, ID, SMALL
from tests.hearing import Heard

ATTENTIVE = {
    **SMALL,
    "encoder": {node: {"fuse": "sum", "part": [ID, FEATURE]} for node in ("user", "item")},
    "layer": [{"use": "gat", "heads": 2}, {"use": "lightgcn"}, {"use": "gat", "heads": 4}],
    "combine": "attention",
}
HOPS = range(4)


@pytest.fixture(scope="module")
def heard():
    return Heard()


@pytest.fixture(scope="module")
def fitted(tmp_path_factory, heard):
    out = tmp_path_factory.mktemp("run") / "a"
    return recbox.load(recbox.run(ATTENTIVE, threads=1, out=out, progress=heard).folder)


def test_each_node_and_hop_has_a_row(fitted):
    found = fitted.hops("item")
    assert found.columns == ["item", "hop", "weight"]
    for hop in HOPS:
        assert found.filter(hop=hop)["item"].to_list() == fitted.dataset.item.ids.to_list()
    assert found.height == 50 * 4 and fitted.hops("user").height == 60 * 4
    sums = found.group_by("item").agg(pl.col("weight").cast(pl.Float64).sum())["weight"]
    assert np.allclose(sums, 1.0, atol=1e-6)
    assert found["weight"].std() > 1e-4  # they have been learned


def test_the_stored_weights_are_those_of_the_stored_parameters(fitted):
    """With the hops of the recommender, built again, and the parameters of the artifact, from scratch."""
    weights, hops = fitted.artifact.tensors("weights"), fitted.artifact.growth.known.hops
    scores = []
    for hop, x in enumerate(hops):
        name = f"combine.weigh.scores.part.{hop}."
        hidden = np.tanh(x.numpy() @ weights[name + "weight"].T + weights[name + "bias"])
        scores.append(hidden @ weights["combine.weigh.scores.query"][0] / 8)
    share = np.exp(scores) / np.exp(scores).sum(0)
    stored, vectors = fitted.artifact.tensors("combine"), fitted.artifact.tensors("scorer")
    assert stored["user"].shape == (60, 4) and stored["item"].dtype == np.float32
    assert np.allclose(share.T, np.concatenate([stored["user"], stored["item"]]), atol=1e-5)
    final = sum(s[:, None] * x.numpy() for s, x in zip(share, hops))
    assert np.allclose(final, np.concatenate([vectors["user"], vectors["item"]]), atol=1e-5)


def test_the_run_says_the_mean_weights(fitted, heard):
    (said,) = [text for text in heard.said if "mean weights of hops" in text]
    for node in ("user", "item"):
        mean = fitted.hops(node).group_by("hop").agg(pl.col("weight").mean()).sort("hop")["weight"]
        assert f"{node}: {', '.join(f'{value:.2f}' for value in mean)}" in said


def test_a_new_item_has_the_weights_of_a_known_one_that_nobody_has(fitted):
    x, table = fitted.dataset.interaction, fitted.dataset.item.table
    cold = np.flatnonzero(np.bincount(x.item[fitted.artifact.split.train], minlength=50) == 0)
    new = table[cold.tolist()].with_columns(pl.Series("id", range(9000, 9000 + len(cold))))
    weights = fitted.with_items(new).hops("item").pivot("hop", index="item", values="weight")
    assert weights["item"].to_list()[50:] == new["id"].to_list()
    rows = weights.drop("item").to_numpy()
    assert rows[50:] == pytest.approx(rows[cold], abs=1e-5)


def test_each_edge_has_a_row_for_each_layer_that_tells(fitted):
    found = fitted.attention("user")
    assert found.columns == ["hop", "user", "source", "source_type", "weight"]
    assert found["hop"].unique().to_list() == [1, 3] and found["source_type"].unique().to_list() == ["item"]
    rows = fitted.artifact.split.train
    x, user, item = fitted.dataset.interaction, fitted.dataset.user.ids, fitted.dataset.item.ids
    pairs = set(zip(user.gather(x.user[rows]), item.gather(x.item[rows])))
    for hop in (1, 3):
        assert set(found.filter(hop=hop).select("user", "source").rows()) == pairs
    sums = found.group_by("hop", "user").agg(pl.col("weight").cast(pl.Float64).sum())["weight"]
    assert np.allclose(sums, 1.0, atol=1e-5)
    back = fitted.attention("item")
    assert set(back.filter(hop=1).select("source", "item").rows()) == pairs


def test_heads_are_rows_and_their_mean_is_the_weight(fitted):
    found = fitted.attention("item", heads=True)
    assert found.columns == ["hop", "item", "source", "source_type", "head", "weight"]
    heads = found.group_by("hop").agg(pl.col("head").n_unique()).sort("hop")["head"].to_list()
    assert heads == [2, 4]
    assert found.group_by("hop", "item", "source").agg(pl.col("weight").std())["weight"].max() > 1e-4
    mean = found.group_by("hop", "item", "source", maintain_order=True).agg(pl.col("weight").mean())
    both = mean.join(fitted.attention("item"), on=["hop", "item", "source"], suffix="_mean")
    assert both.height == mean.height == fitted.attention("item").height
    assert np.allclose(both["weight"], both["weight_mean"], atol=1e-6)


def test_some_ids_have_their_rows_of_the_whole(fitted):
    every, ids = fitted.attention("user"), fitted.dataset.user.ids
    some = [ids[7], ids[3]]
    found = fitted.attention("user", some)
    assert found["user"].unique(maintain_order=True).to_list() == some
    assert found.sort(pl.all()).equals(every.filter(pl.col("user").is_in(some)).sort(pl.all()))
    one = fitted.attention("user", str(ids[3]))
    assert one.equals(found.filter(user=ids[3]))


def test_the_file_says_the_same(fitted):
    stored = fitted.artifact.tensors("attention")
    assert set(stored) == {"indptr", "indices", "hop.1", "hop.3"}
    assert stored["indices"].dtype == np.int32 and stored["hop.1"].dtype == np.float32
    for hop in (1, 3):
        read = np.concatenate([fitted.attention(n).filter(hop=hop)["weight"] for n in ("user", "item")])
        assert stored[f"hop.{hop}"] == pytest.approx(read, abs=1e-6)
    source = fitted.attention("user").filter(hop=1)["source"]
    edges = stored["indices"][: stored["indptr"][60]]
    assert fitted.dataset.item.ids.gather(edges - 60).to_list() == source.to_list()


def test_what_is_large_is_computed_alone(tmp_path, monkeypatch, fitted):
    monkeypatch.setattr(attending, "MOST", 100)
    done = recbox.load(recbox.run(ATTENTIVE, threads=1, out=tmp_path / "a").folder)
    assert not (done.folder / "attention.safetensors").exists()
    assert done.attention("user").equals(fitted.attention("user"))


def test_ids_as_text_beside_numbers(tmp_path):
    """Users' ids are text, and items' numbers: as sources both are text."""
    from recbox.api.attending import _sources
    from recbox.graph import Layout

    nodes = {"user": pl.Series(["a", "b"]), "item": pl.Series([5, 6])}
    found = _sources(np.array([1, 2, 3]), Layout((("user", 2), ("item", 2))), nodes)
    assert found.rows() == [("b", "user"), ("5", "item"), ("6", "item")]


def test_what_is_not_weighed_is_refused_with_the_reason(tmp_path):
    plain = {**ATTENTIVE, "layer": [{"use": "lightgcn"}], "combine": "mean"}
    done = recbox.load(recbox.run(plain, threads=1, out=tmp_path / "a").folder)
    for name in ("combine", "attention"):
        assert not (done.folder / f"{name}.safetensors").exists()
    with pytest.raises(ArtifactError, match="no hops are weighed") as seen:
        done.hops("user")
    assert "combine: attention" in seen.value.instead
    with pytest.raises(ArtifactError, match="no layer says what its edges weigh"):
        done.attention("user")


def test_a_model_weighs_nothing(tmp_path):
    simple = {name: SMALL[name] for name in ("recbox", "name", "data", "evaluate")}
    done = recbox.load(recbox.run({**simple, "model": {"use": "popularity"}}, out=tmp_path / "a").folder)
    for read in (done.hops, done.attention):
        with pytest.raises(ArtifactError, match="weigh"):
            read("user")


def test_what_is_not_there_is_named(fitted):
    for read in (fitted.hops, fitted.attention):
        with pytest.raises(OptionError, match="no nodes of type 'film'"):
            read("film")
    with pytest.raises(OptionError, match="there is no item '123456'"):
        fitted.attention("item", [123456])


EDGES = {
    **ATTENTIVE,
    "graph": {"edge": [{"type": "interaction", "feature": ["weight", "age", "order"]}]},
    "layer": [{"use": "gat", "heads": 2, "edge_features": True, "repeat": 2}],
}


def test_edge_features_go_round(tmp_path):
    """Trained, written, and opened: the same scores of known users, and scores of new ones."""
    done = recbox.load(recbox.run(EDGES, threads=1, out=tmp_path / "a").folder)
    growth, stored = done.artifact.growth, done.artifact.tensors("scorer")
    final = np.concatenate([stored["user"], stored["item"]])
    assert growth.known.final.numpy() == pytest.approx(final, abs=1e-5)
    assert growth.recommender.layer[0].edge.weight.abs().min() > 0  # learned, in both directions
    assert done.attention("user").height > 0
    new = done.recommend(history=[5, 9, 12], k=3)
    assert new.height == 3 and new["score"].is_finite().all()


def test_bf16_and_a_second_run_end_as_they_should(tmp_path):
    half = {**EDGES, "train": {**EDGES["train"], "precision": "bf16"}}
    one = recbox.load(recbox.run(half, threads=1, out=tmp_path / "a").folder)
    two = recbox.load(recbox.run(half, threads=1, out=tmp_path / "b").folder)
    for name in ("weights", "combine", "attention"):
        first, second = one.artifact.tensors(name), two.artifact.tensors(name)
        assert all(np.array_equal(first[key], second[key]) for key in first)
    sums = one.attention("user").group_by("hop", "user").agg(pl.col("weight").cast(pl.Float64).sum())
    assert np.allclose(sums["weight"], 1.0, atol=0.02)
