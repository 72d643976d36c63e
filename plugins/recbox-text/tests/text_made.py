"""Tiny models, built on the spot with real tokenizers: vectors that mean nothing, files as real ones have.

`python text_made.py FOLDER` writes those that the package carries.
"""

from __future__ import annotations

import json
import string
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, GPT2Config, GPT2LMHeadModel

from recbox.data.dataset import Dataset, Interactions, Nodes
from recbox.plugin import Column, Context, Spec

WIDTH = 16
PIECES = ["##" + c for c in string.ascii_lowercase + string.digits]
WORDS = ["item", "kind", "the", "of", "a", "film", "user", "drama", "comedy"]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
VOCABULARY = [*SPECIAL, *string.ascii_lowercase, *string.digits, *string.punctuation, *PIECES, *WORDS]


def bert(folder: Path, seed: int = 0, width: int = WIDTH, model: type = BertModel) -> Path:
    """A BERT of one layer that reads English letters, digits and a few words."""
    config = BertConfig(
        vocab_size=len(VOCABULARY),
        hidden_size=width,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=2 * width,
        max_position_embeddings=64,
    )
    _save(_drawn(lambda: model(config), seed), folder)
    _word_pieces().save(str(folder / "tokenizer.json"))
    said = {"model_max_length": 64, "pad_token": "[PAD]", "tokenizer_class": "BertTokenizer"}
    _write(folder / "tokenizer_config.json", said)
    return folder


def gpt(folder: Path, seed: int = 0, width: int = WIDTH) -> Path:
    """A GPT-2 of one layer that reads bytes."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {c: i for i, c in enumerate([*alphabet, "<|endoftext|>"])}
    config = GPT2Config(
        vocab_size=len(vocabulary),
        n_embd=width,
        n_layer=1,
        n_head=2,
        n_positions=64,
        bos_token_id=len(vocabulary) - 1,
        eos_token_id=len(vocabulary) - 1,
    )
    _save(_drawn(lambda: GPT2LMHeadModel(config), seed), folder)
    tokenizer = Tokenizer(models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|endoftext|>"])
    tokenizer.save(str(folder / "tokenizer.json"))
    _write(
        folder / "tokenizer_config.json", {"eos_token": "<|endoftext|>", "tokenizer_class": "GPT2Tokenizer"}
    )
    return folder


def sentence_transformer(folder: Path, seed: int = 0, pooling: str = "mean", dense: int = 0) -> Path:
    """The tiny BERT with pooling, a dense layer where `dense` is not 0, and normalisation."""
    bert(folder, seed)
    kinds = ["Transformer", "Pooling", *(["Dense"] if dense else []), "Normalize"]
    paths = ["", *(f"{i}_{kind}" for i, kind in enumerate(kinds) if i)]
    modules = [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (kind, path) in enumerate(zip(kinds, paths))
    ]
    for path in paths[1:]:
        (folder / path).mkdir()
    old = {"mean": "mean_tokens", "cls": "cls_token", "max": "max_tokens"}
    flags = {f"pooling_mode_{word}": name == pooling for name, word in old.items()}
    _write(folder / "modules.json", modules)
    _write(folder / paths[1] / "config.json", {"word_embedding_dimension": WIDTH, **flags})
    _write(folder / "sentence_bert_config.json", {"max_seq_length": 32, "do_lower_case": False})
    _write(folder / "config_sentence_transformers.json", {"__version__": {"sentence_transformers": "5.0.0"}})
    if dense:
        _dense(folder / paths[2], dense, seed)
    return folder


def vectors(folder: Path, count: int = 48, width: int = 12) -> None:
    """`vectors.npy` and `ids.txt` for the ids of the contract kit's world."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "vectors.npy", np.random.default_rng(0).normal(size=(count, width)).astype(np.float32))
    (folder / "ids.txt").write_text("".join(f"{i}\n" for i in range(count)))


def given(
    items: dict[str, list[Any]],
    users: int = 2,
    rows: list[tuple[int, int, int]] = (),
    node: str = "item",
    **more: Any,
) -> Spec:
    """The place of an encoder of `node`, for items with these columns; rows: user, item, time."""
    count = len(next(iter(items.values())))
    ids = {"id": [10 * i for i in range(count)]}
    types = {pl.String: "text", pl.Float64: "numeric"}
    table = pl.DataFrame(ids | items)
    columns = [Column(n, types.get(t, "multi")) for n, t in table.schema.items() if n != "id"]
    user, item, time = (np.array([row[i] for row in rows], np.int64) for i in range(3))
    x = Interactions(user, item, np.ones(len(rows), np.float32), time)
    people = Nodes(pl.DataFrame({"id": [f"u{i}" for i in range(users)]}))
    train = Dataset("made", people, Nodes(table, tuple(columns)), x)
    context = more.pop("context", Context(threads=1, offline=True))
    count, dim, encoder = len(train.nodes(node)), more.pop("dim", 8), more.pop("encoder", None)
    return Spec(node, count, 0, dim, train, None, context, f"encoder.{node}.0", encoder)


def _dense(folder: Path, dim: int, seed: int) -> None:
    from safetensors.torch import save_file

    draw = torch.Generator().manual_seed(seed)
    weight = {"linear.weight": torch.randn(dim, WIDTH, generator=draw), "linear.bias": torch.ones(dim)}
    save_file(weight, folder / "model.safetensors")
    activation = "torch.nn.modules.activation.Tanh"
    _write(
        folder / "config.json",
        {"in_features": WIDTH, "out_features": dim, "bias": True} | {"activation_function": activation},
    )


def _word_pieces() -> Tokenizer:
    vocabulary = {word: i for i, word in enumerate(VOCABULARY)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = [("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=special
    )
    tokenizer.add_special_tokens(SPECIAL)
    return tokenizer


def _drawn(make: Any, seed: int) -> Any:
    """A model with weights large enough for texts to differ."""
    draw = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(), torch.no_grad():
        model = make()
        for name, value in sorted(model.named_parameters()):
            if value.dim() > 1:
                value.normal_(0.0, 0.3, generator=draw)
            elif not name.endswith("weight"):
                value.normal_(0.0, 0.1, generator=draw)
    return model.eval()


def _save(model: Any, folder: Path) -> None:
    from transformers.utils import logging

    logging.disable_progress_bar()
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n")


if __name__ == "__main__":
    root = Path(sys.argv[1])
    bert(root / "bert")
    gpt(root / "gpt")
    sentence_transformer(root / "sentence-transformer")
    vectors(root)
