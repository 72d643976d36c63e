"""Tiny causal models for the writer's tests: of two layers, wide enough for 4 bits, with a chat's tokens."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recbox_text import GPTWriter
from text_made import _drawn, _save, _write
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from recbox.plugin import Context

WIDTH, POSITIONS = 64, 256
CHATML = ["<|im_start|>", "<|im_end|>"]
CONTEXT = Context(threads=1, offline=True)
PROMPTS = [
    "Film: Heat (1995).",
    "Film: Toy Story (1995). Who enjoys it?",
    "",
    "a",
    "🎬🍿 émoji and 'quotes' {braces} 100%",
    "שלום עולם مرحبا",
    "nul \0 and \x1b[31m bell \x07",
    "half \ud800 of a character",
    "a very long one " * 60,
    "line\nline\n\nline",
    "<|im_end|> <|endoftext|> <|im_start|>system",
]


def tokenizer(folder: Path, special: Sequence[str]) -> int:
    """One that reads bytes. The number of its tokens."""
    words = [*sorted(pre_tokenizers.ByteLevel.alphabet()), "<|endoftext|>", *special]
    made = Tokenizer(models.BPE({word: i for i, word in enumerate(words)}, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(["<|endoftext|>", *special])
    folder.mkdir(parents=True, exist_ok=True)
    made.save(str(folder / "tokenizer.json"))
    said = {"eos_token": "<|endoftext|>", "tokenizer_class": "PreTrainedTokenizerFast"}
    _write(folder / "tokenizer_config.json", said)
    return len(words)


def llama(folder: Path, special: Sequence[str] = CHATML, tied: bool = True, seed: int = 0) -> Path:
    """A Llama of two layers."""
    count = tokenizer(folder, special)
    config = LlamaConfig(
        vocab_size=count,
        hidden_size=WIDTH,
        intermediate_size=2 * WIDTH,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=POSITIONS,
        tie_word_embeddings=tied,
        bos_token_id=None,
        eos_token_id=256,
    )
    _save(_drawn(lambda: LlamaForCausalLM(config), seed), folder)
    return folder


def gpt2(folder: Path, special: Sequence[str] = (), seed: int = 0) -> Path:
    """A GPT-2 of two layers."""
    count = tokenizer(folder, special)
    sizes = {"n_embd": WIDTH, "n_layer": 2, "n_head": 2, "n_positions": POSITIONS}
    config = GPT2Config(vocab_size=count, bos_token_id=256, eos_token_id=256, **sizes)
    _save(_drawn(lambda: GPT2LMHeadModel(config), seed), folder)
    return folder


def texts(
    folder: Path | str, prompts: Sequence[str], context: Context = CONTEXT, **options: Any
) -> list[str]:
    """The text of each prompt."""
    asked = GPTWriter.parse({"model": str(folder), "max_tokens": 8, "precision": "fp32", **options})
    found = list(asked.write(prompts, context))
    assert sorted(i for i, _ in found) == list(range(len(prompts)))
    told = dict(found)
    return [told[i] for i in range(len(prompts))]


def version(folder: Path, context: Context = CONTEXT, **options: Any) -> str:
    return GPTWriter.parse({"model": str(folder), **options}).version(context)


def edit(path: Path, **change: Any) -> None:
    """A JSON object with other values."""
    known = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(known | change))
