"""What a part is told when it is built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch
    from torch import nn

    from recbox.context import Context
    from recbox.data import Dataset
    from recbox.kernel import Graph


@dataclass(frozen=True)
class Spec:
    """The place that a part takes in a recommender.

    node: the node type (`user`, `item`) for an encoder; empty elsewhere.
    count: how many nodes the part serves (of its type for an encoder, all of them for a layer).
    width: columns of the vectors that come in (0 for an encoder).
    dim: columns of the vectors that go out.
    train: the training part of the data; it holds all users, items and features, and no held-out interaction
        (None for a head, which is told its width alone).
    graph: the training graph (None for heads and models).
    slot: where in the recipe the part stands, such as `layer.0`; it keeps the parts' random streams apart.
    encoder: for an objective the modules of the encoders by node type, which it may have learn; for an
        encoder of items those of users, of which it may share one (None elsewhere). What it keeps of them it
        keeps in a tuple, for a module's own module is saved with it.
    loaded: whether stored values take the place of an encoder's first ones, which then needn't be good.

    Stability: stable for callers.
    """

    node: str
    count: int
    width: int
    dim: int
    train: Dataset | None
    graph: Graph | None
    context: Context
    slot: str = ""
    encoder: Mapping[str, tuple[nn.Module, ...]] | None = None
    loaded: bool = False

    @property
    def generator(self) -> torch.Generator:
        """A fresh stream for the first values of this part's parameters; the same at every call."""
        return self.context.generator(f"init.{self.slot}")
