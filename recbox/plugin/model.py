"""The kind `model`: a whole method that is not made of graph parts."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from recbox.plugin.metric import Meaning
from recbox.plugin.newcomer import Folded, Newcomer
from recbox.registry.options import Options

if TYPE_CHECKING:
    import numpy as np

    from recbox.plugin.scorer import Scorer
    from recbox.plugin.spec import Spec


@dataclass(frozen=True)
class Need:
    """What fitting takes, estimated beforehand: bytes at the peak, and seconds on one core.

    Stability: stable for callers.
    """

    memory: int
    seconds: float


class Model(Options):
    """A method fitted as a whole.

    Laws: beats a constant score where the data has structure; sees `spec.train` and nothing else, and
    neither an earlier fit nor the order of its rows; fits a single interaction too; users in another order
    keep their scores; `need` falls nowhere as the data grows; a scorer loaded from its state scores the same.

    Stability: stable for callers and implementers.
    """

    kind: ClassVar[str] = "model"
    trained: ClassVar[bool] = False
    """Whether the engine's loop trains it: then it derives from `Trained`."""
    grid: ClassVar[dict[str, tuple[Any, ...]]] = {}
    """Values of options to try where the method is a baseline: all combinations, chosen on validation."""
    draws: ClassVar[bool] = True
    """Whether fitting draws at random; False promises the same scorer with every seed, so that a comparison
    runs it once."""
    meaning: ClassVar[Meaning] = "order"
    """What its scores say; metrics of pairs ask for it."""
    learns: ClassVar[bool] = True
    """False: it looks at no interaction, and is there to be compared with."""
    accepts: ClassVar[frozenset[Newcomer]] = frozenset()
    """Who can be scored that wasn't there when it was fitted; of all others its scorer says why not."""
    exact: ClassVar[bool] = False
    """Whether a new user with the history of a known one gets that user's scores, to 1e-5."""
    folds: ClassVar[frozenset[Folded] | None] = None
    """Of which nodes its scorer's `updated` takes in new ones; None: it has no `updated`. One that isn't
    trained and draws nothing needs none: an update fits it again."""

    @property
    def needs(self) -> frozenset[str]:
        """Feature columns of items that must be there."""
        return frozenset()

    def need(self, users: int, items: int, interactions: int) -> Need:
        """What fitting takes, so that too large a job is refused or left out before it starts."""
        return Need(memory=0, seconds=0.0)

    @abstractmethod
    def fit(self, spec: Spec) -> Scorer:
        """Fit on `spec.train`; an `UnsupportedError` says why this data can't be fitted."""

    @abstractmethod
    def load(self, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Scorer:
        """The scorer whose `state()` this is."""
