"""Vectors from files: each format, by external id, and files that are wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import text_made
import torch
from pydantic import ValidationError
from recbox_text import Vectors
from safetensors.torch import save_file

from recbox.plugin import DataError

IDS = [30, 10, 0, 20, 77]
"""In another order than the nodes, and with one that is no node."""
X = np.arange(15, dtype=np.float32).reshape(5, 3) + 1
EXPECTED = X[[2, 1, 3, 0]]


def npy(folder: Path) -> dict[str, str]:
    np.save(folder / "x.npy", X)
    (folder / "ids.txt").write_text("\n".join(map(str, IDS)))
    return {"file": str(folder / "x.npy"), "ids": str(folder / "ids.txt")}


def npy_ids(folder: Path) -> dict[str, str]:
    np.save(folder / "ids.npy", np.array(IDS))
    return npy(folder) | {"ids": str(folder / "ids.npy")}


def half(folder: Path) -> dict[str, str]:
    np.save(folder / "half.npy", X.astype(np.float16))
    return npy(folder) | {"file": str(folder / "half.npy")}


def safetensors(folder: Path) -> dict[str, str]:
    save_file({"vector": torch.tensor(X).bfloat16(), "id": torch.tensor(IDS)}, folder / "x.safetensors")
    return {"file": str(folder / "x.safetensors")}


def safetensors_ids(folder: Path) -> dict[str, str]:
    save_file({"emb": torch.tensor(X)}, folder / "x.safetensors")
    return {"file": str(folder / "x.safetensors"), "ids": npy(folder)["ids"], "vector_column": "emb"}


def parquet(folder: Path) -> dict[str, str]:
    pl.DataFrame({"id": IDS, "vector": X.tolist()}).write_parquet(folder / "x.parquet")
    return {"file": str(folder / "x.parquet")}


def parquet_text_ids(folder: Path) -> dict[str, str]:
    frame = pl.DataFrame(
        {"key": [str(i) for i in IDS], "v": pl.Series(X.tolist(), dtype=pl.Array(pl.Float32, 3))}
    )
    frame.write_parquet(folder / "x.parquet")
    return {"file": str(folder / "x.parquet"), "id_column": "key", "vector_column": "v"}


FORMATS = [npy, npy_ids, half, safetensors, safetensors_ids, parquet, parquet_text_ids]


def read(options: dict[str, Any], count: int = 4, **more: Any) -> np.ndarray:
    return Vectors.parse({**options, **more}).vectors(text_made.given({"title": ["t"] * count}))


@pytest.mark.parametrize("write", FORMATS)
def test_each_format_gives_the_vectors_by_id(write: Callable[[Path], dict[str, str]], tmp_path: Path) -> None:
    found = read(write(tmp_path))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, EXPECTED)


def test_ids_of_text_are_matched_as_text(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    (tmp_path / "ids.txt").write_text("u1\nu0\nu7\nu8\nu9\n")
    asked = Vectors.parse({"file": str(tmp_path / "x.npy"), "ids": str(tmp_path / "ids.txt")})
    spec = text_made.given({"title": ["t"]}, users=2, node="user")
    np.testing.assert_array_equal(asked.vectors(spec), X[[1, 0]])


def test_missing_ids(tmp_path: Path) -> None:
    options = npy(tmp_path)
    with pytest.raises(DataError, match="1 of 5 items have no vector, 40 for one"):
        read(options, 5)
    np.testing.assert_array_equal(read(options, 5, missing="zero")[4], np.zeros(3))
    np.testing.assert_allclose(read(options, 5, missing="mean")[4], EXPECTED.mean(0))


def test_a_path_is_seen_from_the_recipe(tmp_path: Path) -> None:
    from recbox.plugin import Context

    npy(tmp_path)
    context = Context(folder=tmp_path, threads=1)
    spec = text_made.given({"title": ["t"] * 4}, context=context)
    found = Vectors.parse({"file": "x.npy", "ids": "ids.txt"}).vectors(spec)
    np.testing.assert_array_equal(found, EXPECTED)


def objects(folder: Path) -> dict[str, str]:
    options = npy(folder)
    np.save(folder / "x.npy", np.array([{"evil": 1}] * 5, dtype=object), allow_pickle=True)
    return options


def twice(folder: Path) -> dict[str, str]:
    options = npy(folder)
    (folder / "ids.txt").write_text("0\n10\n20\n30\n10")
    return options


def fewer(folder: Path) -> dict[str, str]:
    options = npy(folder)
    (folder / "ids.txt").write_text("0\n10\n20\n30")
    return options


def flat(folder: Path) -> dict[str, str]:
    options = npy(folder)
    np.save(folder / "x.npy", X[:, 0])
    return options


def nan(folder: Path) -> dict[str, str]:
    options, x = npy(folder), X.copy()
    x[3, 1] = np.nan
    np.save(folder / "x.npy", x)
    return options


def cut(folder: Path) -> dict[str, str]:
    options = npy(folder)
    (folder / "x.npy").write_bytes((folder / "x.npy").read_bytes()[:-4])
    return options


def cut_tensors(folder: Path) -> dict[str, str]:
    options = safetensors(folder)
    (folder / "x.safetensors").write_bytes((folder / "x.safetensors").read_bytes()[:-4])
    return options


def no_parquet(folder: Path) -> dict[str, str]:
    (folder / "x.parquet").write_text("hello")
    return {"file": str(folder / "x.parquet")}


def ragged(folder: Path) -> dict[str, str]:
    pl.DataFrame({"id": [0, 10], "vector": [[1.0, 2.0], [1.0]]}).write_parquet(folder / "x.parquet")
    return {"file": str(folder / "x.parquet")}


def texts(folder: Path) -> dict[str, str]:
    pl.DataFrame({"id": [0, 10], "vector": ["a", "b"]}).write_parquet(folder / "x.parquet")
    return {"file": str(folder / "x.parquet")}


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (objects, "no array of numbers"),
        (twice, "the id 10 is there twice"),
        (fewer, "4 ids for 5 vectors"),
        (flat, r"not numbers \[n, w\]"),
        (nan, r"vector of item 20 \(row 3\) is not finite"),
        (cut, "no array of numbers"),
        (cut_tensors, "damaged, or cut off"),
        (no_parquet, "no Parquet file"),
        (ragged, "list in row 1 is of another length"),
        (texts, "not lists of numbers"),
        (lambda f: {"file": str(f / "none.parquet")}, "there is no"),
        (lambda f: safetensors(f) | {"vector_column": "x"}, "no tensor 'x'"),
        (lambda f: parquet(f) | {"vector_column": "x"}, "no column 'x'"),
        (lambda f: parquet(f) | {"id_column": "x"}, "it has no ids"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_its_place(
    write: Callable[[Path], dict[str, str]], said: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=said):
        read(write(tmp_path), 4)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"file": "x.csv"}, "no format that can be read"),
        ({"file": "x.pkl"}, "no format that can be read"),
        ({"file": "x.npy"}, "has no ids"),
        ({"file": "package:a/../x.npy", "ids": "i"}, "names no package"),
    ],
)
def test_options_that_make_no_sense_are_mistakes(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Vectors.parse(options)
