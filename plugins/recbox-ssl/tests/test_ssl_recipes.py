"""The recipes on LightGCN's splits: each goes by name, and runs on made data."""

from __future__ import annotations

from pathlib import Path

import pytest

import recbox
from recbox.api.check import check
from recbox.source.lightgcn import KNOWN

SETS = ("gowalla", "yelp2018", "amazon-book")
TERMS = {
    "sgl": ["bpr", "l2", "edge-dropout-contrast"],
    "simgcl": ["bpr", "l2", "noise-contrast"],
    "xsimgcl": ["bpr", "l2", "noise-contrast"],
    "directau": ["alignment-uniformity"],
}
RECIPES = [f"{data.replace('-', '_')}_{method}" for data in SETS for method in TERMS]
SMALL = ["train.epochs=2", "train.batch=256", "dim=8", "evaluate.baseline=[]", "data.fallback=synthetic"]


def test_each_of_them_ships() -> None:
    folder = Path(__file__).parents[1] / "recipes"
    assert {path.stem for path in folder.glob("*.yaml")} >= set(RECIPES)


@pytest.mark.parametrize("name", RECIPES)
def test_it_goes_by_name_and_is_of_its_data_and_method(name: str) -> None:
    recipe = check(name).recipe
    data, _, method = name.rpartition("_")
    assert recipe.data.source.name == data.replace("_", "-")
    assert recipe.name == name.replace("_", "-")
    assert [part.label for part in recipe.stage[0].objective] == TERMS[method]
    assert recipe.stage[0].training.batch == (4096 if name == "gowalla_sgl" else 2048)
    assert (recipe.dim, recipe.layer[0].name) == (64, "lightgcn")
    assert recipe.layer[0].repeat == (2 if name in ("gowalla_xsimgcl", "gowalla_directau") else 3)
    last = recipe.stage[0].objective[-1].options.values()
    assert (last.get("layer") == 1) == (method == "xsimgcl")


@pytest.mark.parametrize("name", RECIPES)
def test_it_runs_on_made_data(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECBOX_DATA", raising=False)
    monkeypatch.setenv("RECBOX_CACHE", str(tmp_path / "cache"))
    for data in SETS:
        monkeypatch.setitem(KNOWN, data, {"users": 60, "items": 50, "interactions": 900})
    done = recbox.run(name, sets=SMALL, out=tmp_path / "run", threads=1, offline=True)
    history = recbox.load(done.folder).artifact.history
    first, last = history[0], history[-1]
    assert last["loss"] < first["loss"]
    assert done.metrics["data"]["synthetic"] is True
    assert 0 < done.metrics["test"]["ndcg@20"] <= 1
