"""The kind `head`: scores a user against items."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from recbox.registry.options import Options

if TYPE_CHECKING:
    from torch import nn

    from recbox.plugin.spec import Spec


class Head(Options):
    """Turns a user's and an item's final vectors into a score.

    Laws: blocks equal pairs to 1e-5; a score depends on its pair alone, and on both of it; vectors of zeros
    have finite scores; where `retrievable` is True, top-k by the inner product of `vectors` equals top-k by
    score.

    Stability: stable for callers and implementers.
    """

    kind: ClassVar[str] = "head"

    @property
    def retrievable(self) -> bool:
        """Whether the score is an inner product of one vector for the user and one for the item."""
        return False

    @property
    def prior(self) -> float:
        """β: recbox adds `β log(1 + n)` to what the module gives, n being the item's training interactions,
        in training as after it."""
        return 0.0

    @property
    def learns(self) -> bool:
        """Whether it has something to learn of its own, so that a term of the loss must look at scores."""
        return False

    @abstractmethod
    def build(self, spec: Spec) -> nn.Module:
        """A module with three methods; `spec.width` is the width D of the final vectors.

        `forward(user: float [..., D], item: float [..., D]) -> float [...]`: pairs, broadcasting.
        `block(user: float [n, D], item: float [m, D]) -> float [n, m]`: each user against each item.
        `vectors(user, item) -> (float [n, E], float [m, E])`, only where `retrievable`: their inner product
        is the score.
        """
