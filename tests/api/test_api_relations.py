"""Relations that are made, in whole runs: of the training part alone, in the artifact, and for newcomers."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import recbox
from recbox.errors import RecipeError
from recbox.recipe import relating

pytestmark = pytest.mark.kernel

USERS, ITEMS = 30, 24
RECIPE = {
    "recbox": 1,
    "name": "shop",
    "dim": 4,
    "data": {
        "source": {
            "use": "table",
            "interaction": [{"path": "train.csv", "part": "train"}, {"path": "test.csv", "part": "test"}],
            "item": [{"path": "items.csv", "columns": {"shelf": {}, "price": {"type": "numeric"}}}],
        },
        "split": {"by": "given", "valid": 0.1},
    },
    "graph": {
        "edge": [
            "interaction",
            {"type": "item-relation", "made": "co-occurrence", "neighbours": 3, "weight": "value"},
            {"type": "item-relation", "made": "nearest", "columns": ["shelf", "price"], "neighbours": 2},
            {"type": "user-relation", "made": "co-occurrence", "neighbours": 3, "scale": 0.5},
        ]
    },
    "layer": [{"use": "lightgcn", "repeat": 2}],
    "train": {"epochs": 2, "batch": 64},
    "evaluate": {"k": [5], "metric": ["recall"], "select": "recall@5", "baseline": []},
}


def write(folder: Path, held_out: int) -> Path:
    """A shop whose training part is the same whatever is held out."""
    draw, folder = np.random.default_rng(0), folder / str(held_out)
    folder.mkdir()
    own = [draw.choice(ITEMS, 8, replace=False) for _ in range(USERS)]
    train = [f"{u},{i}" for u, items in enumerate(own) for i in items[:6]]
    test = [f"{u},{items[6 + held_out]}" for u, items in enumerate(own)]
    (folder / "train.csv").write_text("\n".join(["user,item", *train]) + "\n")
    (folder / "test.csv").write_text("\n".join(["user,item", *test]) + "\n")
    items = [f"{i},{'abc'[i % 3]},{i * i if i % 5 else ''}" for i in range(ITEMS)]
    (folder / "items.csv").write_text("\n".join(["id,shelf,price", *items]) + "\n")
    return folder


def run(folder: Path, name: str = "run", **options):
    return recbox.run(RECIPE, threads=1, data_dir=[folder], out=folder / name, **options)


def test_what_is_held_out_changes_no_edge(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = []
    for held_out in (0, 1):
        outcome = run(write(tmp_path, held_out))
        arrays = recbox.load(outcome.folder).artifact.tensors("graph")
        found.append({name: np.array(array) for name, array in arrays.items()})
    assert {name.split(".")[0] for name in found[0]} == {"1", "2", "3"}
    assert found[0].keys() == found[1].keys()
    for name, array in found[0].items():
        assert np.array_equal(array, found[1][name]), name
    assert "1.item-relation.weight" in found[0] and "2.item-relation.weight" not in found[0]


def test_newcomers_are_scored_without_making_them_again(tmp_path: Path, monkeypatch) -> None:
    from recbox.recommender import edges

    monkeypatch.chdir(tmp_path)
    fitted = recbox.load(run(write(tmp_path, 0)).folder)

    def again(*given: object) -> None:
        raise AssertionError("the artifact holds them")

    monkeypatch.setattr(edges, "made", again)
    assert fitted.recommend(history=[3, 4], k=3).height == 3


def test_newcomers_are_scored_where_what_made_the_edges_is_gone(tmp_path: Path, monkeypatch) -> None:
    """faiss, without which the recipe doesn't run again."""
    pytest.importorskip("faiss", reason="needs faiss")
    monkeypatch.chdir(tmp_path)
    folder = run(write(tmp_path, 0), sets=["graph.edge.2.find=faiss"]).folder
    before = recbox.load(folder).recommend(history=[3, 4], k=3)
    monkeypatch.setitem(sys.modules, "faiss", None)
    monkeypatch.setattr(relating, "find_spec", lambda name: find_spec(name) if name != "faiss" else None)
    fitted = recbox.load(folder)
    assert len(fitted.artifact.growth.known.final) == USERS + ITEMS
    assert fitted.recommend(history=[3, 4], k=3).equals(before)
    with pytest.raises(RecipeError, match="needs the package faiss"):
        recbox.run(folder / "recipe.yaml", threads=1, data_dir=[folder.parent], out=tmp_path / "again")


def test_both_kernels_come_to_the_same(tmp_path: Path, monkeypatch) -> None:
    pytest.importorskip("dgl", reason="needs DGL")
    monkeypatch.chdir(tmp_path)
    folder = write(tmp_path, 0)
    one, two = (
        recbox.load(run(folder, k, kernel=k).folder).artifact.tensors("scorer") for k in ("torch", "dgl")
    )
    for name in ("user", "item"):
        np.testing.assert_allclose(one[name], two[name], atol=1e-5)


def test_friends_of_lastfm_are_edges_beside_what_they_listen_to(
    data_dir: Path, tmp_path: Path, monkeypatch
) -> None:
    if not (data_dir / "lastfm" / "trust.tsv").is_file():
        pytest.skip("needs Last.FM: set RECBOX_DATA to a folder that holds lastfm/trust.tsv")
    monkeypatch.chdir(tmp_path)
    recipe = Path(__file__).resolve().parents[2] / "recipes" / "lastfm_social.yaml"
    sets = ["train.epochs=1", "dim=2", "evaluate.baseline=[]", "evaluate.metric=[ndcg]"]
    outcome = recbox.run(recipe, sets=sets, threads=1, data_dir=[data_dir], out=tmp_path / "run")
    arrays = recbox.load(outcome.folder).artifact.tensors("graph")
    # The file has 12,717 pairs, each in both directions; 12 of its users listen to nothing, and are no nodes.
    users, pairs = 1880, 12_613
    assert len(arrays["1.user-relation.indices"]) == 2 * pairs
    assert arrays["1.user-relation.indices"].max() < users
    assert (np.diff(arrays["1.user-relation.indptr"])[users:] == 0).all()
