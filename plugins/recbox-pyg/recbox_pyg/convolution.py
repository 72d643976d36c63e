"""The layer `pyg`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, final

from pydantic import ConfigDict, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from recbox.plugin import Layer, Spec, mistake
from recbox.plugin.foreign import Signature, advice, classes, faults, signature
from recbox_pyg import modules

if TYPE_CHECKING:
    from torch import nn


@final
class PyG(Layer):
    """Any convolution of `torch_geometric.nn` for graphs with one kind of edge, its arguments beside it."""

    model_config = ConfigDict(extra="allow")

    reference: ClassVar[str] = "Fey & Lenssen 2019, arXiv:1903.02428"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"module": "GATv2Conv", "heads": 4},
        {"module": "SAGEConv"},
        {"module": "GINConv"},
        {"module": "LGConv"},
    )

    module: str
    """The name of the convolution, such as `GATv2Conv`; its arguments stand beside it."""
    hidden: Annotated[int, Field(ge=1)] | None = None
    """Hidden columns of the perceptron that GINConv, GINEConv and EdgeConv get; `dim` if it isn't given."""

    @property
    def given(self) -> dict[str, Any]:
        """The convolution's own arguments, as the recipe gives them."""
        return dict(self.model_extra or {})

    @property
    def signature(self) -> Signature:
        """What the convolution takes."""
        home = modules.home()
        if home is None:
            raise ValueError(f"torch_geometric is not installed: {modules.INSTALL}")
        return signature(home, self.module)

    @property
    def edge_features(self) -> bool:
        """Whether the weight of an edge is given to the convolution as the edge's only feature."""
        name = modules.edge_argument(self.signature)
        return bool(name and self.given.get(name))

    @model_validator(mode="after")
    def _fits_the_signature(self) -> Self:
        found = [InitErrorDetails(type=m, loc=(), input=self.module) for m in self._mistakes()]
        if found:
            raise ValidationError.from_exception_data(type(self).__name__, found)
        return self

    def _mistakes(self) -> Iterator[PydanticCustomError]:
        home = modules.home()
        if home is None:
            yield mistake("torch_geometric is not installed", at="module", instead=modules.INSTALL)
        elif self.module not in classes(home):
            usable = [name for name, reason in modules.table().items() if not reason]
            what = f"torch_geometric.nn has no convolution {self.module!r}"
            yield mistake(what, at="module", instead=advice(self.module, usable))
        elif reason := modules.why_not(self.signature):
            usable = [name for name, why in modules.table().items() if not why]
            what = f"{self.module} can't be a layer here: it {reason}"
            yield mistake(what, at="module", instead=f"one of {', '.join(usable)}")
        else:
            filled = dict(modules.FILLED)
            if self.module in modules.PERCEPTRON:
                filled[modules.TRANSFORM] = "a perceptron with `hidden` columns"
            yield from faults(self.signature, self.given, filled, modules.REFUSED)
            yield from self._values()

    def _values(self) -> Iterator[PydanticCustomError]:
        """Mistakes that no type tells."""
        for name in modules.AT_LEAST_ONE:
            if isinstance(value := self.given.get(name), int) and value < 1:
                yield mistake(f"`{name}` of {self.module} must be at least 1, not {value}", at=name)
        if self.given.get("powers") == []:
            yield mistake("`powers` is empty", at="powers", instead="[0, 1, 2]")
        yield from self._aggregators()
        yield from self._edge_features()
        yield from self._loops()
        if self.hidden is not None and self.module not in modules.PERCEPTRON:
            what = f"{self.module} has no perceptron, so `hidden` would do nothing"
            yield mistake(what, at="hidden", instead="leave it out")

    def _aggregators(self) -> Iterator[PydanticCustomError]:
        value = self.given.get("aggr")
        for word in value if isinstance(value, list) else [value]:
            if isinstance(word, str) and word not in modules.AGGREGATORS:
                what = f"`aggr` of {self.module} can't be {word!r}"
                yield mistake(what, at="aggr", instead=advice(word, modules.AGGREGATORS))

    def _edge_features(self) -> Iterator[PydanticCustomError]:
        name = modules.edge_argument(self.signature)
        value = self.given.get(name)
        if isinstance(value, int) and value not in (0, 1):
            what = f"`{name}` of {self.module} must be 1, for an edge has its weight and nothing else"
            yield mistake(what, at=name, instead=f"{name}: 1")
        if value is None and modules.NEEDS_EDGE.get(self.module) == name:
            yield mistake(f"{self.module} needs `{name}`", at="module", instead=f"beside it, `{name}: 1`")

    def _loops(self) -> Iterator[PydanticCustomError]:
        """EGConv gives loops to nodes up to the last one with an edge: the order of nodes would matter."""
        looped = self.module == "EGConv" and self.given.get("add_self_loops", True)
        if looped and "symnorm" not in (self.given.get("aggregators") or ["symnorm"]):
            what = "without `symnorm` EGConv gives loops to some nodes without edges and not to others"
            yield mistake(what, at="aggregators", instead="add_self_loops: false")

    def width(self, width: int, dim: int) -> int:
        return modules.columns(self.signature, self.given, width, dim)

    def build(self, spec: Spec) -> nn.Module:
        from recbox_pyg._module import build

        return build(self, spec)
