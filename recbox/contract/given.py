"""What is asked of the vectors that an encoder starts from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recbox.context import Context
from recbox.contract.law import hold
from recbox.data import Dataset
from recbox.plugin import Encoder, Spec


def check_given(own: Encoder, train: Dataset, context: Context, node: str) -> None:
    """Of an encoder that is `given`, the vectors of all nodes of a type."""
    every = _asked(own, train, context, node)
    again = _asked(own, train, context, node)
    hold(np.array_equal(every, again), f"the vectors of {node}s are others when they are asked for again")
    if own.by_history:
        return
    nodes = replace(train.nodes(node), table=train.nodes(node).table.reverse())
    turned = replace(train, user=nodes) if node == "user" else replace(train, item=nodes)
    found = _asked(own, turned, context, node)[::-1]
    gap = float(np.abs(found - every).max(initial=0)) if found.shape == every.shape else np.inf
    seen = f"{node}s in another order have other vectors, up to {gap:.2g} away"
    hold(gap <= 1e-5 * max(1.0, float(np.abs(every).max(initial=0))), seen)


def _asked(own: Encoder, train: Dataset, context: Context, node: str) -> np.ndarray:
    ask, count = getattr(own, "vectors", None), len(train.nodes(node))
    hold(callable(ask), "it is `given`, and has no method `vectors`")
    found = ask(Spec(node, count, 0, 0, train, None, context, "graph.item-relation"))  # type: ignore[misc]
    hold(isinstance(found, np.ndarray), f"`vectors` returns a {type(found).__name__}, not an array of numpy")
    right = found.ndim == 2 and len(found) == count and found.dtype.kind == "f"
    hold(right, f"for {count} {node}s it gives {found.dtype} {list(found.shape)}")
    hold(bool(np.isfinite(found).all()), f"some numbers of {node}s aren't finite")
    return np.array(found)
