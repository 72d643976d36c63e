"""The folder of graphs: all scores, and the best items; checked by onnxruntime, if it is here."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from recbox.errors import UnsupportedError
from recbox.export import arrays
from recbox.export.form import Form, Network, Sum, Vectors
from recbox.export.onnx_graph import OnnxGraph, Weights
from recbox.export.tracing import traced

SCORES, TOP = "scores.onnx", "topk.onnx"
FEW = 4
"""Users in one check, so that a network's hidden values fit."""
LARGEST = 4 << 30
"""Bytes of a matrix of items by items, at most: it is held in memory whole by whoever runs the graph."""


def need_onnx() -> None:
    """An `UnsupportedError` that says what to install."""
    if find_spec("onnx") is None:
        raise UnsupportedError(
            "writing ONNX needs the package onnx, which is not installed",
            instead="pip install 'recbox-graph[onnx]', or --to numpy",
        )


def save(form: Form, folder: Path, facts: dict[str, str]) -> None:
    """Two graphs that share their weights, and for methods that score a history, the known users' too."""
    weights = Weights(folder)
    scores = OnnxGraph("scores", weights, facts)
    scores.output(_scores(scores, form), "scores", np.float32, ["users", _items(form)])
    scores.save(folder / SCORES)
    top = OnnxGraph("topk", weights, facts)
    _top(top, _scores(top, form))
    top.save(folder / TOP)
    if isinstance(form, Sum):
        arrays.lists(folder, "history", form.history)


def check_scores(form: Form, folder: Path, users: np.ndarray) -> np.ndarray:
    """float32 `[n, items]`: what onnxruntime makes of the graph for these users."""
    import onnxruntime

    session = onnxruntime.InferenceSession(folder / SCORES, providers=["CPUExecutionProvider"])
    return np.concatenate(
        [session.run(None, _asked(form, users[n : n + 4]))[0] for n in range(0, len(users), 4)]
    )


def _asked(form: Form, users: np.ndarray) -> dict[str, Any]:
    if isinstance(form, Sum):
        return {"history": form.history[users].toarray().astype(np.float32)}
    return {"user": users.astype(np.int64)}


def _items(form: Form) -> int:
    return form.items if isinstance(form, Sum) else len(form.item)


def _scores(graph: OnnxGraph, form: Form) -> str:
    """float32 `[n, items]`, from the inputs that the form has."""
    if isinstance(form, Sum):
        history = graph.input("history", np.float32, ["users", form.items])
        return graph.add("MatMul", history, _matrix(graph, form))
    user = graph.input("user", np.int64, ["users"])
    own = graph.add("Gather", graph.constant("user_vectors", form.user), user, axis=0)
    if isinstance(form, Vectors):
        return graph.add("MatMul", own, graph.constant("item_vectors", form.item.T))
    return _network(graph, form, own)


def _network(graph: OnnxGraph, form: Network, own: str) -> str:
    import torch

    middle = graph.constant("middle", np.array([1], np.int64))
    item = torch.from_numpy(form.item)[None]
    found = traced(form.head, graph, graph.add("Unsqueeze", own, middle), item)
    if form.prior is None:
        return found
    return graph.add("Add", found, graph.constant("prior", form.prior.astype(np.float32)))


def _matrix(graph: OnnxGraph, form: Sum) -> str:
    """All of it, written some rows at a time."""
    size = 4 * form.items**2
    if size > LARGEST:
        raise UnsupportedError(
            f"the graph would hold a matrix of {form.items:,} × {form.items:,} items, {size / 2**30:.1f} GiB",
            why=f"whoever runs it has all of that in memory; the limit is {LARGEST / 2**30:.0f} GiB",
            instead="--to numpy, whose matrix is read from its file row by row",
        )
    return graph.stored("matrix", np.float32, (form.items, form.items), (rows for _, rows in form.rows()))


def _top(graph: OnnxGraph, scores: str) -> None:
    """The k best of what isn't seen: `seen` has a row (place in the batch, item) for each pair left out."""
    k = graph.input("k", np.int64, [1])
    seen = graph.input("seen", np.int64, ["pairs", 2])
    first = graph.constant("first", np.array([0], np.int64))
    count = graph.add("Gather", graph.add("Shape", seen), first, axis=0)
    never = graph.add("Expand", graph.constant("never", np.array([-np.inf], np.float32)), count)
    left = graph.add("ScatterND", scores, seen, never)
    value, item = graph.many("TopK", 2, left, k, axis=1, largest=1, sorted=1)
    graph.output(value, "scores", np.float32, ["users", "k"])
    graph.output(item, "items", np.int64, ["users", "k"])
