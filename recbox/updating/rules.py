"""What counts of events: by the recipe's cleaning, and by the behaviours that the data has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from recbox.data import Dataset
from recbox.data.behaviours import usual
from recbox.recipe.blocks import Clean
from recbox.store import Which


@dataclass(frozen=True)
class Rules:
    """What the recipe says of rows. weighed: whether anything looks at weights, so that each event must say
    one."""

    clean: Clean
    weighed: bool = False

    @classmethod
    def of(cls, recipe: Mapping[str, Any]) -> Self:
        """recipe: as it is written."""
        clean = Clean.parse((recipe.get("data") or {}).get("clean") or {})
        edges = (recipe.get("graph") or {}).get("edge") or []
        weighs = [e for e in edges if isinstance(e, Mapping) and e.get("type") == "interaction"]
        used = any(e.get("weight") == "value" or "weight" in (e.get("feature") or ()) for e in weighs)
        return cls(clean, used or clean.threshold is not None)

    def of_store(self) -> Self:
        """The same for what a server stored, who can't mend its rows: those that can't be used are left out
        and counted, and of those that repeat others the last counts."""
        last = "last" if self.clean.duplicate == "refuse" else self.clean.duplicate
        return replace(self, clean=self.clean.model_copy(update={"bad": "skip", "duplicate": last}))

    def counted(self, data: Dataset) -> Which:
        """The events that the method learns from."""
        if not data.behaviours:
            return Which(least=self.clean.threshold)
        return Which(data.behaviours, usual(data.behaviours) is not None, self.clean.threshold)
