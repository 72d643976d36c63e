"""Folders of strangers, given to the writer: refused, or read as data alone; and models that don't fit."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import text_made
import torch
import writer_made
from recbox_text import GPTWriter, _packed
from recbox_text._folder import open_folder
from recbox_text._int4 import Int4
from safetensors.torch import load_file, save_file
from test_text_hostile import CONFIG, HOSTILE, WEIGHTS, edit, tensors, without
from writer_made import CONTEXT, PROMPTS, texts, version

from recbox.plugin import DataError, UnsupportedError

SAME = (
    "auto_map",
    "auto_map of a tokenizer",
    "python",
    "pickle alone",
    "no weights",
    "no tokenizer",
    "no config",
)
SAME += ("config no JSON", "unknown model", "huge vocabulary", "cut weights", "weights are text", "link out")
SAME += ("shard out", "adapter", "quantized", "tokenizer no JSON")
OWN: dict[str, tuple[Callable[[Path], Any], str]] = {
    "a model that looks both ways": (lambda f: _bert(f), "'bert' is no causal model"),
    "wide within": (edit(CONFIG, intermediate_size=1 << 40), "don't fit|takes more memory"),
    "no heads": (edit(CONFIG, num_attention_heads=0), "don't fit"),
    "heads that share nothing": (edit(CONFIG, num_key_value_heads=3), "don't fit"),
    "one place": (edit(CONFIG, max_position_embeddings=1), "don't fit"),
    "a layer more": (edit(CONFIG, num_hidden_layers=3), "don't fit"),
    "a layer without its weights": (
        tensors(lambda t: {n: v for n, v in t.items() if "layers.1.mlp" not in n}),
        "missing",
    ),
    "no head": (lambda f: _headless(f), "missing"),
    "no numbers": (
        tensors(lambda t: {n: torch.full_like(v, float("nan")) for n, v in t.items()}),
        "not finite|don't fit",
    ),
}


def _bert(folder: Path) -> None:
    shutil.rmtree(folder)
    text_made.bert(folder)


def _headless(folder: Path) -> None:
    edit(CONFIG, tie_word_embeddings=False)(folder)


def refused(folder: Path, said: str, precision: str) -> None:
    with pytest.raises(DataError, match=said) as caught:
        texts(folder, ["film"], precision=precision)
    assert str(folder) in str(caught.value)
    assert not Path("/tmp/recbox-text-was-here").exists()


@pytest.mark.parametrize("name", SAME)
def test_is_refused_as_by_the_encoders(name: str, tmp_path: Path) -> None:
    folder = writer_made.llama(tmp_path / "llama")
    change, said = HOSTILE[name]
    change(folder)
    refused(folder, said, "fp32")
    with pytest.raises(DataError, match=said):
        version(folder)


@pytest.mark.parametrize("precision", ["fp32", "int4"])
@pytest.mark.parametrize("name", OWN)
def test_is_refused_with_a_reason(name: str, precision: str, tmp_path: Path) -> None:
    folder = writer_made.llama(tmp_path / "llama")
    change, said = OWN[name]
    change(folder)
    refused(folder, said, precision)


@pytest.mark.parametrize(
    "change",
    [
        {"max_length": 10**9, "min_length": 10**6, "num_beams": 50, "do_sample": True, "temperature": 100.0},
        {"max_new_tokens": 10**9, "num_return_sequences": 9, "penalty_alpha": 0.6, "top_k": 4},
        {"custom_generate": "evil/generate", "prompt_lookup_num_tokens": 3, "watermarking_config": {}},
        {"forced_eos_token_id": 5, "bad_words_ids": [[1]], "suppress_tokens": [84], "guidance_scale": 9.0},
        {"cache_implementation": "static", "use_cache": False, "stop_strings": ["a"], "token_healing": True},
        {"eos_token_id": [256, -5, 1 << 40, "x", True]},
        {"pad_token_id": 1 << 40, "bos_token_id": "x", "repetition_penalty": -1},
    ],
)
@pytest.mark.parametrize("place", ["generation_config.json", CONFIG])
def test_the_models_own_settings_change_nothing(place: str, change: dict[str, Any], tmp_path: Path) -> None:
    folder = writer_made.llama(tmp_path / "llama")
    expected = texts(folder, ["film", "a"], max_tokens=6)
    writer_made.edit(folder / place, **change)
    try:
        assert texts(folder, ["film", "a"], max_tokens=6) == expected
    except DataError as error:
        assert place == CONFIG, error  # a config.json of wrong types is refused


def test_a_template_is_not_run(tmp_path: Path) -> None:
    folder = writer_made.llama(tmp_path / "llama")
    expected = texts(folder, ["film"])
    (folder / "chat_template.jinja").write_text("{% for i in range(10**12) %}x{% endfor %}{{ 1 / 0 }}")
    writer_made.edit(folder / "tokenizer_config.json", chat_template="{{ 1 / 0 }}")
    assert texts(folder, ["film"]) == expected


def test_files_of_the_base_model_alone_are_read_in_few_bits(tmp_path: Path) -> None:
    """GPT-2's weights are known without their first word."""
    folder = writer_made.gpt2(tmp_path / "gpt2")
    expected = texts(folder, PROMPTS[:3], precision="int8")
    without_prefix = {n.removeprefix("transformer."): v for n, v in load_file(folder / WEIGHTS).items()}
    save_file(without_prefix, folder / WEIGHTS, {"format": "pt"})
    assert texts(folder, PROMPTS[:3], precision="int8") == expected


def test_shards_are_read(tmp_path: Path) -> None:
    folder = writer_made.llama(tmp_path / "llama")
    expected = {p: texts(folder, PROMPTS[:3], precision=p) for p in ("fp32", "int8", "int4")}
    whole = load_file(folder / WEIGHTS)
    names = sorted(whole)
    placed = {name: f"model-{i % 2}.safetensors" for i, name in enumerate(names)}
    for shard in set(placed.values()):
        save_file({n: whole[n] for n in names if placed[n] == shard}, folder / shard, {"format": "pt"})
    without(WEIGHTS)(folder)
    writer_made.edit(folder / "model.safetensors.index.json", weight_map=placed, metadata={"total_size": 0})
    assert {p: texts(folder, PROMPTS[:3], precision=p) for p in expected} == expected


@pytest.mark.parametrize("make", [writer_made.llama, writer_made.gpt2])
@pytest.mark.parametrize(("bits", "most"), [("int8", 0.1), ("int4", 0.6)])
@torch.inference_mode()
def test_few_bits_are_near_the_whole(make: Any, bits: str, most: float, tmp_path: Path) -> None:
    from recbox_text import _causal

    folder = open_folder(str(make(tmp_path / "model")), CONTEXT, "here")
    config = _causal.config(folder, CONTEXT)
    ids = torch.arange(40)[None] % 250
    whole = _causal.load(folder, config, "fp32", CONTEXT)(ids).logits
    few = _causal.load(folder, config, bits, CONTEXT)
    layers = [m for m in few.modules() if isinstance(m, Int4)]
    assert bool(layers) == (bits == "int4")
    lost = (few(ids).logits - whole).norm() / whole.norm()
    assert 0 < lost < most


@torch.inference_mode()
def test_four_bits_of_what_has_sixteen_levels_are_exact() -> None:
    """A weight that lies on a grid of its group comes back; the product is that of bfloat16."""
    draw = torch.Generator().manual_seed(0)
    levels = torch.randint(0, 16, (32, 64), generator=draw)
    levels[:, ::32], levels[:, 1::32] = 0, 15
    weight = (levels - 8) * 0.25
    x = torch.randint(-4, 5, (5, 64), generator=draw).float()
    bias = torch.randn(32, generator=draw)
    found = Int4.of([weight[:7], weight[7:]], bias)(x)
    torch.testing.assert_close(found, (x @ weight.T).bfloat16().float() + bias, rtol=1e-2, atol=1e-2)


def test_auto_takes_the_best_that_fits(tmp_path: Path) -> None:
    from recbox_text import _causal
    from recbox_text._fitting import need

    folder = writer_made.llama(tmp_path / "llama")
    asked = GPTWriter.parse({"model": str(folder), "batch": 1, "max_length": 32, "max_tokens": 1})
    opened = open_folder(str(folder), CONTEXT, "here")
    config = _causal.config(opened, CONTEXT)
    needed = {p: need(asked, opened, config, p) for p in ("fp32", "bf16", "int8", "int4")}
    assert needed["fp32"] > needed["bf16"] > needed["int8"] > needed["int4"]
    for precision, size in needed.items():
        assert asked.version(CONTEXT.with_(memory=size)).startswith(precision)
    few = CONTEXT.with_(memory=needed["int4"] - 1)
    with pytest.raises(DataError, match=r"fp32 0\.00, bf16 0\.00, int8 0\.00, int4 0\.00 GiB") as caught:
        asked.version(few)
    assert "a smaller batch" in str(caught.value)
    with pytest.raises(DataError, match="takes more memory"):
        list(asked.write(["film"], few))


def test_few_bits_are_for_a_cpu(tmp_path: Path) -> None:
    folder = writer_made.llama(tmp_path / "llama")
    with pytest.raises(UnsupportedError, match="int8 runs on a CPU, and this run is on cuda"):
        version(folder, CONTEXT.with_(device="cuda"), precision="int8")


def test_a_model_is_read_a_part_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never more rows of a tensor than a part has; and what comes of it is the same."""
    folder = writer_made.llama(tmp_path / "llama")
    expected = texts(folder, PROMPTS[:3], precision="int4")
    seen: list[int] = []
    parts = _packed.Tensors.parts

    def watched(self: Any, name: str, like: torch.Tensor) -> Any:
        for part in parts(self, name, like):
            seen.append(part.numel())
            yield part

    monkeypatch.setattr(_packed, "PART", 1024)
    monkeypatch.setattr(_packed.Tensors, "parts", watched)
    assert texts(folder, PROMPTS[:3], precision="int4") == expected
    assert max(seen) <= 1024
