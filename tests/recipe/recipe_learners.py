"""Models that the engine trains, for tests of recipes: none is ever built."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, final

from pydantic import Field

from recbox.plugin import Negatives, Scorer, Spec, Trained


class Learner(Trained):
    def build(self, spec: Spec) -> Any:
        raise NotImplementedError

    def scorer(self, module: Any, spec: Spec) -> Scorer:
        raise NotImplementedError

    def load(self, arrays: Any, json: Any) -> Scorer:
        raise NotImplementedError


@final
class Pairwise(Learner):
    """Learns from pairs."""

    course: ClassVar[dict[str, Any]] = {
        "epochs": 30,
        "optimizer": {"lr": 0.5},
        "schedule": {"by": "step", "every": 3},
    }

    wants: Negatives = "many"
    """What it says of negatives."""
    dim: Annotated[int, Field(ge=1)] = 4
    """Columns."""

    @property
    def negatives(self) -> Negatives:
        return self.wants


@final
class Rows(Learner):
    """Learns from histories."""

    rows: ClassVar[Literal["interaction", "user"]] = "user"
    course: ClassVar[dict[str, Any]] = {"batch": 7}


@final
class Misstated(Learner):
    """States a course that is none."""

    course: ClassVar[dict[str, Any]] = {"epoch": 7}
