"""Folders of strangers: refused before they are read by anything that could do what they say."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import text_made
from recbox_text import GPT, Bert, SentenceTransformer
from safetensors.torch import load_file, save_file

from recbox.plugin import DataError

WEIGHTS, CONFIG, MODULES = "model.safetensors", "config.json", "modules.json"
CODE = "import pathlib\npathlib.Path('/tmp/recbox-text-was-here').touch()\n"


def edit(name: str, **change: Any) -> Callable[[Path], None]:
    """The JSON object of a file with other values."""

    def change_it(folder: Path) -> None:
        path = folder / name
        known = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps(known | change))

    return change_it


def write(name: str, content: str | bytes) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(
        content if isinstance(content, bytes) else content.encode()
    )


def without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def tensors(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Path], None]:
    return lambda folder: save_file(change(load_file(folder / WEIGHTS)), folder / WEIGHTS, {"format": "pt"})


def only_pickle(folder: Path) -> None:
    (folder / WEIGHTS).rename(folder / "pytorch_model.bin")


def cut(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:-1000])


def linked(folder: Path) -> None:
    outside = folder.parent / "outside.safetensors"
    shutil.move(folder / WEIGHTS, outside)
    os.symlink(outside, folder / WEIGHTS)


def sharded(where: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / WEIGHTS).unlink()
        (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": where}}))

    return change


OUTPUT = "encoder.layer.0.output.dense.bias"
MAP = {"AutoModel": "evil.Model", "AutoConfig": "evil.Config"}
HOSTILE: dict[str, tuple[Callable[[Path], Any], str]] = {
    "auto_map": (edit(CONFIG, auto_map=MAP), "asks for Python code"),
    "auto_map of the hub": (edit(CONFIG, auto_map={"AutoModel": "a/b--evil.Model"}), "asks for Python code"),
    "auto_map within": (edit(CONFIG, text_config={"deep": [{"auto_map": MAP}]}), "asks for Python code"),
    "auto_map of a tokenizer": (edit("tokenizer_config.json", auto_map=MAP), "asks for Python code"),
    "python": (write("modeling_evil.py", CODE), "brings code: modeling_evil.py"),
    "pickle alone": (only_pickle, "pytorch_model.bin, which is no safetensors"),
    "no weights": (without(WEIGHTS), "no model.safetensors"),
    "no tokenizer": (without("tokenizer.json"), "no tokenizer.json"),
    "no config": (without(CONFIG), "no config.json"),
    "config no JSON": (write(CONFIG, "{"), "no JSON"),
    "config a list": (write(CONFIG, "[]"), "no JSON object"),
    "config deep": (write(CONFIG, "[" * 100_000), "no JSON"),
    "config long": (write(CONFIG, " " * (5 << 20)), "MiB"),
    "config not UTF-8": (write(CONFIG, b"\xff\xfe"), "no JSON"),
    "no model_type": (edit(CONFIG, model_type=None), "no model_type"),
    "unknown model": (edit(CONFIG, model_type="evil"), "knows no model 'evil'"),
    "wrong width": (edit(CONFIG, hidden_size=32), "don't fit"),
    "huge width": (edit(CONFIG, hidden_size=1 << 40), "don't fit"),
    "huge vocabulary": (edit(CONFIG, vocab_size=1 << 50), "don't fit"),
    "many layers": (edit(CONFIG, num_hidden_layers=1 << 30), "don't fit"),
    "many positions": (edit(CONFIG, max_position_embeddings=1 << 45), "don't fit"),
    "huge layer": (edit(CONFIG, intermediate_size=1 << 40), "don't fit"),
    "a layer more": (edit(CONFIG, num_hidden_layers=2), "missing"),
    "no heads": (edit(CONFIG, num_attention_heads=0), "don't fit"),
    "width a text": (edit(CONFIG, hidden_size="16"), "don't fit"),
    "cut weights": (cut, "damaged, or cut off"),
    "weights are text": (write(WEIGHTS, "hello"), "damaged, or cut off"),
    "weights empty": (write(WEIGHTS, ""), "damaged, or cut off"),
    "weights missing": (
        tensors(lambda t: {n: v for n, v in t.items() if not n.startswith("encoder.layer.0.attention")}),
        "missing",
    ),
    "a weight of another shape": (
        tensors(
            lambda t: t | {"encoder.layer.0.output.dense.bias": t["embeddings.LayerNorm.bias"][:3].clone()}
        ),
        "don't fit",
    ),
    "link out": (linked, "is a link"),
    "shard out": (sharded("../outside.safetensors"), "no file of this folder"),
    "shard missing": (sharded("model-1.safetensors"), "is missing"),
    "adapter": (edit("adapter_config.json", base_model_name_or_path="a/b"), "adapter of another model"),
    "quantized": (edit(CONFIG, quantization_config={"quant_method": "gptq"}), "quantized"),
    "encoder and decoder": (edit(CONFIG, is_encoder_decoder=True), "an encoder and a decoder"),
    "tokenizer no JSON": (write("tokenizer.json", "{"), "can't be read"),
    "tokenizer of another": (
        lambda folder: shutil.copy(folder.parent / "gpt" / "tokenizer.json", folder / "tokenizer.json"),
        "the tokenizer gives the token",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_is_refused_with_a_reason(name: str, tmp_path: Path, models: dict[str, Path]) -> None:
    shutil.copytree(models["gpt"], tmp_path / "gpt")
    folder = text_made.bert(tmp_path / "bert")
    change, said = HOSTILE[name]
    change(folder)
    with pytest.raises(DataError, match=said) as caught:
        read(Bert, folder)
    assert str(folder) in str(caught.value)
    assert not Path("/tmp/recbox-text-was-here").exists()


SENTENCES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "code for a module": (edit("1_Pooling/config.json", pooling_mode="evil.Pool"), "its pooling is"),
    "no pooling": (edit("1_Pooling/config.json", pooling_mode_mean_tokens=False), "its pooling is"),
    "pooling out": (lambda f: _module(f, 1, path="../../x"), "no folder of this model"),
    "pooling absolute": (lambda f: _module(f, 1, path="/etc"), "no folder of this model"),
    "transformer out": (lambda f: _module(f, 0, path=".."), "no folder of this model"),
    "a module of code": (lambda f: _module(f, 1, type="os.system"), "its modules are"),
    "a further module": (lambda f: _module(f, 2, type="evil.Module"), "its modules are"),
    "modules no list": (write(MODULES, "{}"), "no JSON list"),
    "modules empty": (write(MODULES, "[]"), "its modules are|no config.json"),
    "no modules": (without(MODULES), "no modules.json"),
    "prompt left out of pooling": (
        edit("1_Pooling/config.json", include_prompt=False),
        "leaves the prompt out",
    ),
}


def _module(folder: Path, index: int, **change: str) -> None:
    modules = json.loads((folder / MODULES).read_text())
    modules[index] |= change
    (folder / MODULES).write_text(json.dumps(modules))


@pytest.mark.parametrize("name", SENTENCES)
def test_a_sentence_transformer_is_refused_with_a_reason(name: str, tmp_path: Path) -> None:
    folder = text_made.sentence_transformer(tmp_path / "st")
    change, said = SENTENCES[name]
    change(folder)
    with pytest.raises(DataError, match=said):
        read(SentenceTransformer, folder)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (edit("2_Dense/config.json", activation_function="os.system"), "its activation is"),
        (edit("2_Dense/config.json", activation_function="torch.nn.Evil"), "its activation is"),
        (edit("2_Dense/config.json", use_residual=True), "residual"),
        (write("2_Dense/" + WEIGHTS, "hello"), "damaged"),
        (
            lambda f: save_file(
                {"other": load_file(f / WEIGHTS)["pooler.dense.bias"]}, f / "2_Dense" / WEIGHTS
            ),
            "no dense",
        ),
    ],
)
def test_a_dense_layer_is_refused_with_a_reason(
    change: Callable[[Path], Any], said: str, tmp_path: Path
) -> None:
    folder = text_made.sentence_transformer(tmp_path / "st", dense=6)
    change(folder)
    with pytest.raises(DataError, match=said):
        read(SentenceTransformer, folder)


def test_what_only_chooses_how_it_runs_is_left_out(tmp_path: Path) -> None:
    """A kernel of the hub named as attention would be fetched and run by transformers."""
    folder = text_made.bert(tmp_path / "bert")
    expected = read(Bert, folder)
    evil = {"attn_implementation": "evil/kernel", "_attn_implementation": "evil/kernel", "use_kernels": True}
    edit(CONFIG, **evil, _name_or_path="evil/model", dtype="float16")(folder)
    assert (read(Bert, folder) == expected).all()


def test_the_hubs_own_cache_may_link_to_its_blobs(tmp_path: Path) -> None:
    home = tmp_path / "models--org--name"
    folder = text_made.gpt(home / "snapshots" / ("0" * 40))
    (home / "blobs").mkdir()
    for file in list(folder.iterdir()):
        shutil.move(file, home / "blobs" / file.name)
        os.symlink(Path("../../blobs") / file.name, file)
    assert read(GPT, folder).shape == (2, text_made.WIDTH)


def read(cls: Any, folder: Path) -> Any:
    asked = cls.parse({"model": str(folder), "text": "{title}"})
    return asked.vectors(text_made.given({"title": ["film", "zzz é🎬"]}))
