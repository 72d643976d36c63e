"""Vectors are those that transformers gives, and sentence-transformers for its own models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import text_made
import torch
from recbox_text import GPT, Bert, SentenceTransformer
from recbox_text.text import Text

from recbox.plugin import DataError, UnsupportedError

TITLES = [
    "Heat",
    "a film of the kind",
    "Heat",
    "drama " * 300,
    "x",
    "",
    "1995!",
    "emoji 🎬😀 here",
    "مرحبا بالعالم",
    "nul\0inside",
    "\u200f\u202eabc",
    None,
]
LACKING = "the extra recbox-text[minilm] is not installed"
KINDS: dict[str, type[Text]] = {"bert": Bert, "gpt": GPT, "sentence-transformer": SentenceTransformer}


def vectors(cls: type[Text], model: Path, titles: list[str | None] = TITLES, **options: Any) -> np.ndarray:
    asked = {"model": str(model), "text": "{title}", "normalise": False, **options}
    return cls.parse(asked).vectors(text_made.given({"title": titles}))


def alone(folder: Path, text: str, pooling: str, length: int = 64) -> np.ndarray:
    """One text, without a batch and without padding, pooled by hand from what transformers gives."""
    from tokenizers import Tokenizer
    from transformers import AutoModel

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(length)
    ids = tokenizer.encode(text).ids or [256]
    with torch.no_grad():
        model = AutoModel.from_pretrained(folder)
        x = model(input_ids=torch.tensor([ids])).last_hidden_state[0].numpy()
    weight = np.arange(1, len(x) + 1)[:, None]
    return {
        "mean": x.mean(0),
        "cls": x[0],
        "max": x.max(0),
        "last-token": x[-1],
        "weighted-mean": (x * weight).sum(0) / weight.sum(),
    }[pooling]


CASES = [("bert", p) for p in ("mean", "cls", "max")] + [
    ("gpt", p) for p in ("last-token", "weighted-mean", "mean")
]


@pytest.mark.parametrize(("kind", "pooling"), CASES)
def test_each_text_has_the_vector_that_it_has_alone(kind: str, pooling: str, models: dict[str, Path]) -> None:
    found = vectors(KINDS[kind], models[kind], pooling=pooling, batch=5)
    for row, title in zip(found, TITLES):
        np.testing.assert_allclose(row, alone(models[kind], (title or "").strip(), pooling), atol=2e-6)


@pytest.mark.parametrize("name", ["sentence-transformer", "dense"])
def test_a_sentence_transformer_gives_what_its_library_gives(name: str, models: dict[str, Path]) -> None:
    library = pytest.importorskip("sentence_transformers", reason=LACKING)
    texts = [(title or "").strip() for title in TITLES]
    expected = library.SentenceTransformer(str(models[name]), device="cpu").encode(texts, batch_size=4)
    np.testing.assert_allclose(vectors(SentenceTransformer, models[name]), expected, atol=1e-6)


def test_what_the_library_saves_today_is_read_too(models: dict[str, Path], tmp_path: Path) -> None:
    library = pytest.importorskip("sentence_transformers", reason=LACKING)
    library.SentenceTransformer(str(models["dense"]), device="cpu").save_pretrained(str(tmp_path / "saved"))
    found, again = (vectors(SentenceTransformer, f) for f in (models["dense"], tmp_path / "saved"))
    np.testing.assert_array_equal(found, again)


def test_an_own_prompt_and_lower_case_are_followed(tmp_path: Path) -> None:
    folder = text_made.sentence_transformer(tmp_path / "m")
    text_made._write(folder / "sentence_bert_config.json", {"max_seq_length": 32, "do_lower_case": True})
    plain = vectors(SentenceTransformer, folder, ["item a", "ITEM A"])
    np.testing.assert_array_equal(plain[0], plain[1])
    prompts = {"prompts": {"document": "the film: "}, "default_prompt_name": "document"}
    text_made._write(folder / "config_sentence_transformers.json", prompts)
    own = vectors(SentenceTransformer, folder, ["item a"])
    np.testing.assert_array_equal(own, vectors(SentenceTransformer, folder, ["item a"], prompt="the film: "))
    np.testing.assert_array_equal(plain[:1], vectors(SentenceTransformer, folder, ["item a"], prompt=""))
    assert np.abs(own - plain[:1]).max() > 1e-3


def test_max_length_cuts(models: dict[str, Path]) -> None:
    cut = vectors(Bert, models["bert"], ["film of drama and more", "film of drama"], max_length=5)
    np.testing.assert_allclose(cut[0], cut[1], atol=1e-6)
    np.testing.assert_allclose(cut[0], alone(models["bert"], "film of drama", "mean", 5), atol=1e-6)


def test_normalise_gives_length_one(models: dict[str, Path]) -> None:
    spec = text_made.given({"title": TITLES}, dim=text_made.WIDTH)
    for normalise in (True, False):
        asked = {"model": str(models["bert"]), "text": "{title}", "normalise": normalise, "train": "frozen"}
        rows = Bert.parse(asked).build(spec)(torch.arange(len(TITLES)))
        lengths = rows.norm(dim=1)
        assert bool(torch.isclose(lengths, torch.ones(1), atol=1e-5).all()) == normalise


@pytest.mark.parametrize("kind", ["bert", "gpt"])
def test_int8_and_bf16_are_near(kind: str, models: dict[str, Path]) -> None:
    exact = vectors(KINDS[kind], models[kind])
    for options in ({"quantize": "int8"}, {"precision": "bf16"}):
        found = vectors(KINDS[kind], models[kind], **options)
        cosine = (found * exact).sum(1) / np.linalg.norm(found, axis=1) / np.linalg.norm(exact, axis=1)
        assert cosine.min() > 0.999
        assert np.abs(found - exact).max() > 1e-6, "something was rounded"


def test_an_int8_vector_depends_on_its_text_alone(models: dict[str, Path]) -> None:
    whole = vectors(Bert, models["bert"], quantize="int8", batch=12)
    for i in (0, 3, 5):
        single = vectors(Bert, models["bert"], [TITLES[i]], quantize="int8")
        np.testing.assert_allclose(single[0], whole[i], atol=2e-2)


def test_int8_is_refused_on_a_gpu(models: dict[str, Path]) -> None:
    from recbox.plugin import Context

    spec = text_made.given({"title": ["a"]}, context=Context(device="cuda", threads=1))
    asked = Bert.parse({"model": str(models["bert"]), "text": "{title}", "quantize": "int8"})
    with pytest.raises(UnsupportedError, match="int8 runs on a CPU"):
        asked.vectors(spec)


@pytest.mark.parametrize(
    ("cls", "model", "said"), [(GPT, "bert", "no causal model"), (Bert, "gpt", "both directions")]
)
def test_a_model_of_the_other_family_is_named(
    cls: type[Text], model: str, said: str, models: dict[str, Path]
) -> None:
    with pytest.raises(DataError, match=said):
        vectors(cls, models[model])


def test_a_text_whose_numbers_are_not_finite_is_named_by_its_row(tmp_path: Path) -> None:
    folder = text_made.bert(tmp_path / "m")
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    letter = text_made.VOCABULARY.index("x")
    weights["embeddings.word_embeddings.weight"][letter] = torch.nan
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(DataError, match=r"1 texts, first for item 20 \(row 2\)"):
        vectors(Bert, folder, ["a", "b", "x", "c"])


def test_nobodys_random_stream_moves_and_nothing_is_printed(
    models: dict[str, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    from recbox.contract.streams import watched

    with watched() as moved:
        for kind, cls in KINDS.items():
            vectors(cls, models[kind])
        assert not moved()
    assert capfd.readouterr() == ("", "")
