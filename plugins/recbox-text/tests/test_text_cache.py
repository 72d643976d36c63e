"""The cache: texts are encoded once, whatever is damaged, and one more text costs one text."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import text_made
from cache_made import TITLES, Heard, files, rows, vectors
from recbox_text._network import Network


def test_texts_are_encoded_once_and_longest_first(
    models: dict[str, Path], cache: Path, encoded: list[str]
) -> None:
    titles = ["a", "film of drama", "a", "comedy", "film of drama"]
    first, heard = vectors(models["bert"], titles), Heard()
    assert encoded == ["film of drama", "comedy", "a"]
    again = vectors(models["bert"], titles[::-1], heard)
    assert len(encoded) == 3, "another order of the nodes is found too"
    assert heard.done == 0
    np.testing.assert_array_equal(again, first[::-1])
    assert [rows(file) for file in files(cache)] == [3]


def test_one_more_text_costs_one_text(models: dict[str, Path], cache: Path, encoded: list[str]) -> None:
    first = vectors(models["bert"])
    encoded.clear()
    more = vectors(models["bert"], [*TITLES[:50], "a new one", *TITLES[50:]])
    assert encoded == ["a new one"]
    np.testing.assert_array_equal(np.delete(more, 50, 0), first)
    assert [rows(file) for file in files(cache)] == [101]


@pytest.mark.parametrize(
    "change",
    [
        {"pooling": "cls"},
        {"max_length": 5},
        {"prompt": "a "},
        {"precision": "bf16"},
        {"quantize": "int8"},
    ],
)
def test_other_options_are_other_vectors(change: Any, models: dict[str, Path], encoded: list[str]) -> None:
    vectors(models["bert"], ["a", "b"])
    vectors(models["bert"], ["a", "b"], **change)
    assert len(encoded) == 4


@pytest.mark.parametrize(
    "change", [{"batch": 3}, {"projection": "mlp"}, {"normalise": False}, {"train": "frozen"}]
)
def test_what_doesnt_change_a_vector_finds_it(
    change: Any, models: dict[str, Path], encoded: list[str]
) -> None:
    vectors(models["bert"], ["a", "b"])
    vectors(models["bert"], ["a", "b"], **change)
    assert len(encoded) == 2


def test_another_model_of_the_same_sizes_is_another(tmp_path: Path, encoded: list[str]) -> None:
    one, other = (vectors(text_made.bert(tmp_path / str(seed), seed), ["a"]) for seed in (0, 1))
    assert len(encoded) == 2
    assert np.abs(one - other).max() > 1e-3


def test_a_model_that_moved_is_the_same(models: dict[str, Path], tmp_path: Path, encoded: list[str]) -> None:
    import shutil

    vectors(models["bert"], ["a"])
    vectors(shutil.copytree(models["bert"], tmp_path / "moved"), ["a"])
    assert len(encoded) == 1


def flipped(file: Path) -> None:
    """A bit of a vector, which SQLite can't know of."""
    with closing(sqlite3.connect(file)) as opened, opened:
        key, value = opened.execute("SELECT text, value FROM vector LIMIT 1 OFFSET 7").fetchone()
        opened.execute("UPDATE vector SET value = ? WHERE text = ?", (bytes([value[0] ^ 1]) + value[1:], key))


def swapped(file: Path) -> None:
    """Two texts have each other's vectors."""
    with closing(sqlite3.connect(file)) as opened, opened:
        (one, x), (two, y) = opened.execute("SELECT text, value FROM vector LIMIT 2").fetchall()
        opened.executemany("UPDATE vector SET value = ? WHERE text = ?", [(y, one), (x, two)])


DAMAGE: dict[str, tuple[Callable[[Path], object], int]] = {
    "a bit": (flipped, 1),
    "two rows": (swapped, 2),
    "cut": (lambda f: f.write_bytes(f.read_bytes()[:-2000]), 100),
    "the middle": (
        lambda f: f.write_bytes(f.read_bytes()[:5000] + bytes(5000) + f.read_bytes()[10000:]),
        100,
    ),
    "no database": (lambda f: f.write_bytes(b"not a database, and long enough to be read as one" * 100), 100),
    "nothing": (lambda f: f.write_bytes(b""), 100),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_is_damaged_is_noticed_and_encoded_anew(
    damage: str, models: dict[str, Path], cache: Path, encoded: list[str]
) -> None:
    expected = vectors(models["bert"])
    (file,) = files(cache)
    harm, lost = DAMAGE[damage]
    harm(file)
    encoded.clear()
    heard = Heard()
    found = vectors(models["bert"], progress=heard)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert len(encoded) == lost
    assert damage == "nothing" or "damaged" in heard.notices[0]
    np.testing.assert_array_equal(vectors(models["bert"], progress=heard), found)
    assert (len(encoded), len(heard.notices)) == (lost, int(damage != "nothing")), "what is anew is kept"


def test_a_cache_that_cannot_be_written_is_no_obstacle(
    models: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoded: list[str]
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("RECBOX_CACHE", str(tmp_path / "file"))
    heard = Heard()
    assert vectors(models["bert"], progress=heard).shape == (100, text_made.WIDTH)
    assert len(heard.notices) == 1
    assert "RECBOX_CACHE" in heard.notices[0]


def test_what_is_found_in_the_cache_needs_no_model_in_memory(
    models: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors(models["bert"], ["a", "b"])
    monkeypatch.delattr(Network, "__init__")
    vectors(models["bert"], ["b", "a"])
    with pytest.raises(TypeError):
        vectors(models["bert"], ["c"])
