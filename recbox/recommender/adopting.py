"""Parameters that a recommender takes over from another of the same recipe, which has other nodes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from recbox.plugin.init import take_rows
from recbox.recommender.recommender import Recommender

ENCODER = "encoder"


@torch.no_grad()
def adopt(new: Recommender, old: Recommender, rows: Mapping[str, np.ndarray]) -> list[str]:
    """Parameters and buffers of `new` become those of `old`; which of them stayed as they were, by name.

    rows: by node type, int64 `[n]`, which node of `old` each node of `new` is; -1: none. A module that knows
    its nodes, or what it made of their table, takes them over by its method `adopt(old, rows) -> bool`, which
    says whether it could. Any other tensor that has a row for each node goes by these rows, and one of the
    same shape goes as it is.
    """
    before, apart = dict(old.named_modules()), list[str]()
    left: list[str] = []
    for path, module in new.named_modules():
        if hasattr(module, "adopt"):
            apart.append(path)
            same = type(before.get(path)) is type(module)
            if not (same and module.adopt(before[path], rows[_node(path)])):
                left.append(path)
    state, given = new.state_dict(), old.state_dict()
    for name, tensor in state.items():
        if not any(name.startswith(f"{path}.") for path in apart) and not _taken(
            tensor, given.get(name), name, new, old, rows
        ):
            left.append(name)
    new.load_state_dict(state)  # onto itself: modules that keep what they made of parameters hear of it
    return left


def _taken(
    tensor: torch.Tensor,
    given: torch.Tensor | None,
    name: str,
    new: Recommender,
    old: Recommender,
    rows: Mapping[str, np.ndarray],
) -> bool:
    if given is None or tensor.dim() != given.dim() or tensor.shape[1:] != given.shape[1:]:
        return False
    node = _node(name) if name.startswith(f"{ENCODER}.") else ""
    each = bool(node and tensor.dim()) and (
        len(tensor) == new.encoder[node].count and len(given) == old.encoder[node].count
    )
    if each:
        take_rows(tensor, given, rows[node])
    elif tensor.shape == given.shape:
        tensor.copy_(given)
    else:
        return False
    return True


def _node(path: str) -> str:
    """The node type that a module or tensor within an encoder belongs to."""
    return path.split(".")[1]
