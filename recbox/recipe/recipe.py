"""A recipe that has been read and checked: names resolved, options typed, nothing left to guess."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from recbox.recipe.blocks import Clean, Evaluate, Range, Split, Training
from recbox.recipe.edge import Edge
from recbox.recipe.profile import Profile
from recbox.registry.options import Options
from recbox.registry.origin import Origin

Combine = Literal["last", "mean", "layers", "sum", "concat", "attention"]
Fuse = Literal["sum", "concat", "gate", "attention"]
Meaning = Literal["order", "value", "probability"]


@dataclass(frozen=True)
class Part:
    """A plugin in its place: `use:` name, its options, and what stands beside them."""

    kind: str
    name: str
    options: Options
    repeat: int = 1
    """For layers."""
    weight: float = 1.0
    """For objectives: the factor of the term."""
    origin: Origin | None = None
    """The distribution that brought it; None where it was made by hand."""

    @property
    def label(self) -> str:
        """The name without a distribution."""
        return self.name.rpartition(":")[2]

    @property
    def foreign(self) -> bool:
        """Whether it is no part of recbox, so that what it does is not known to be right."""
        return self.origin is None or not self.origin.builtin


@dataclass(frozen=True)
class Encoding:
    """The encoders of one node type, fused."""

    fuse: Fuse
    part: tuple[Part, ...]


@dataclass(frozen=True)
class Profiling:
    """A text column of its own, and what writes it: None where a person does."""

    block: Profile
    writer: Part | None

    @property
    def label(self) -> str:
        """Whose column it is, and its name: `item.profile`."""
        return f"{self.block.node}.{self.block.column}"


@dataclass(frozen=True)
class Data:
    source: Part
    fallback: Literal["none", "synthetic"]
    clean: Clean
    split: Split
    seed: int | None = None
    """What made data and random splits follow; None: the recipe's seed."""
    profile: tuple[Profiling, ...] = ()
    target: str | None = None
    """The behaviour that interactions are of; None: they are of all."""


@dataclass(frozen=True)
class Stage:
    """Training settings and the terms of the loss; a recipe without `train.stage` has one."""

    training: Training
    objective: tuple[Part, ...]


@dataclass(frozen=True)
class Space:
    """What `search` tries at one path: some choices, or a range (then there are no choices)."""

    choices: tuple[Any, ...] = ()
    range: Range | None = None

    def plain(self) -> Any:
        """As a recipe writes it."""
        if self.range is None:
            return list(self.choices)
        whole = self.range.by in ("int", "log-int")
        values = self.range.model_dump(mode="json", exclude_none=True)
        return {k: int(v) if whole and isinstance(v, float) else v for k, v in values.items()}


@dataclass(frozen=True)
class Network:
    """The graph parts of a recipe, and its rules of judging, which say on what they were fitted."""

    dim: int
    edge: tuple[Edge, ...]
    encoder: dict[str, Encoding]
    """By node type, `user` and `item`; empty with a model."""
    layer: tuple[Part, ...]
    combine: Combine
    head: Part | None
    evaluate: Evaluate


@dataclass(frozen=True)
class Recipe(Network):
    """Either `model` is set, or encoder, layer, head and stage are (and `model` is None). A model that is
    trained has one stage too, without an objective."""

    name: str
    seed: int
    data: Data
    vectors: dict[str, Part]
    """By the keys of edges the encoders whose vectors they compare; an artifact holds the edges."""
    model: Part | None
    stage: tuple[Stage, ...]
    metric: tuple[Part, ...]
    baseline: tuple[Part, ...]
    resolved: dict[str, Any]
    """The recipe as plain data, `extends`, `--set` and defaults worked in; reading it gives this recipe."""
    search: dict[str, Space] = field(default_factory=dict)
    """What `recbox tune` tries, by path; `recbox run` leaves it alone."""

    @property
    def trained(self) -> bool:
        """Whether it is a model that the engine's loop trains."""
        return self.model is not None and bool(self.stage)

    @property
    def lower_is_better(self) -> bool:
        """Whether a smaller value of `evaluate.select` is the better one."""
        label = self.evaluate.select.partition("@")[0]
        return any(p.label == label and getattr(p.options, "lower_is_better", False) for p in self.metric)

    @property
    def meaning(self) -> Meaning:
        """What the method's scores say, for metrics of pairs."""
        if self.model is not None:
            return meaning_of([self.model])
        return meaning_of(
            [p for p in self.stage[-1].objective if p.weight > 0 and getattr(p.options, "supervised", True)]
        )

    def parts(self) -> tuple[Part, ...]:
        """Every plugin that the recipe uses."""
        encoders = (*(p for e in self.encoder.values() for p in e.part), *self.vectors.values())
        terms = tuple(p for s in self.stage for p in s.objective)
        single = tuple(p for p in (self.data.source, self.model, self.head) if p is not None)
        writers = tuple(p.writer for p in self.data.profile if p.writer is not None)
        return (*single, *writers, *encoders, *self.layer, *terms, *self.metric, *self.baseline)


def meaning_of(parts: Sequence[Part]) -> Meaning:
    """What scores say that a model gives, or that terms of the loss were learned by: an order, unless all
    terms say the same that is more."""
    said: set[Meaning] = {getattr(part.options, "meaning", "order") for part in parts}
    return said.pop() if len(said) == 1 else "order"
