"""What parts weigh is in the artifact, and is read out of it by id and part."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import recbox
from recbox.errors import ArtifactError, OptionError, PluginError
from tests.hearing import Heard

ID, FEATURE = {"use": "id", "dropout": 0.3}, {"use": "feature"}
SMALL = {
    "recbox": 1,
    "name": "small",
    "dim": 8,
    "data": {
        "source": {"use": "synthetic", "users": 60, "items": 50, "interactions": 900},
        "split": {"by": "cold-item", "valid": 0.1, "test": 0.2},
    },
    "encoder": {
        "user": {"fuse": "sum", "part": [{"use": "id"}, FEATURE]},
        "item": {"fuse": "gate", "part": [ID, FEATURE, {"use": "id"}]},
    },
    "layer": [{"use": "lightgcn"}],
    "train": {"epochs": 3, "batch": 128, "optimizer": {"lr": 0.05}},
    "evaluate": {"k": [10], "baseline": []},
}


@pytest.fixture(scope="module")
def heard():
    return Heard()


@pytest.fixture(scope="module")
def fitted(tmp_path_factory, heard):
    out = tmp_path_factory.mktemp("run") / "a"
    return recbox.load(recbox.run(SMALL, threads=1, out=out, progress=heard).folder)


def test_each_node_and_part_has_a_row(fitted):
    found = fitted.fusion("item")
    assert found.columns == ["item", "part", "weight"]
    assert found["part"].unique(maintain_order=True).to_list() == ["id", "feature", "id-2"]
    ids = fitted.dataset.item.ids
    for part in ("id", "feature", "id-2"):
        assert found.filter(part=part)["item"].to_list() == ids.to_list()
    sums = found.group_by("item").agg(pl.col("weight").cast(pl.Float64).sum())
    assert np.allclose(sums["weight"].to_numpy(), 1.0, atol=1e-6)


def test_an_item_that_nobody_knew_has_no_id(fitted):
    found = fitted.fusion("item").filter(part="id")["weight"].to_numpy()
    x, train = fitted.dataset.interaction, fitted.artifact.split.train
    cold = np.bincount(x.item[train], minlength=len(found)) == 0
    assert cold.any() and not found[cold].any() and found[~cold].min() > 0


def test_the_stored_weights_make_the_stored_vectors(fitted):
    """With the gate's parameters of the artifact, from scratch."""
    weights, layer0 = fitted.artifact.tensors("weights"), fitted.artifact.tensors("layer0")["item"]
    stored = fitted.artifact.tensors("fusion")
    assert list(stored) == ["item.0.id", "item.1.feature", "item.2.id"]
    assert all(array.dtype == np.float32 and array.shape == (50,) for array in stored.values())
    name = "encoder.item."
    cold = stored["item.0.id"] == 0
    x = [weights[name + "part.0.weight"] * ~cold[:, None], None, weights[name + "part.2.weight"]]
    x[1] = recovered(weights, fitted)
    score = np.concatenate(x, 1) @ weights[name + "fuse.scores.weight"].T + weights[name + "fuse.scores.bias"]
    share = np.exp(score.reshape(50, 3, 8))
    share[cold, 0] = 0
    share /= share.sum(1, keepdims=True)
    assert np.allclose(sum(share[:, p] * x[p] for p in range(3)), layer0, atol=1e-5)
    for p, array in enumerate(stored.values()):
        assert np.allclose(share[:, p].mean(1), array, atol=1e-5)


def recovered(weights, fitted):
    """The feature encoder's vectors, by that encoder with the stored weights."""
    import torch

    from recbox.context import Context
    from recbox.encoder.feature import Feature
    from recbox.plugin import Spec

    train = fitted.dataset.take(fitted.artifact.split.train)
    module = Feature().build(Spec("item", 50, 0, 8, train, None, Context(), "encoder.item.1"))
    prefix = "encoder.item.part.1."
    own = {k.removeprefix(prefix): torch.from_numpy(v) for k, v in weights.items() if k.startswith(prefix)}
    module.load_state_dict(own)
    return module(torch.arange(50)).detach().numpy()


@pytest.mark.parametrize("fuse", ["sum", "concat", "gate", "attention"])
def test_a_new_item_is_what_a_known_one_is_that_nobody_has(fuse, tmp_path):
    """By the same features: scores and weights of parts are those of the artifact."""
    both = {node: {"fuse": fuse, "part": [ID, FEATURE]} for node in ("user", "item")}
    done = recbox.load(recbox.run({**SMALL, "encoder": both}, threads=1, out=tmp_path / "a").folder)
    x, table = done.dataset.interaction, done.dataset.item.table
    cold = np.flatnonzero(np.bincount(x.item[done.artifact.split.train], minlength=50) == 0)
    new = table[cold.tolist()].with_columns(pl.Series("id", range(9000, 9000 + len(cold))))
    more, users = done.with_items(new), np.arange(60)
    scores = more.scorer.block(users).numpy()
    assert scores.shape == (60, 50 + len(cold)) and np.ptp(scores[:, cold]) > 0.01
    assert scores[:, 50:] == pytest.approx(scores[:, cold], abs=1e-5)
    if fuse in ("gate", "attention"):
        weights = more.fusion("item").pivot("part", index="item", values="weight")
        assert weights["item"].to_list()[50:] == new["id"].to_list()
        rows = weights.drop("item").to_numpy()
        assert rows[50:] == pytest.approx(rows[cold], abs=1e-6)
        assert more.fusion("user").height == 60 * 2


def test_what_an_encoder_of_another_package_raises_is_its_fault(tmp_path):
    """Here while weights of new items are read."""
    code = [Path(__file__).with_name("api_encoder.py")]
    fused = {"item": {"fuse": "gate", "part": [{"use": "id"}, {"use": "forgetful"}]}}
    done = recbox.run({**SMALL, "encoder": fused}, threads=1, code=code, out=tmp_path / "a")
    more = recbox.load(done.folder, code=code).with_items({"id": [9000], "genre": [["a"]], "year": [1990]})
    with pytest.raises(PluginError, match="encoder 'forgetful' failed: IndexError: pop from empty") as seen:
        more.fusion("item")
    assert seen.value.where.startswith("api_encoder.py")


def test_the_run_says_the_mean_weights(fitted, heard):
    (said,) = [text for text in heard.said if "mean weights" in text]
    mean = fitted.fusion("item").group_by("part").agg(pl.col("weight").mean())
    for part, value in mean.rows():
        assert f"{part} {value:.2f}" in said
    assert "user" not in said


def test_parts_that_are_not_weighed_are_refused_with_the_reason(fitted):
    with pytest.raises(ArtifactError, match="no parts are weighed for users") as seen:
        fitted.fusion("user")
    assert "fuse: gate or attention" in seen.value.instead
    with pytest.raises(OptionError, match="no nodes of type 'film'"):
        fitted.fusion("film")


def test_without_a_weighed_encoder_there_is_no_file(tmp_path):
    plain = {**SMALL, "encoder": {"item": {"fuse": "sum", "part": [ID, FEATURE]}}}
    done = recbox.load(recbox.run(plain, threads=1, out=tmp_path / "a").folder)
    assert not (done.folder / "fusion.safetensors").exists()
    with pytest.raises(ArtifactError, match="no parts are weighed for items"):
        done.fusion("item")
