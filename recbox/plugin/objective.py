"""The kind `objective`: a term of the loss."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from recbox.plugin.metric import Meaning
from recbox.registry.options import Options

if TYPE_CHECKING:
    from torch import nn

    from recbox.plugin.spec import Spec

Negatives = Literal["none", "one", "many", "all"]
"""What an objective asks of `train.negative`.

Stability: stable for callers.
"""


class Objective(Options):
    """A term of the loss.

    Laws: for a supervised term the loss falls when a positive's score rises, rises with those of negatives,
    and alone it learns; the value is finite (for vectors of zeros and scores in the thousands too) and scaled
    as a mean over the batch, for a batch of one too; the order of the batch doesn't matter; what is drawn
    comes from `step.generator`; gradients reach every parameter that the module owns.

    Stability: stable for callers and implementers.
    """

    kind: ClassVar[str] = "objective"
    of_encoder: ClassVar[dict[str, Any] | None] = None
    """Of a term that learns from what an encoder has (`spec.encoder`), and not from vectors: an encoder of
    items as in a recipe, for the contract kit to build beside it."""

    @property
    def negatives(self) -> Negatives:
        """What it needs of `train.negative`: nothing, exactly one, one or more, or (all items) nothing."""
        return "none"

    @property
    def supervised(self) -> bool:
        """Whether the term learns from the interactions of the batch (l2 and self-supervision do not)."""
        return True

    @property
    def meaning(self) -> Meaning:
        """What scores say that were learned by it; metrics of pairs ask for it."""
        return "order"

    @property
    def of_edges(self) -> frozenset[str]:
        """Edge types that it learns from, which must be in the graph."""
        return frozenset()

    @property
    def of_scores(self) -> bool:
        """Whether it learns from scores, and so through the head; else from vectors alone."""
        return self.supervised

    @property
    def of_candidates(self) -> bool:
        """Whether it looks up which items `train.candidate` leaves out, by `step.cold` or `step.excluded`."""
        return self.negatives == "all"

    @property
    def sampled(self) -> bool:
        """Whether the batch's nodes in the main view are all that it looks at, so that it works with
        `train.propagation: sampled`: by `step.users`, `step.items`, `step.score`, `step.block` of some items,
        or `step.embed().at(nodes, hop=h)`."""
        return False

    @property
    def disturbs(self) -> bool:
        """Whether its module has a method `disturb`. A stage has one such term at most."""
        return False

    @property
    def corrects(self) -> bool:
        """Whether scores are corrected for how probably an item is drawn, which must be known then."""
        return False

    def needs_of(self, node: str) -> frozenset[str]:
        """Columns of a node type, `user` or `item`, that must be there."""
        return frozenset()

    def needs_any_of(self, node: str) -> frozenset[str]:
        """Types of columns of which one must be there; empty: none is needed."""
        return frozenset()

    def types_of(self, node: str) -> frozenset[str]:
        """Types that the columns of `needs_of` must be of; empty: any."""
        return frozenset()

    def check(self, hops: tuple[int, ...], final: int, dim: int) -> None:
        """Refuse vectors that it can't learn from, before anything is built.

        hops: columns of what each hop gives in its stage, the encoders' first, which stand alone where there
        are no layers or `propagation: none`. final: columns of the final vectors. dim: the recipe's. A
        `ValueError` says why they don't fit this term; `recbox check` reports it in its place. One made by
        `mistake` says what to do instead, and of which option it is.
        """

    @abstractmethod
    def build(self, spec: Spec) -> nn.Module:
        """A module: `forward(step: Step) -> float []`. `epoch(n)`, where there is one, is called first.

        `disturb(generator, hop, x) -> [N, d]`, where there is one, says what stands in training for what hop
        `hop` of the main view gives, x `[N, d]` (0: the encoders): so every term of the loss sees it. Nothing
        is added where a recommender is judged.
        """
