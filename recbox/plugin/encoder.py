"""The kind `encoder`: gives nodes their first vectors."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from recbox.registry.options import Options

if TYPE_CHECKING:
    from torch import nn

    from recbox.plugin.spec import Spec


class Encoder(Options):
    """First vectors of the nodes of one type.

    Laws: row i of the result belongs to `nodes[i]` and depends on it alone, in any order, with repetitions,
    and for none; a node without interactions or features has a finite row; the columns of `needs` and
    `needs_any` are enough, and without them it refuses to be built. Where it is `inductive` or `by_history`,
    a new node with the features, and the history, of a known one has that one's row, and any other a finite
    one.

    Stability: stable for callers and implementers.
    """

    kind: ClassVar[str] = "encoder"

    @property
    def needs(self) -> frozenset[str]:
        """Feature columns of the node type that must be there."""
        return frozenset()

    @property
    def needs_any(self) -> frozenset[str]:
        """Types of feature columns of which the node type must have at least one column; empty: none."""
        return frozenset()

    @property
    def inductive(self) -> bool:
        """Whether it gives vectors to nodes that weren't there in training, by their features: then its
        module has the method `fresh`."""
        return False

    @property
    def by_history(self) -> bool:
        """Whether it reads what a node has interacted with, and so gives vectors to new nodes that have
        something: then its module has the method `fresh`, which is handed their histories too."""
        return False

    @property
    def by_id(self) -> bool:
        """Where it is `inductive`: whether it looks new nodes up by their column `id`, as in a file that has
        more of them than the data, or reads it."""
        return False

    @property
    def given(self) -> bool:
        """Whether it starts from vectors that stay as they are whatever is learned, such as those of texts:
        then it has the method `vectors(spec)`, float32 `[spec.count, w]`, finite, row i being node i's. They
        are asked for before there is a graph, by edges between nodes that are alike."""
        return False

    @property
    def baselines(self) -> tuple[dict[str, Any], ...]:
        """Simple methods that read of items what this reads, as `evaluate.baseline` would name them: they
        stand beside a recipe that encodes items so and names no baselines of its own."""
        return ()

    @abstractmethod
    def build(self, spec: Spec) -> nn.Module:
        """A module: `forward(nodes: int64 [n]) -> float [n, spec.dim]`. A `DataError` where a column that it
        needs is missing.

        Where it is `inductive` the module has `fresh(table: pl.DataFrame) -> float [n, spec.dim]`: a row of
        features for each new node, in the types that the data has, and perhaps a column `id`. A column that
        is not there, a null and a value that no node of the data has count as missing. Nothing of the module
        is changed by it. Where it is `by_history` it is `fresh(table, history: History)`: a row of what each
        new node has, in the form of `History.of(spec.train, spec.node)`; a new item has nothing.

        The module may have `missing(nodes) -> bool [n] | None`: the nodes of which it knows nothing (None: it
        knows all). Their rows count as zeros, and where parts are weighed, the others share its weight. In
        training it may be asked several times a step, and draw from torch's own stream. A module with
        `fresh` may have `fresh_missing`, of the same arguments, to say it of new nodes.

        Where rows are dear the module may have `attend(nodes: int64 [m] | None) -> None`. It is called in
        training before each step, with the nodes of this encoder's type that the batch is about, negatives
        among them: in the passes that follow all rows are asked for as ever, but only those of `nodes` need
        carry gradients; the others may be what they were when they were last made. `attend(None)` begins an
        epoch: from here on rows are those of the parameters as they are, so that a run that is resumed here
        goes on alike. In evaluation mode rows are always those of the parameters as they are.

        A module within it with an attribute `sparse`, as torch's `nn.Embedding` has, has it set to whether
        gradients are asked of the rows alone that were read, as with `train.propagation: sampled`.

        A module, or one within it, may have `adopt(old, rows: int64 [n]) -> bool`, to take over what the same
        module knew of other nodes: node i here is node `rows[i]` there, -1: none; False where it can't.
        Without it a tensor with a row for each node goes by `rows`, and any other as it is.

        A module, or one within it, with an attribute `lr` (a number above 0) has its parameters learn at that
        rate, in place of `train.optimizer.lr`, where the schedule begins.
        """
