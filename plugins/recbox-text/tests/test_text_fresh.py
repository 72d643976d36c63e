"""New nodes: read by the same template, through the same maps, and each once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import text_made
import torch
from recbox_text import GPT, Bert, SentenceTransformer, Vectors
from recbox_text._network import Network

import recbox

TITLES = ["film", "drama of a user", None, "comedy"]
WAYS: list[dict[str, Any]] = [
    {},
    {"projection": "whiten"},
    {"projection": "mlp"},
    {"train": "frozen"},
    {"train": "frozen", "projection": "whiten", "normalise": False},
]
RECIPE = """
recbox: 1
name: small
dim: 8
data:
  source:
    use: table
    interaction: [{{path: clicks.csv}}]
    item: [{{path: goods.csv, columns: {{title: {{type: text, role: title}}, room: {{type: categorical}}}}}}]
  split: {{by: user-random, valid: 0, test: 0.3}}
encoder:
  item: {{fuse: sum, part: [{{use: id}}, {part}]}}
layer: [{{use: lightgcn}}]
train: {{epochs: 2, batch: 16}}
evaluate: {{k: [2], metric: [recall, ndcg], baseline: []}}
"""
GOODS = ["green tea", "cup", "tea pot", "saw", "nails", "drill"]


@pytest.mark.parametrize("options", WAYS)
@pytest.mark.parametrize(("cls", "name"), [(Bert, "bert"), (GPT, "gpt"), (SentenceTransformer, "dense")])
def test_a_new_node_with_a_known_ones_text_has_its_row(
    cls: Any, name: str, options: dict[str, Any], models: dict[str, Path]
) -> None:
    asked = cls.parse({"model": str(models[name]), "text": "{title}. {genre}", **options})
    assert (asked.inductive, asked.by_id) == (True, False)
    module = asked.build(text_made.given({"title": TITLES, "genre": [["a"], None, ["b"], ["a", "b"]]}))
    every = module(torch.arange(4)).detach()
    table = pl.DataFrame({"genre": [["a", "b"], ["a"]], "title": ["comedy", "film"]})
    torch.testing.assert_close(module.fresh(table), every[[3, 0]])
    alone = module.fresh(pl.DataFrame({"genre": [["b"]]}))
    torch.testing.assert_close(alone, every[2:3])
    assert module.fresh(table.clear()).shape == (0, 8)


def test_what_nothing_is_known_of_is_read_as_a_known_node_without_a_text(models: dict[str, Path]) -> None:
    module = Bert.parse({"model": str(models["bert"]), "text": "{title}"}).build(
        text_made.given({"title": TITLES})
    )
    found = module.fresh(pl.DataFrame({"": [None, None]}))
    torch.testing.assert_close(found, module(torch.tensor([2, 2])).detach())


def test_an_id_in_the_template_is_read(models: dict[str, Path]) -> None:
    asked = Bert.parse({"model": str(models["bert"]), "text": "{id} {title}"})
    assert asked.by_id
    module = asked.build(text_made.given({"title": TITLES}))
    known = module.fresh(pl.DataFrame({"id": [10], "title": ["drama of a user"]}))
    torch.testing.assert_close(known, module(torch.tensor([1])).detach())


def vectors(folder: Path, missing: str) -> tuple[Any, np.ndarray]:
    """Ids 0, 10, 20, 30 are the data's, 77 is not."""
    x = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    np.save(folder / "x.npy", x)
    (folder / "ids.txt").write_text("77\n30\n20\n10\n0\n")
    options = {"file": str(folder / "x.npy"), "ids": str(folder / "ids.txt"), "missing": missing}
    spec = text_made.given({"title": TITLES}, dim=3)
    return Vectors.parse({"train": "frozen", "normalise": False, **options}).build(spec), x


def test_vectors_of_new_ids_are_those_of_the_file(tmp_path: Path) -> None:
    module, x = vectors(tmp_path, "error")
    found = module.fresh(pl.DataFrame({"id": [77, 30]})).numpy()
    np.testing.assert_allclose(found @ found.T, x[:2] @ x[:2].T, atol=1e-5)


@pytest.mark.parametrize("missing", ["zero", "error", "mean"])
def test_new_ids_that_the_file_lacks_are_missing(missing: str, tmp_path: Path) -> None:
    module, _ = vectors(tmp_path, missing)
    expected = module(torch.arange(4)).mean(0) if missing == "mean" else torch.zeros(3)
    for table in (pl.DataFrame({"id": [5]}), pl.DataFrame({"title": ["film"]})):
        torch.testing.assert_close(module.fresh(table)[0], expected)


def test_recommend_takes_new_items_by_their_texts(
    models: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the artifact, with what the cache has: the new texts alone are encoded."""
    made(tmp_path, f'{{use: bert, model: {models["bert"]}, text: "{{title}}"}}')
    fitted = recbox.load(tmp_path / "run")
    (tmp_path / "new.csv").write_text("id,title,room\nmug,cup,kitchen\nhoe,a hoe,shed\n")
    encoded: list[str] = []
    encode = Network.encode
    monkeypatch.setattr(Network, "encode", lambda self, texts: encoded.extend(texts) or encode(self, texts))
    wider = fitted.with_items(tmp_path / "new.csv")
    lists = wider.recommend(history=["a", "b"], k=6)
    assert {"mug", "hoe"} <= set(lists["item"])
    assert encoded == ["a hoe"], "a known title is in the cache"


def test_recommend_takes_new_items_by_their_vectors(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(7, 4)).astype(np.float32))
    (tmp_path / "ids.txt").write_text("\n".join([*"abcdef", "mug"]))
    made(tmp_path, "{use: vectors, file: x.npy, ids: ids.txt}")
    wider = recbox.load(tmp_path / "run").with_items(
        pl.DataFrame({"id": ["mug", "hoe"], "title": ["cup", "hoe"], "room": ["shed", "shed"]})
    )
    score = wider.scorer.block(np.arange(2))[:, -2:]
    assert (score[:, 0] != score[:, 1]).all()


def made(folder: Path, part: str) -> Any:
    """A shop of five people and six goods, fitted."""
    clicks = "\n".join(f"p{u},{i}" for u in range(5) for n, i in enumerate("abcdef") if (u + n) % 3)
    (folder / "clicks.csv").write_text(f"user,item\n{clicks}\n")
    goods = "\n".join(f"{i},{title},kitchen" for i, title in zip("abcdef", GOODS))
    (folder / "goods.csv").write_text(f"id,title,room\n{goods}\n")
    (folder / "small.yaml").write_text(RECIPE.format(part=part))
    return recbox.run(folder / "small.yaml", out=folder / "run", threads=1)
