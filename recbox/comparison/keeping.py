"""Finished runs: found again by method, data and seed, and trained where they are missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from recbox.comparison.entry import Entry, of_opened
from recbox.errors import RecboxError
from recbox.progress import Progress, Task

if TYPE_CHECKING:
    from recbox.api.setting import Given
    from recbox.artifact import Artifact
    from recbox.data import Nodes
    from recbox.registry import Registry
    from recbox.tracker import Trackers


@dataclass(frozen=True)
class Keeper:
    """runs: the folder of finished runs. seeds: how many each method gets. given: how recipes are read.
    trackers: of the runs that are trained; group: what they are told that these belong to."""

    runs: Path
    seeds: int
    metrics: tuple[str, ...]
    progress: Progress
    given: Given
    device: str
    trackers: Trackers
    group: str

    def complete(self, groups: Mapping[str, Sequence[Entry]]) -> dict[str, list[Artifact]]:
        """The runs of each method (by key), in the order of their seeds; missing ones are trained in turn."""
        have = {key: self._have(entries) for key, entries in groups.items()}
        plan = [(e, seed) for key, es in groups.items() for e, seed in self._missing(es, have[key])]
        if plan:
            self._train(plan, have)
        return {key: [found[seed] for seed in sorted(found)] for key, found in have.items()}

    def _have(self, entries: Sequence[Entry]) -> dict[int, Artifact]:
        """By seed: the arguments that are artifacts, and for a recipe the kept runs."""
        given = [e.artifact for e in entries if e.artifact is not None]
        found = {a.manifest.run.seed: a for a in reversed(given)}
        if len(found) < len(given):
            label = entries[0].recipe.name
            self.progress.notice(f"{label}: of runs with the same seed only the first counts", "warning")
        recipe = next((e for e in entries if e.artifact is None), None)
        if recipe is None:
            return found
        wanted = self._seeds(recipe)
        for artifact in self._kept(recipe):
            seed = artifact.manifest.run.seed
            if seed in wanted:
                found.setdefault(seed, artifact)
        return found

    def _seeds(self, entry: Entry) -> range:
        return range(self.seeds if entry.draws else 1)

    def _missing(self, entries: Sequence[Entry], have: Mapping[int, Artifact]) -> list[tuple[Entry, int]]:
        recipe = next((e for e in entries if e.artifact is None), None)
        if recipe is None or (have and not recipe.draws):
            return []
        return [(recipe, seed) for seed in self._seeds(recipe) if seed not in have]

    def _kept(self, entry: Entry) -> Iterator[Artifact]:
        """Finished runs of the same method on the same data and split, that have the metrics."""
        for folder in sorted(self.runs.iterdir()) if self.runs.is_dir() else ():
            if artifact := _fitting(folder, entry, entry.registry, self.metrics):
                yield artifact

    def _train(self, plan: Sequence[tuple[Entry, int]], have: dict[str, dict[int, Artifact]]) -> None:
        with self.progress.task("Runs", len(plan), "run") as task:
            for number, (entry, seed) in enumerate(plan, 1):
                if not _settled(entry, have[entry.key]):
                    named = f"run {number} of {len(plan)}: {entry.recipe.name} with seed {seed}"
                    self.progress.notice(named)
                    have[entry.key][seed] = self._run(entry, seed, task)
                task.advance(1)

    def _run(self, entry: Entry, seed: int, task: Task) -> Artifact:
        from recbox.api.run import Label, perform
        from recbox.artifact import open_artifact

        task.advance(0, method=entry.recipe.name, seed=seed)
        sets = [f"data.seed={entry.data_seed}", "evaluate.baseline=[]"]
        setting = self.given.settle(entry.where, self.progress, sets, seed)
        label = Label(f"{entry.recipe.name}-seed-{seed}", self.group, {"seed": seed})
        outcome = perform(setting, self.device, self.trackers, label=label)
        if outcome.status != "done":
            raise KeyboardInterrupt
        return open_artifact(outcome.folder, entry.setting.registry if entry.setting else None)


def _settled(entry: Entry, have: Mapping[int, Artifact]) -> bool:
    """Whether a model that may draw is seen to draw nothing: two seeds gave the same values, bit for bit."""
    runs = list(have.values())
    return entry.recipe.model is not None and len(runs) > 1 and same(runs)


def same(runs: Iterable[Artifact]) -> bool:
    """Whether all runs have the same values for each user and metric."""
    frames = [run.per_user for run in runs]
    return all(frame is not None and frame.equals(frames[0]) for frame in frames)


def _fitting(folder: Path, entry: Entry, registry: Registry, metrics: Sequence[str]) -> Artifact | None:
    """The artifact in `folder`, if it is a finished run of `entry`'s method; damaged ones are passed over."""
    from recbox.artifact import open_artifact, read_manifest

    try:
        found = read_manifest(folder)
        fingerprints = found.data.fingerprint, found.split.fingerprint
        if found.status != "done" or fingerprints != entry.fingerprints:
            return None
        artifact = open_artifact(folder, registry)
        fits = of_opened(artifact, registry).key == entry.key and _same_nodes(artifact, entry)
        return artifact if fits and set(metrics) <= set(artifact.per_user.columns) else None
    except RecboxError:
        return None


def _same_nodes(artifact: Artifact, entry: Entry) -> bool:
    """Whether ids, and features that the method may look at, are those of the recipe's data: the fingerprint
    is of interactions alone, and mirrors of a data set differ in their titles."""
    if entry.job is None:
        return False
    for type in ("user", "item"):
        own, stored = entry.job.dataset.nodes(type), getattr(artifact, type).table
        columns = ["id", *_looked_at(entry, type, own)]
        if not set(columns) <= set(stored.columns) or not stored[columns].equals(own.table[columns]):
            return False
    return True


def _looked_at(entry: Entry, type: str, nodes: Nodes) -> list[str]:
    """Columns of a node type that the recipe's encoders need; all of them where a part isn't recbox's own."""
    recipe = entry.recipe
    if any(part.foreign for part in recipe.parts() if part.kind != "metric"):
        return [column.name for column in nodes.columns]
    encoders = [part.options for part in recipe.encoder[type].part] if type in recipe.encoder else []
    names = {name for options in encoders for name in getattr(options, "needs", ())}
    kinds = {kind for options in encoders for kind in getattr(options, "needs_any", ())}
    return [column.name for column in nodes.columns if column.name in names or column.type in kinds]


def stacked(runs: Sequence[Artifact], metric: str) -> np.ndarray:
    """float64 `[seeds, users]`."""
    return np.array([run.per_user[metric].to_numpy() for run in runs if run.per_user is not None])
