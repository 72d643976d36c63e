"""Small plugins for recipes to name: a `--code` file, as a user would write one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, final

from pydantic import Field, model_validator

from recbox.plugin import (
    CatalogueMetric,
    Encoder,
    Head,
    Layer,
    Model,
    Objective,
    Options,
    Provides,
    Source,
    UserMetric,
    Writer,
    mistake,
)


class Column(Options):
    name: str
    role: Literal["", "title", "text"] = ""


class File(Options):
    path: Path
    header: bool = True
    delimiter: str = ","
    columns: dict[str, str | int] = {}
    keep: str | tuple[Column, ...] = ()


class Ratings(Source):
    """Interactions with times, and items with a genre."""

    limit: Annotated[int, Field(ge=1)] | None = None
    size: float | bool = 1.0

    def provides(self, context):
        columns = {"item": {"genre": "multi", "year": "numeric"}, "user": {"age": "numeric"}}
        return Provides(columns=columns, time=True)

    def read(self, context):
        raise AssertionError("checking a recipe reads no data")


class Files(Source):
    """Files whose columns only reading would tell."""

    interaction: Annotated[tuple[File, ...], Field(min_length=1)]

    def provides(self, context):
        return Provides(complete=False)

    def read(self, context):
        raise AssertionError("checking a recipe reads no data")


class Plain(Source):
    """Pairs without times, already split, with a network of users."""

    def provides(self, context):
        return Provides(edges=frozenset({"interaction", "user-relation"}), part=True)

    def read(self, context):
        raise AssertionError("checking a recipe reads no data")


class Linked(Source):
    """Pairs without times, with two networks of users and one of items."""

    def provides(self, context):
        return Provides(
            edges=frozenset({"interaction", "user-relation", "item-relation"}),
            relations={"user-relation": ("friend", "follow"), "item-relation": ("series",)},
        )

    def shape(self):
        return {"users": 3, "items": 4, "interactions": 5}

    def read(self, context):
        raise AssertionError("checking a recipe reads no data")


class Own(Encoder):
    def build(self, spec):
        raise AssertionError("checking a recipe builds nothing")


class Traits(Encoder):
    columns: tuple[str, ...]

    @property
    def needs(self):
        return frozenset(self.columns)

    def build(self, spec):
        raise AssertionError("checking a recipe builds nothing")


class AnyTrait(Encoder):
    @property
    def needs_any(self):
        return frozenset({"multi", "categorical"})

    def build(self, spec):
        raise AssertionError("checking a recipe builds nothing")


class Marks(Encoder):
    column: str = "genre"

    @property
    def given(self):
        return True

    @property
    def needs(self):
        return frozenset({self.column})

    def vectors(self, spec):
        raise AssertionError("checking a recipe builds nothing")

    def build(self, spec):
        raise AssertionError("checking a recipe builds nothing")


class FaultyMarks(Encoder):
    @property
    def given(self):
        raise RuntimeError("the author's fault")

    def build(self, spec):
        raise AssertionError("checking a recipe builds nothing")


class ShopHop(Layer):
    @property
    def only_edges(self):
        return frozenset({"interaction", "behaviour"})

    def build(self, spec):
        raise AssertionError("checking a recipe builds nothing")


class Series(Objective):
    @property
    def supervised(self):
        return False

    @property
    def of_edges(self):
        return frozenset({"item-relation"})

    def build(self, spec):
        raise AssertionError("checking a recipe builds nothing")


class Hop(Layer):
    norm: Literal["sym", "row", "none"] = "sym"
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    wide: int = 0

    @model_validator(mode="after")
    def _both(self):
        if self.wide and self.norm == "none":
            raise ValueError("a wide hop needs a norm")
        return self

    def width(self, width, dim):
        return self.wide or dim

    def build(self, spec):
        raise AssertionError("checking a recipe builds nothing")


class SocialHop(Layer):
    @property
    def edges(self):
        return frozenset({"user-relation"})

    def build(self, spec):
        raise AssertionError("checking a recipe builds nothing")


class TypedHop(Layer):
    typed = True

    def build(self, spec):
        raise AssertionError("checking a recipe builds nothing")


class FaultyHop(Layer):
    @property
    def edges(self):
        raise RuntimeError("the author's fault")

    def build(self, spec):
        raise AssertionError("checking a recipe builds nothing")


class PairLoss(Objective):
    @property
    def negatives(self):
        return "one"

    def build(self, spec):
        raise AssertionError("checking a recipe builds nothing")


class OddLoss(Objective):
    @property
    def negatives(self):
        return "two"

    def build(self, spec):
        raise AssertionError("checking a recipe builds nothing")


class ListLoss(Objective):
    temperature: Annotated[float, Field(gt=0)] = 0.2

    @property
    def negatives(self):
        return "many"

    def build(self, spec):
        raise AssertionError("checking a recipe builds nothing")


class EvenLoss(Objective):
    @property
    def negatives(self):
        return "many"

    @property
    def corrects(self):
        return True

    def build(self, spec):
        raise AssertionError("checking a recipe builds nothing")


class Shrink(Objective):
    @property
    def supervised(self):
        return False

    def build(self, spec):
        raise AssertionError("checking a recipe builds nothing")


class LaterHop(Objective):
    """Reads a hop's vectors and numbers of items."""

    hop: int = 2
    columns: tuple[str, ...] = ()
    torn: bool = False

    def needs_of(self, node):
        return frozenset(self.columns if node == "item" else ())

    def types_of(self, node):
        return frozenset({"numeric"})

    def check(self, hops, final, dim):
        if self.torn:
            raise RuntimeError("torn")
        if self.hop >= len(hops):
            raise mistake(f"the last hop is {len(hops) - 1}", at="hop", instead=f"hop: {len(hops) - 1}")
        if final != hops[self.hop]:
            raise ValueError(f"{final} columns are too many")

    def build(self, spec):
        raise AssertionError("checking a recipe builds nothing")


class Inner(Head):
    def build(self, spec):
        raise AssertionError("checking a recipe builds nothing")


class Deep(Head):
    hidden: tuple[Annotated[int, Field(ge=1)], ...] = (64,)

    def build(self, spec):
        raise AssertionError("checking a recipe builds nothing")


class Counts(Model):
    shrink: Annotated[float, Field(ge=0)] = 0.0

    def fit(self, spec):
        raise AssertionError("checking a recipe fits nothing")

    def load(self, arrays, json):
        raise AssertionError("checking a recipe loads nothing")


class Tried(Model):
    """A model with a grid."""

    grid: ClassVar[dict[str, tuple[Any, ...]]] = {"k": (1, 2), "shrink": (0.0, 1.0)}
    k: int = 1
    shrink: float = 0.0
    inner: Column = Column(name="x")

    def fit(self, spec):
        raise AssertionError("checking a recipe fits nothing")

    def load(self, arrays, json):
        raise AssertionError("checking a recipe loads nothing")


class Constant(Model):
    def fit(self, spec):
        raise AssertionError("checking a recipe fits nothing")

    def load(self, arrays, json):
        raise AssertionError("checking a recipe loads nothing")


class Gain(UserMetric):
    base: int = 2

    def per_user(self, hits, relevant):
        raise AssertionError("checking a recipe judges nothing")


class Found(UserMetric):
    def per_user(self, hits, relevant):
        raise AssertionError("checking a recipe judges nothing")


class Breadth(CatalogueMetric):
    def catalogue(self, exposure, popularity):
        raise AssertionError("checking a recipe judges nothing")


@final
class Echo(Writer):
    """Writes back what it is asked."""

    loud: int = 1
    """How often."""

    def version(self, context):
        return "1"

    def write(self, prompts, context):
        return ((place, prompt * self.loud) for place, prompt in enumerate(prompts))
