"""What a search found: the trials of each arm, the best recipes, and what to type next."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recbox.tuning.failing import Failure, failures
from recbox.tuning.keeping import put, recipe_text

if TYPE_CHECKING:
    from recbox.api.setting import Given
    from recbox.recipe.recipe import Space
    from recbox.tuning.book import Book, Row
    from recbox.tuning.working import Study

FORMAT = 1


@dataclass(frozen=True, eq=False)
class Searched:
    """One arm. settings: how many there are, None without end. budget: how many trials it was to get.
    importance: shares by path, empty where they can't be told."""

    name: str
    kind: str
    select: str
    lower_is_better: bool
    spaces: Mapping[str, Space]
    rows: tuple[Row, ...]
    settings: int | None
    budget: int | None
    importance: Mapping[str, float]
    synthetic: bool
    text: str
    """The best recipe, as YAML; empty where no trial has ended well."""

    @cached_property
    def ranked(self) -> tuple[Row, ...]:
        """Trials that ended well, the best first; of equals the earlier one."""
        done = [row for row in self.rows if row.state == "done" and row.value is not None]
        sign = 1 if self.lower_is_better else -1
        return tuple(sorted(done, key=lambda row: (sign * (row.value or 0.0), row.number)))

    @property
    def best(self) -> Row | None:
        return self.ranked[0] if self.ranked else None

    @property
    def counts(self) -> dict[str, int]:
        """Trials by their state; those that there are none of are left out."""
        states = ("done", "pruned", "failed", "running")
        found = {state: sum(row.state == state for row in self.rows) for state in states}
        return {state: count for state, count in found.items() if count}

    @property
    def failures(self) -> list[Failure]:
        """Why trials failed, the most frequent reason first."""
        return failures(self.rows)

    @property
    def note(self) -> str:
        """What should be known of its number of trials."""
        if not self.spaces:
            return "it has nothing to search, so it is tried once"
        if self.settings is not None and self.settings == self.budget:
            return f"it has {self.settings} settings, and each is tried once"
        return ""


@dataclass(frozen=True, eq=False)
class Tuning:
    """A search that is over, for now. folder: of the study. status: `done`, `interrupted`, or `failed` where
    every trial did."""

    folder: Path
    status: str
    arms: tuple[Searched, ...]
    given: Given
    """How the recipes were read."""

    @classmethod
    def of(cls, study: Study, status: str, given: Given) -> Tuning:
        """As the journal has it now."""
        return cls(study.folder, status, tuple(_searched(study, book) for book in study.books), given)

    @property
    def best(self) -> Path | None:
        """The file of the best recipe; with several arms that of the first."""
        return self.recipe_of(self.arms[0]) if self.arms[0].text else None

    def recipe_of(self, arm: Searched) -> Path:
        """`best.yaml`, or with several arms `best-NAME.yaml`."""
        return self.folder / ("best.yaml" if len(self.arms) == 1 else f"best-{arm.name}.yaml")

    @property
    def next(self) -> str:
        """The command to type next; empty where nothing was found."""
        found = [self.recipe_of(arm) for arm in self.arms if arm.text]
        if not found:
            return ""
        here = Path.cwd()
        files = [str(path.relative_to(here) if path.is_relative_to(here) else path) for path in found]
        words = ["recbox", "run" if len(found) == 1 else "compare", *files]
        for option, values in (("--data-dir", self.given.data_dir), ("--code", self.given.code)):
            words += [word for value in values for word in (option, value)]
        return shlex.join(words)

    def write(self) -> None:
        """The best recipes and the page, each in one step."""
        from recbox.tuning.page import render

        for arm in self.arms:
            if arm.text:
                put(self.recipe_of(arm), arm.text)
        put(self.folder / "report.html", render(self))

    def document(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "format": FORMAT,
            "status": self.status,
            "folder": str(self.folder),
            "arm": [self._arm(arm) for arm in self.arms],
            "report": str(self.folder / "report.html"),
            "next": self.next,
        }

    def _arm(self, arm: Searched) -> dict[str, Any]:
        return {
            "name": arm.name,
            "kind": arm.kind,
            "select": arm.select,
            "lower_is_better": arm.lower_is_better,
            "synthetic": arm.synthetic,
            "search": {path: space.plain() for path, space in arm.spaces.items()},
            "settings": arm.settings,
            "budget": arm.budget,
            "note": arm.note,
            "count": arm.counts,
            "failure": [{"reason": f.reason, "trial": list(f.trials)} for f in arm.failures],
            "best": None if arm.best is None else arm.best.number,
            "recipe": str(self.recipe_of(arm)) if arm.text else None,
            "importance": dict(arm.importance),
            "trial": [vars(row) for row in arm.rows],
        }

    def __repr__(self) -> str:
        lines = ["<recbox.Tuning>", *(f"{arm.name}: {_said(arm)}" for arm in self.arms)]
        return "\n".join([*lines, *([self.next] if self.next else [])])


def _said(arm: Searched) -> str:
    counts = ", ".join(f"{count} {state}" for state, count in arm.counts.items()) or "no trials"
    if arm.best is None:
        return "\n  ".join([counts, *map(str, arm.failures)])
    return f"{arm.select} {arm.best.value:.4f} on validation, trial {arm.best.number} ({counts})"


def _searched(study: Study, book: Book) -> Searched:
    from recbox.tuning import space
    from recbox.tuning.weighing import importance

    arm, rows = book.arm, tuple(book.rows())
    found = Searched(
        name=arm.name,
        kind=arm.kind,
        select=arm.recipe.evaluate.select,
        lower_is_better=arm.recipe.lower_is_better,
        spaces=arm.spaces,
        rows=rows,
        settings=space.size(arm.spaces),
        budget=book.budget(study.plan.trials),
        importance=importance(book.study),
        synthetic=study.ground(arm).synthetic,
        text="",
    )
    if found.best is None:
        return found
    return replace(found, text=recipe_text(arm, found.best, found.select, len(rows)))
