"""The validation part while a method is fitted: epochs are told apart by it, and the result is reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from recbox.evaluate.holding import Held, judge_held
from recbox.evaluate.truth import Truth
from recbox.progress import SILENT

if TYPE_CHECKING:
    from recbox.context import Context
    from recbox.plugin import Scorer
    from recbox.recipe.recipe import Recipe

Tell = Callable[[dict[str, float]], object]


def _nobody(values: dict[str, float]) -> None:
    """Where nobody wants to know."""


@dataclass(frozen=True, eq=False)
class Validation:
    """held: all of it. watched: what epochs are told apart by, which is the same, or of some users. tell: it
    hears what is found while the method is fitted."""

    held: Held
    watched: Held
    recipe: Recipe
    context: Context
    tell: Tell = _nobody

    @classmethod
    def of(cls, recipe: Recipe, held: Held, context: Context, tell: Tell = _nobody) -> Self:
        """With as many users to watch as the recipe says."""
        some = recipe.evaluate.valid_users
        watched = held.some(some, context.random("valid")) if some and isinstance(held, Truth) else held
        return cls(held, watched, recipe, context, tell)

    @property
    def partial(self) -> bool:
        """Whether not all users are watched."""
        return self.watched is not self.held

    def watch(self, scorer: Scorer) -> dict[str, float]:
        """The metrics of an epoch."""
        return self._told(scorer, self.watched)

    def once(self, scorer: Scorer) -> dict[str, float]:
        """Those of a method without epochs, by all users."""
        return self._told(scorer, self.held)

    def end(self, scorer: Callable[[], Scorer], watched: dict[str, float]) -> dict[str, float]:
        """What is reported of the scorer that was chosen. watched: what was found of it then, if anything."""
        if not self.partial or not watched:
            return watched
        return self._judged(scorer(), self.held, self.context)

    def _told(self, scorer: Scorer, held: Held) -> dict[str, float]:
        found = self._judged(scorer, held, self.context.with_(progress=SILENT))
        self.tell(found)
        return found

    def _judged(self, scorer: Scorer, held: Held, context: Context) -> dict[str, float]:
        recipe = self.recipe
        rules, meaning = recipe.evaluate, recipe.meaning
        return judge_held(scorer, held, recipe.metric, rules, context, meaning, "validation").values
