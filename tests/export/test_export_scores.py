"""What is exported gives the scores and lists of the method itself, by what its own page says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from recbox.api.load import Fitted
from recbox.export import form

NUMPY = ("dot", "cosine", "rating", "ease", "item-knn", "spectral", "popularity")
ONNX = (*NUMPY, "mlp")


def printed(folder: Path) -> list[tuple[str, str, float]]:
    """What the lines on the page print: id, title, score."""
    (snippet,) = re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", snippet], cwd=folder, capture_output=True, text=True, check=True
    )
    rows = [line.split(" ") for line in done.stdout.splitlines()]
    return [(row[0], " ".join(row[1:-1]), float(row[-1])) for row in rows]


def session(folder: Path, name: str) -> Any:
    return onnxruntime.InferenceSession(folder / f"{name}.onnx", providers=["CPUExecutionProvider"])


def asked(folder: Path, users: np.ndarray, items: int) -> dict[str, np.ndarray]:
    """The input of a graph for known users."""
    if not (folder / "history_items.npy").exists():
        return {"user": users}
    indptr, item = np.load(folder / "history_indptr.npy"), np.load(folder / "history_items.npy")
    history = np.zeros((len(users), items), np.float32)
    for row, u in enumerate(users):
        history[row, item[indptr[u] : indptr[u + 1]]] = 1
    return {"history": history}


@pytest.mark.parametrize("name", NUMPY)
def test_the_page_lists_what_recommend_does(name: str, made: dict[str, Fitted], tmp_path: Path) -> None:
    found = made[name].export("numpy", tmp_path / "out")
    user = made[name].dataset.user.ids[0]
    due = made[name].recommend([user], k=10)
    rows = printed(found.folder)
    assert np.allclose([score for *_, score in rows], due["score"], atol=1e-5)
    assert [id for id, *_ in rows] == [str(i) for i in due["item"]]


@pytest.mark.parametrize("name", ONNX)
def test_graphs_give_all_scores(name: str, made: dict[str, Fitted], tmp_path: Path) -> None:
    fitted = made[name]
    found = fitted.export("onnx", tmp_path / "out")
    assert found.off is not None and found.off <= 1e-5
    users = np.arange(60)
    due = fitted.scorer.block(users).numpy()
    (scores,) = session(found.folder, "scores").run(None, asked(found.folder, users, 40))
    assert np.abs(scores - due).max() <= 1e-5 * max(1.0, np.abs(due).max())


@pytest.mark.parametrize("name", ONNX)
def test_the_best_of_what_is_not_seen(name: str, made: dict[str, Fitted], tmp_path: Path) -> None:
    """Of several users at once, as `recommend` lists them; and by the page."""
    fitted, users = made[name], np.array([3, 7, 11])
    found = fitted.export("onnx", tmp_path / "out")
    indptr, item = np.load(found.folder / "seen_indptr.npy"), np.load(found.folder / "seen_items.npy")
    pairs = [(row, i) for row, u in enumerate(users) for i in item[indptr[u] : indptr[u + 1]]]
    more = {"k": np.array([6]), "seen": np.array(pairs, np.int64)}
    scores, items = session(found.folder, "topk").run(None, asked(found.folder, users, 40) | more)
    due = fitted.recommend(fitted.dataset.user.ids.gather(users), k=6)
    there = scores > -np.inf
    assert np.allclose(scores[there], due["score"], atol=1e-5)
    assert fitted.dataset.item.ids.gather(items[there]).to_list() == due["item"].to_list()
    first = fitted.recommend([fitted.dataset.user.ids[0]], k=10)
    assert [id for id, *_ in printed(found.folder)] == [str(i) for i in first["item"]]


def test_nobody_has_seen_anything(made: dict[str, Fitted], tmp_path: Path) -> None:
    folder = made["dot"].export("onnx", tmp_path / "out").folder
    none = {"user": np.array([5]), "k": np.array([40]), "seen": np.zeros((0, 2), np.int64)}
    scores, items = session(folder, "topk").run(None, none)
    assert sorted(items[0]) == list(range(40))
    assert np.allclose(
        scores[0], np.sort(made["dot"].scorer.block(np.array([5])).numpy()[0])[::-1], atol=1e-5
    )


def test_a_new_user_by_history(made: dict[str, Fitted], tmp_path: Path) -> None:
    folder = made["item-knn"].export("onnx", tmp_path / "out").folder
    history = np.zeros((1, 40), np.float32)
    history[0, [2, 9]] = 1
    (scores,) = session(folder, "scores").run(None, {"history": history})
    due = made["item-knn"].scorer.with_user([2, 9]).block(np.array([60])).numpy()
    assert np.abs(scores - due).max() <= 1e-5


@pytest.mark.parametrize("name", ["ease", "item-knn"])
def test_a_matrix_is_written_some_rows_at_a_time_and_once(
    name: str, made: dict[str, Fitted], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For both graphs, so that it needs no memory of its own."""
    monkeypatch.setattr(form, "BYTES", 4 * 40 * 7)
    asked_for, rows = list[slice](), form.Sum.rows
    monkeypatch.setattr(form.Sum, "rows", lambda self: (asked_for.append(r[0]) or r for r in rows(self)))
    found = made[name].export("onnx", tmp_path / "out")
    assert [s.start for s in asked_for] == [0, 7, 14, 21, 28, 35]
    assert found.off is not None and found.off <= 1e-5
    assert 4 * 40**2 <= found.files["weights.bin"] < 4 * 40**2 + 4096


def test_a_sparse_method_stays_sparse(made: dict[str, Fitted], tmp_path: Path) -> None:
    files = made["item-knn"].export("numpy", tmp_path / "knn").files
    assert "matrix_data.npy" in files and "matrix.npy" not in files
    assert "matrix.npy" in made["ease"].export("numpy", tmp_path / "ease").files


def test_arrays_need_no_pickle_and_graphs_share_their_weights(
    made: dict[str, Fitted], tmp_path: Path
) -> None:
    folder = made["dot"].export("numpy", tmp_path / "numpy").folder
    for file in folder.glob("*.npy"):
        assert np.load(file, allow_pickle=False).dtype.kind in "fi"
    ids = json.loads((folder / "ids.json").read_text())
    assert ids["user"] == made["dot"].dataset.user.ids.to_list()
    files = made["dot"].export("onnx", tmp_path / "onnx").files
    assert files["scores.onnx"] < 4000 and files["topk.onnx"] < 4000
    assert 60 * 9 * 4 <= files["weights.bin"] < 3 * 4096
