"""Vectors from columns of features."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, final

from pydantic import Field

from recbox.plugin import Encoder, Spec

if TYPE_CHECKING:
    from torch import nn

USABLE = ("categorical", "numeric", "multi")


@final
class Feature(Encoder):
    """The sum of one vector for each feature: categories, numbers, and lists of categories such as genres.

    Of a new node, a category that no node of the data has counts as missing, and in a list it isn't there.
    """

    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"columns": ["genre", "year"]})
    columns: tuple[str, ...] = ()
    """Columns to use; none named: every categorical, numeric and multi column that the data has."""
    std: Annotated[float, Field(gt=0)] = 0.1
    """Standard deviation of the first values."""

    @property
    def needs(self) -> frozenset[str]:
        return frozenset(self.columns)

    @property
    def needs_any(self) -> frozenset[str]:
        return frozenset() if self.columns else frozenset(USABLE)

    @property
    def inductive(self) -> bool:
        return True

    def build(self, spec: Spec) -> nn.Module:
        from recbox.encoder._feature import FeatureSum
        from recbox.errors import DataError

        nodes = spec.train.nodes(spec.node)
        known = {c.name: c for c in nodes.columns}
        usable = tuple(n for n, c in known.items() if c.type in USABLE)
        names = self.columns or usable
        wrong = [n for n in names if n not in usable]
        if wrong or not names:
            raise DataError(
                f"the feature encoder can't use the {spec.node} column {wrong[0]!r}"
                if wrong
                else f"the data has no {spec.node} features",
                where=f"encoder.{spec.node}",
                instead=f"columns of {', '.join(usable) or 'another data set'}",
            )
        return FeatureSum(nodes.table, [known[n] for n in names], spec.dim, self.std, spec.generator)
