"""The layer `dgl`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, final

from pydantic import ConfigDict, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from recbox.plugin import Layer, Spec, mistake
from recbox.plugin.foreign import Signature, advice, classes, faults, signature
from recbox_dgl import modules

if TYPE_CHECKING:
    from torch import nn


@final
class DGL(Layer):
    """Any convolution of `dgl.nn` for graphs with one kind of edge, its arguments beside it."""

    model_config = ConfigDict(extra="allow")

    reference: ClassVar[str] = "Wang et al. 2019, arXiv:1909.01315"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"module": "GATv2Conv", "num_heads": 4},
        {"module": "SAGEConv", "aggregator_type": "mean"},
        {"module": "GINConv"},
        {"module": "APPNPConv", "k": 1, "alpha": 0.1},
    )

    module: str
    """The name of the convolution, such as `GATv2Conv`; its arguments stand beside it."""
    hidden: Annotated[int, Field(ge=1)] | None = None
    """Hidden columns of the perceptron that GINConv gets as its transform; `dim` if it isn't given."""

    @property
    def given(self) -> dict[str, Any]:
        """The convolution's own arguments, as the recipe gives them."""
        return dict(self.model_extra or {})

    @property
    def signature(self) -> Signature:
        """What the convolution takes."""
        home = modules.home()
        if home is None:
            raise ValueError(f"dgl is not installed: {modules.INSTALL}")
        return signature(home, self.module)

    @model_validator(mode="after")
    def _fits_the_signature(self) -> Self:
        found = [InitErrorDetails(type=m, loc=(), input=self.module) for m in self._mistakes()]
        if found:
            raise ValidationError.from_exception_data(type(self).__name__, found)
        return self

    def _mistakes(self) -> Iterator[PydanticCustomError]:
        home = modules.home()
        if home is None:
            yield mistake("dgl is not installed", at="module", instead=modules.INSTALL)
        elif self.module not in classes(home):
            usable = [name for name, reason in modules.table().items() if not reason]
            yield mistake(f"dgl.nn has no {self.module!r}", at="module", instead=advice(self.module, usable))
        elif reason := modules.why_not(self.signature):
            usable = [name for name, why in modules.table().items() if not why]
            what = f"{self.module} can't be a layer here: it {reason}"
            yield mistake(what, at="module", instead=f"one of {', '.join(usable)}")
        else:
            yield from faults(self.signature, self.given, modules.FILLED, modules.REFUSED)
            yield from self._values()

    def _values(self) -> Iterator[PydanticCustomError]:
        """Mistakes that no type tells."""
        for name, least in modules.LEAST.items():
            if isinstance(value := self.given.get(name), int) and value < least:
                yield mistake(f"`{name}` of {self.module} must be at least {least}, not {value}", at=name)
        if (value := self.given.get("aggregator_type")) in modules.ORDERED:
            what = f"`aggregator_type: {value}` depends on the order of neighbours, and they have none"
            yield mistake(what, at="aggregator_type", instead="mean")
        if self.hidden is not None and self.module not in modules.PERCEPTRON:
            what = f"{self.module} has no perceptron, so `hidden` would do nothing"
            yield mistake(what, at="hidden", instead="leave it out")

    def width(self, width: int, dim: int) -> int:
        return modules.columns(self.signature, self.given, width, dim)

    def build(self, spec: Spec) -> nn.Module:
        from recbox_dgl._module import build

        return build(self, spec)
