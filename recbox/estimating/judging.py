"""What judging a method takes: some users are judged, as a run judges all."""

from __future__ import annotations

import time
from dataclasses import dataclass

from recbox.context import Context
from recbox.evaluate import Held, Truth, judge_held
from recbox.plugin import Scorer
from recbox.progress import SILENT
from recbox.recipe.pairing import Meaning
from recbox.recipe.recipe import Recipe

FEW, MORE = 256, 2048
"""Users that are judged, for what each costs and what all of them cost together."""


@dataclass(frozen=True)
class Judging:
    """valid, held: what validation and test hold out; valid is None where there is no validation.

    What the test takes is told by validation's users. Without them the test part is judged by methods that
    have learned next to nothing, and nobody sees what they reached."""

    recipe: Recipe
    context: Context
    valid: Held | None
    held: Held

    @property
    def watched(self) -> Held | None:
        """What epochs are told apart by."""
        some = self.recipe.evaluate.valid_users
        if not some or not isinstance(self.valid, Truth):
            return self.valid
        return self.valid.some(some, self.context.random("valid"))

    def validation(self, scorer: Scorer, meaning: Meaning, held: Held | None = None) -> float:
        """Seconds; 0 without validation. held: in place of all of its users."""
        held = self.valid if held is None else held
        return 0.0 if held is None else self._seconds(scorer, held, meaning, both=False)

    def test(self, scorer: Scorer, meaning: Meaning) -> float:
        """Seconds."""
        held = self.held if self.valid is None else self.valid
        seconds = self._seconds(scorer, held, meaning, both=True)
        return seconds * len(self.held.users) / max(1, len(held.users))

    def _seconds(self, scorer: Scorer, held: Held, meaning: Meaning, *, both: bool) -> float:
        if not isinstance(held, Truth) or len(held.users) <= MORE:
            self._spent(scorer, held, meaning, both)  # once for what a scorer makes at its first call
            return self._spent(scorer, held, meaning, both)
        draw = self.context.random("estimate")
        few, more = (held.some(count, draw) for count in (FEW, MORE))
        self._spent(scorer, few, meaning, both)
        first, second = (self._spent(scorer, some, meaning, both) for some in (few, more))
        each = max(0.0, second - first) / (MORE - FEW)
        return max(0.0, first - each * FEW) + each * len(held.users)

    def _spent(self, scorer: Scorer, held: Held, meaning: Meaning, both: bool) -> float:
        rules, silent = self.recipe.evaluate, self.context.with_(progress=SILENT)
        began = time.perf_counter()
        judge_held(scorer, held, self.recipe.metric, rules, silent, meaning, both=both)
        return time.perf_counter() - began
