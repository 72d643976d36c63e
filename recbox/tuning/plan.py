"""What is asked of a search, as plain data, so that further processes can be told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self, get_args

from recbox.api.setting import Given, Where

By = Literal["tpe", "random", "grid"]
NAME = "journal.log"
"""A study's journal, in its folder."""
WAYS: tuple[By, ...] = get_args(By)


@dataclass(frozen=True)
class Plan:
    """How a study is worked at. trials: for each arm, None for no limit. until: the `time.monotonic()` after
    which no trial begins."""

    by: By = "tpe"
    trials: int | None = None
    until: float | None = None
    prune: bool = True
    device: str = "auto"


@dataclass(frozen=True)
class Asked:
    """A search. baseline: the recipes' baselines too. out: the study's folder, or None for the usual one."""

    recipes: tuple[Where, ...]
    baseline: bool
    out: str | None
    plan: Plan
    given: Given

    def document(self) -> dict[str, Any]:
        """As JSON data; recipes are file names, or mappings."""
        recipes = [dict(r) if isinstance(r, Mapping) else str(r) for r in self.recipes]
        return {**vars(self), "recipes": recipes, "plan": asdict(self.plan), "given": asdict(self.given)}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """What a document says."""
        given = {n: tuple(v) if isinstance(v, list) else v for n, v in document["given"].items()}
        plan = Plan(**document["plan"])
        return cls(tuple(document["recipes"]), document["baseline"], document["out"], plan, Given(**given))
