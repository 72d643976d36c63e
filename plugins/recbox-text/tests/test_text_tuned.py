"""A text model that learns: what moves, at which rate, what is saved, and what it takes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import text_made
import torch
from recbox_text import GPT, Bert, SentenceTransformer
from safetensors.numpy import load_file
from text_ways import EACH, NEEDS_PEFT, WAYS

import recbox
from recbox.plugin import DataError

TITLES = ["film", "drama of a user", "film", "comedy", "kind of 7"]
RECIPE = """
recbox: 1
name: small
dim: 8
data: {{source: {{use: synthetic, users: 30, items: 20, interactions: 300}}}}
encoder:
  item: {{use: {use}, model: {model}, text: "item {{id}}", {options}}}
layer: [{{use: lightgcn}}]
train: {{epochs: {epochs}, batch: 128, optimizer: {{lr: 0.01}}, patience: null}}
evaluate: {{k: [5], metric: [ndcg], baseline: []}}
"""


def made(model: Path, cls: Any = Bert, **options: Any) -> Any:
    asked = cls.parse({"model": str(model), "text": "{title}", **options})
    return asked.build(text_made.given({"title": TITLES}))


def run(folder: Path, model: Path, options: str, out: str = "run", epochs: int = 2, **more: Any) -> Any:
    recipe = folder / "small.yaml"
    recipe.write_text(RECIPE.format(use="bert", model=model, options=options, epochs=epochs))
    return recbox.run(recipe, out=folder / out, threads=1, **more)


@pytest.mark.parametrize("way", EACH)
@pytest.mark.parametrize("cls", [Bert, GPT, SentenceTransformer])
def test_at_first_rows_are_those_of_the_model_as_it_came(cls: Any, way: str, models: dict[str, Path]) -> None:
    name = {Bert: "bert", GPT: "gpt", SentenceTransformer: "dense"}[cls]
    frozen, tuned = made(models[name], cls), made(models[name], cls, **WAYS[way])
    every = torch.arange(5)
    for rows in (tuned(every), tuned.eval()(every)):
        torch.testing.assert_close(rows, frozen(every), atol=1e-5, rtol=1e-5)
    table = pl.DataFrame({"title": ["comedy", "new"]})
    torch.testing.assert_close(tuned.fresh(table), frozen.fresh(table), atol=1e-5, rtol=1e-5)


def test_the_last_layer_alone_learns(models: dict[str, Path]) -> None:
    names = [n for n, _ in made(models["bert"], train="last").named_parameters()]
    assert names
    assert all(".encoder.layer.0." in n for n in names if not n.startswith("way."))
    names = [n for n, _ in made(models["bert"], train="full").named_parameters()]
    assert any("word_embeddings" in n for n in names)
    assert not any("pooler" in n for n in names)


@NEEDS_PEFT
def test_low_rank_additions_have_the_rank(models: dict[str, Path]) -> None:
    module = made(models["bert"], train="lora", rank=3)
    shapes = {n: p.shape for n, p in module.named_parameters() if n.startswith("reading.")}
    assert len(shapes) == 2 * 6, "two for each of the six linear layers"
    assert all(3 in shape and ".lora_" in n for n, shape in shapes.items())


@pytest.mark.parametrize("way", EACH)
def test_the_state_is_what_learns_and_the_mark_of_the_model(way: str, models: dict[str, Path]) -> None:
    module = made(models["bert"], **WAYS[way])
    assert set(module.state_dict()) == {n for n, _ in module.named_parameters()} | {"base.sha256"}


def test_without_peft_the_recipe_is_at_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recbox_text.text.find_spec", lambda name: None)
    with pytest.raises(ValueError, match="needs the package peft"):
        Bert.parse({"model": "m", "text": "{title}", "train": "lora"})
    assert Bert.parse({"model": "m", "text": "{title}", "train": "last"}).train == "last"


def test_more_layers_than_there_are_is_a_message(models: dict[str, Path]) -> None:
    with pytest.raises(DataError, match="has 1 layers, and `layers` asks for 2"):
        made(models["bert"], train="last", layers=2)


@pytest.mark.parametrize("way", EACH)
def test_an_epoch_moves_what_learns_and_nothing_else(
    way: str, models: dict[str, Path], tmp_path: Path
) -> None:
    """The base model's files stay as well, and the artifact has what moved."""
    before = load_file(models["bert"] / "model.safetensors")
    options = ", ".join(f"{k}: {v}" for k, v in WAYS[way].items())
    fresh = Bert.parse({"model": str(models["bert"]), "text": "{title}", **WAYS[way]}).build(
        text_made.given({"title": TITLES})
    )
    outcome = run(tmp_path, models["bert"], options)
    weights = load_file(outcome.folder / "weights.safetensors")
    prefix = "encoder.item.part.0."
    own = {n.removeprefix(prefix): v for n, v in weights.items() if n.startswith(prefix + "reading.")}
    learned = {n: p.detach().numpy() for n, p in fresh.named_parameters() if n.startswith("reading.")}
    assert set(own) == set(learned)
    # Adding a number to all keys moves no softmax, so that its gradient is 0.
    still = [n for n, v in own.items() if np.array_equal(v, learned[n]) and "key.bias" not in n]
    if way == "full":  # rows of the table that no text reads
        assert np.array_equal(
            own["reading.model.embeddings.word_embeddings.weight"][0],
            before["embeddings.word_embeddings.weight"][0],
        )
    assert still == []
    assert load_file(models["bert"] / "model.safetensors").keys() == before.keys()


def test_the_rate_is_the_text_models_own(models: dict[str, Path], tmp_path: Path) -> None:
    """By Adam's first steps, which are as long as the rate."""
    outcome = run(tmp_path, models["bert"], "train: last, lr: 1.0e-5", epochs=1)
    weights = load_file(outcome.folder / "weights.safetensors")
    before = load_file(models["bert"] / "model.safetensors")
    name = "encoder.layer.0.output.dense.weight"
    moved = np.abs(weights[f"encoder.item.part.0.reading.model.{name}"] - before[name]).max()
    steps = 2
    assert 0.3e-5 < moved < 1.01e-5 * steps
    assert np.abs(weights["encoder.item.part.0.way.projection.weight"]).max() > 0.1


@NEEDS_PEFT
def test_two_processes_have_the_same_result(models: dict[str, Path], tmp_path: Path) -> None:
    one = run(tmp_path, models["bert"], "train: lora, per_step: 7", "a")
    command = [sys.executable, "-m", "recbox", "run", str(tmp_path / "small.yaml")]
    command += ["--out", str(tmp_path / "b"), "--threads", "1"]
    subprocess.run(command, check=True, timeout=120, capture_output=True)
    a, b = (load_file(f / "weights.safetensors") for f in (one.folder, tmp_path / "b"))
    assert a.keys() == b.keys()
    for name, value in a.items():
        np.testing.assert_array_equal(value, b[name], err_msg=name)


@pytest.mark.parametrize("way", EACH)
def test_an_artifact_is_loaded_with_the_base_model(way: str, models: dict[str, Path], tmp_path: Path) -> None:
    """New items through what was learned; another base model is refused, and known users need none."""
    model = shutil.copytree(models["bert"], tmp_path / "model")
    options = ", ".join(f"{k}: {v}" for k, v in WAYS[way].items())
    outcome = run(tmp_path, model, options + ", lr: 0.01")
    fitted = recbox.load(outcome.folder)
    new = pl.DataFrame({"id": [1001], "year": [1990], "genre": [None]})
    score = fitted.with_items(new).scorer.block(np.arange(3))[:, -1]
    assert np.isfinite(score.numpy()).all()
    shutil.rmtree(model)
    text_made.bert(model, seed=1)
    fitted = recbox.load(outcome.folder)
    assert fitted.recommend(fitted.some_user(), k=3).height == 3
    with pytest.raises(DataError, match="isn't the text model that was trained with"):
        _ = fitted.with_items(new).scorer


def test_a_resumed_run_ends_with_the_same_weights(
    models: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = "train: last, per_step: 5"
    whole = run(tmp_path, models["bert"], options, "whole", epochs=3)
    calls: list[int] = []
    batch = recbox.train.stage.OpenStage.begin

    def stopping(self: Any, epoch: int, lr: float) -> None:
        calls.append(epoch)
        if epoch == 2 and len(calls) == 3:
            raise RuntimeError("the machine is gone")
        batch(self, epoch, lr)

    monkeypatch.setattr(recbox.train.stage.OpenStage, "begin", stopping)
    with pytest.raises(RuntimeError, match="the machine is gone"):
        run(tmp_path, models["bert"], options, "cut", epochs=3)
    resumed = run(tmp_path, models["bert"], options, "cut", epochs=3, resume=True)
    assert calls[3] > 0
    a, b = (load_file(o.folder / "weights.safetensors") for o in (whole, resumed))
    for name, value in a.items():
        np.testing.assert_array_equal(value, b[name], err_msg=name)


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"layers": 2}, "layers"),
        ({"train": "lora", "layers": 2}, "layers"),
        ({"train": "last", "rank": 2}, "rank"),
        ({"train": "frozen", "lr": 0.1}, "lr"),
        ({"per_step": 3}, "per_step"),
        ({"train": "full", "quantize": "int8"}, "quantize"),
    ],
)
def test_an_option_that_would_do_nothing_is_a_mistake(options: dict[str, Any], place: str) -> None:
    with pytest.raises(ValueError, match=place):
        Bert.parse({"model": "m", "text": "{title}", **options})
