"""What is verified: the artifact, its recipe, and what can be measured again from what it holds."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from recbox.api.machine import processor
from recbox.artifact import Artifact, require
from recbox.context import Context
from recbox.data import Dataset, Split
from recbox.evaluate import Held, Judgement, Validation, held_test, held_valid, judge_held
from recbox.plugin import Scorer
from recbox.recipe import load, written
from recbox.recipe.recipe import Recipe
from recbox.registry import Registry

EXACT = 1e-9
NEAR = 1e-4
"""On another processor or with other versions: near ties may be ranked in another order."""
VERSIONS = {"recbox": "recbox-graph", "torch": "torch", "numpy": "numpy"}


class Subject:
    """An artifact that has been opened, so that its files are those of its manifest."""

    def __init__(self, artifact: Artifact, registry: Registry, context: Context) -> None:
        self.artifact, self.registry, self.context = artifact, registry, context

    @property
    def metrics(self) -> dict[str, Any]:
        return self.artifact.metrics

    @property
    def dataset(self) -> Dataset:
        return self.artifact.dataset

    @property
    def split(self) -> Split:
        return self.artifact.split

    @cached_property
    def recipe(self) -> Recipe:
        """The artifact's recipe; a `PluginError` where a plugin isn't here, or is another one's."""
        folder = self.artifact.path
        require(self.artifact.manifest.plugin, self.registry, str(folder / "manifest.json"))
        return load(folder / "recipe.yaml", registry=self.registry, context=self.context)

    @property
    def written(self) -> dict[str, Any]:
        """The recipe as it was when the ledger's line was written: read, and nothing filled in. A plugin that
        has gained an option since would change it."""
        return written(self.artifact.recipe)

    @property
    def scorer(self) -> Scorer:
        return self.artifact.scorer

    @cached_property
    def at_test(self) -> Held:
        return held_test(self.dataset, self.split, self.recipe.evaluate)

    @cached_property
    def at_valid(self) -> Held:
        return held_valid(self.dataset, self.split, self.recipe.evaluate)

    @cached_property
    def test(self) -> Judgement:
        """The stored scorer on test, as the recipe judges, with its lists."""
        return self._judged(self.at_test, keep=True)

    @cached_property
    def valid(self) -> Judgement:
        """The stored scorer on validation; it is the one that validation saw unless it was fitted again."""
        return self._judged(self.at_valid)

    @cached_property
    def watched(self) -> Mapping[str, float] | None:
        """The stored scorer by the users of validation who told epochs apart; None where these are all."""
        context = self.context.with_(seed=self.recipe.seed)
        seen = Validation.of(self.recipe, self.at_valid, context)
        return seen.watch(self.scorer) if seen.partial else None

    @cached_property
    def tolerance(self) -> float:
        """How far a value that is computed again may be off."""
        return EXACT if not self.changed else NEAR

    @cached_property
    def changed(self) -> str:
        """What differs from where the artifact was made, as far as figures may; empty for nothing."""
        made, here = self.artifact.manifest, {k: version_of(p) for k, p in VERSIONS.items()}
        differing = [f"{k} {made.version.get(k)}" for k, v in here.items() if made.version.get(k) != v]
        machine = self.metrics.get("machine")
        was = machine.get("processor") if isinstance(machine, Mapping) else None
        if was != processor():
            differing.append(f"processor {str(was)[:60]}")
        if not made.run.device.startswith("cpu"):
            differing.append(f"device {made.run.device}")
        return ", ".join(differing)

    @cached_property
    def select(self) -> str:
        return self.recipe.evaluate.select

    def _judged(self, held: Held, *, keep: bool = False) -> Judgement:
        recipe = self.recipe
        asked = held, recipe.metric, recipe.evaluate, self.context, recipe.meaning, "verify"
        return judge_held(self.scorer, *asked, both=True, keep=keep)


def version_of(package: str) -> str | None:
    """The version of an installed package."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None
