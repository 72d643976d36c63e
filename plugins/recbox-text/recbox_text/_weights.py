"""Weights of strangers: safetensors that are whole, and their shapes."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from recbox.plugin import DataError
from recbox_text import _json

WHOLE, INDEX = "model.safetensors", "model.safetensors.index.json"
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".h5", ".msgpack")

Shapes = dict[str, tuple[int, ...]]


def files(folder: Path) -> tuple[Path, ...]:
    """The safetensors files that hold a model's weights."""
    if (folder / WHOLE).is_file():
        return (folder / WHOLE,)
    if (folder / INDEX).is_file():
        return _shards(folder)
    others = sorted(p.name for p in folder.iterdir() if p.suffix.lower() in PICKLES)
    if others:
        raise DataError(
            f"its weights are in {others[0]}, which is no safetensors file",
            where=str(folder),
            why="such a file may run code when it is read",
            instead="save the model again, where you trust it: model.save_pretrained(FOLDER)",
        )
    raise DataError(f"there is no {WHOLE}", where=str(folder), instead="the folder of a whole model")


def _shards(folder: Path) -> tuple[Path, ...]:
    place = folder / INDEX
    named = _json.read(place).get("weight_map")
    if not isinstance(named, dict) or not all(isinstance(n, str) for n in named.values()) or not named:
        raise DataError("it has no weight_map", where=str(place))
    found = sorted(set(named.values()))
    for name in found:
        if PurePosixPath(name).name != name or not name.endswith(".safetensors"):
            raise DataError(f"{name!r} is no file of this folder", where=str(place))
        if not (folder / name).is_file():
            raise DataError(f"{name} is missing", where=str(place))
    return tuple(folder / name for name in found)


def shapes(paths: tuple[Path, ...]) -> Shapes:
    """By name, the shapes of all tensors. Only headers are read, and held against the files' lengths."""
    from safetensors import SafetensorError, safe_open

    found: Shapes = {}
    for path in paths:
        try:
            with safe_open(path, framework="numpy") as file:
                found |= {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
        except (SafetensorError, OSError, ValueError) as error:
            why = " ".join(str(error).split())
            raise DataError("it is damaged, or cut off", where=str(path), why=why) from error
    return found
