"""A model's folder, looked through before anything of transformers reads it.

Data alone is let in: JSON, safetensors, a tokenizer's tables. Code, pickles, links that lead out of the
folder, adapters and quantized weights (which make transformers load more than the folder) are refused.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from recbox.plugin import Context, DataError
from recbox_text import _json, _weights, place

MANY = 10_000
"""Files and folders in a model's folder at most."""
_REFUSED = {
    "quantization_config": "its weights are quantized, and reading them takes libraries of their own",
    "is_encoder_decoder": "it has an encoder and a decoder",
}


@dataclass(frozen=True)
class Folder:
    """A model of one transformer. root: what was asked for; path: where the transformer itself lies."""

    root: Path
    path: Path
    config: dict[str, Any]
    weights: tuple[Path, ...]
    shapes: _weights.Shapes

    @cached_property
    def tokenizer(self) -> dict[str, Any]:
        """What `tokenizer_config.json` says, if it is there."""
        return _json.read_if_there(self.path / "tokenizer_config.json")

    @cached_property
    def digest(self) -> str:
        """SHA-256 over what a model is made of: all JSON and safetensors files, by name."""
        whole = hashlib.sha256()
        for file in sorted(self.root.rglob("*")):
            if file.suffix in (".json", ".safetensors") and file.is_file():
                with file.open("rb") as opened:
                    inner = hashlib.file_digest(opened, "sha256").hexdigest()
                whole.update(f"{file.relative_to(self.root).as_posix()}\0{inner}\n".encode())
        return whole.hexdigest()


def open_folder(asked: str, context: Context, where: str) -> Folder:
    """The model that is asked for; a DataError says why it can't be used."""
    root = _root(asked, context, where)
    if not root.is_dir():
        raise DataError(
            f"{asked!r} is a file, and a model is a folder", where=where, instead=str(root.parent)
        )
    _only_data(root)
    path = _transformer(root)
    config = _config(path)
    if not (path / "tokenizer.json").is_file():
        raise DataError(
            "there is no tokenizer.json, so that texts can't be read",
            where=str(path),
            instead="AutoTokenizer.from_pretrained(...).save_pretrained(FOLDER) writes it",
        )
    weights = _weights.files(path)
    return Folder(root, path, config, weights, _weights.shapes(weights))


def _root(asked: str, context: Context, where: str) -> Path:
    if place.HUB.fullmatch(asked):
        from recbox_text import _hub

        return _hub.fetch(asked, context, where)
    found = place.find(asked, context, where)
    if asked.startswith(place.PACKAGE) and found.is_dir() and not _is_model(found):
        inner = [p for p in sorted(found.iterdir()) if p.is_dir() and _is_model(p)]
        if len(inner) != 1:
            listed = " or ".join(f"{asked}/{p.name}" for p in inner)
            raise DataError(f"{asked} holds {len(inner)} models", where=where, instead=listed)
        return inner[0]
    return found


def _is_model(path: Path) -> bool:
    return (path / "config.json").is_file() or (path / "modules.json").is_file()


def _only_data(root: Path) -> None:
    """No code, no link that leads out, no adapter that calls for another model."""
    home = _home(root)
    entries = list(islice(root.rglob("*"), MANY + 1))
    if len(entries) > MANY:
        raise DataError(f"it has more than {MANY:,} files, so it is no model's folder", where=str(root))
    for entry in entries:
        name = str(entry.relative_to(root))
        if entry.is_symlink() and not entry.resolve().is_relative_to(home):
            why = f"it leads to {entry.resolve()}, out of the model's folder"
            raise DataError(f"{name} is a link", where=str(root), why=why, instead="copy it: cp -rL")
        if entry.suffix in (".py", ".pyc", ".so"):
            why = "a model is data here; code that comes with one is never run"
            way = "remove it, if the model works without it"
            raise DataError(f"it brings code: {name}", where=str(root), why=why, instead=way)
    if (root / "adapter_config.json").exists():
        way = "merge it: model.merge_and_unload().save_pretrained(FOLDER)"
        raise DataError("it is an adapter of another model", where=str(root), instead=way)


def _home(root: Path) -> Path:
    """Where links may lead: the folder itself or, in the hub's own cache, what belongs to the same model."""
    whole = root.resolve()
    cached = whole.parent.name == "snapshots" and whole.parents[1].name.startswith("models--")
    return whole.parents[1] if cached else whole


def _transformer(root: Path) -> Path:
    """The folder of the transformer: that of sentence-transformers names one in modules.json."""
    if not (root / "modules.json").is_file():
        if not (root / "config.json").is_file():
            raise DataError("there is no config.json", where=str(root), instead="the folder of a model")
        return root
    modules = _json.read(root / "modules.json", list)
    first = modules[0] if modules and isinstance(modules[0], dict) else {}
    return within(root, first.get("path", ""), "modules.json")


def within(root: Path, name: object, file: str) -> Path:
    """A folder that a file of the model names; a DataError where it is none of the model's."""
    path = root / name if isinstance(name, str) else root / ".."
    if not path.resolve().is_relative_to(root.resolve()) or not path.is_dir():
        raise DataError(f"{name!r} is no folder of this model", where=str(root / file))
    return path


def _config(path: Path) -> dict[str, Any]:
    """What `config.json` says, without what only chooses how transformers runs (kernels of the hub, too)."""
    place = path / "config.json"
    found = _json.read(place)
    for key, why in _REFUSED.items():
        if found.get(key):
            raise DataError("such a model can't be used", where=str(place), why=why)
    if not isinstance(found.get("model_type"), str):
        raise DataError("it names no model_type", where=str(place))
    run = ("attn_implementation", "use_kernels", "experts_implementation", "torch_dtype", "dtype")
    return {k: v for k, v in found.items() if k not in run and not k.startswith("_")}
