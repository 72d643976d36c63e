"""A free vector for each node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, final

from pydantic import Field

from recbox.plugin import Encoder, Spec

if TYPE_CHECKING:
    import torch
    from torch import nn


@final
class Id(Encoder):
    """A free vector for each node, learned from its interactions alone.

    With dropout (DropoutNet, Volkovs et al. 2017), what stands beside it learns to do without it.
    """

    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {},
        {"dropout": 0.2},
        {"init": "spectral"},
    )
    init: Literal["normal", "spectral"] = "normal"
    """First values: drawn, or the leading factors of the matrix of users and items, from which training needs
    fewer epochs (those of entities, and of nodes without an interaction, are drawn)."""
    std: Annotated[float, Field(gt=0)] = 0.1
    """Standard deviation of the first values."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of the nodes whose vector is left out in each step, as if they had none."""
    cold: Literal["auto", "zero", "keep"] = "auto"
    """Nodes without a training interaction, when the method is judged and used: zero leaves their vector out,
    keep keeps it, though it never was anybody's. auto: zero with dropout, else keep."""

    def build(self, spec: Spec) -> nn.Module:
        from recbox.encoder._table import Table

        return Table(self._first(spec), self.dropout, self._cold(spec))

    def _first(self, spec: Spec) -> nn.Parameter:
        from recbox.encoder._start import spectral
        from recbox.plugin.init import normal

        if self.init == "normal" or spec.node == "entity" or spec.loaded:
            return normal(spec.count, spec.dim, self.std, spec.generator)
        return spectral(spec, self.std)

    def _cold(self, spec: Spec) -> torch.Tensor | None:
        """bool `[count]`, True for nodes to leave out in evaluation; None where there are none."""
        import torch

        apart = spec.node == "entity"  # which have triples in place of interactions
        if apart or self.cold == "keep" or (self.cold == "auto" and not self.dropout):
            return None
        seen = torch.from_numpy(getattr(spec.train.interaction, spec.node))
        cold = torch.bincount(seen, minlength=spec.count) == 0
        return cold if bool(cold.any()) else None
