"""A package is on the disk as a whole or not at all, and nothing that is there is touched."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from recbox.errors import OptionError
from recbox.registry import Registry
from recbox.scaffold import create


def filled(place: Path) -> None:
    place.mkdir()
    (place / "mine").write_text("x")


def linked(place: Path) -> None:
    place.symlink_to("nowhere")


@pytest.mark.parametrize("put", [filled, Path.mkdir, Path.touch, linked])
def test_what_is_there_stays(put: Callable[[Path], None], tmp_path: Path, registry: Registry) -> None:
    place = tmp_path / "recbox-own"
    put(place)
    before = (place.lstat().st_mode, os.listdir(place) if place.is_dir() else None)
    with pytest.raises(OptionError, match="is there already") as caught:
        create("layer", "own", tmp_path, registry)
    assert "--dir" in caught.value.instead
    assert (place.lstat().st_mode, os.listdir(place) if place.is_dir() else None) == before
    assert os.listdir(tmp_path) == ["recbox-own"]


def test_the_folder_is_made_where_it_is_missing(tmp_path: Path, registry: Registry) -> None:
    folder = create("layer", "own", tmp_path / "a" / "b", registry).folder
    assert folder == tmp_path / "a" / "b" / "recbox-own"
    assert os.listdir(folder.parent) == ["recbox-own"]
    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE(folder.parent.stat().st_mode)


@pytest.mark.parametrize(
    ("error", "raised", "said"),
    [
        (OSError(28, "No space left on device"), OptionError, "No space left on device\n.*free some"),
        (OSError(5, "Input/output error"), OptionError, "recbox-own: Input/output error\n.*--dir"),
        (KeyboardInterrupt(), KeyboardInterrupt, None),
    ],
)
def test_nothing_half_written_stays(
    error: BaseException,
    raised: type[BaseException],
    said: str | None,
    tmp_path: Path,
    registry: Registry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write = Path.write_text

    def full(path: Path, *args: str, **kwargs: str) -> int:
        if path.name == "recipe.yaml":
            raise error
        return write(path, *args, **kwargs)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(raised, match=said):
        create("layer", "own", tmp_path, registry)
    assert os.listdir(tmp_path) == []


def test_two_of_one_name_are_the_same_bytes(tmp_path: Path, registry: Registry) -> None:
    first, second = (create("source", "own", tmp_path / d, registry) for d in ("a", "b"))
    assert first.files == second.files
    for file in first.files:
        assert (first.folder / file).read_bytes() == (second.folder / file).read_bytes()
