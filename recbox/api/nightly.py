"""A run that begins where another ended, is judged beside it, and takes its place where it is good enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recbox.api.meanwhile import InUse
from recbox.artifact import Artifact, open_artifact
from recbox.artifact.growing import base_of
from recbox.errors import OptionError, UnsupportedError
from recbox.recipe.recipe import Recipe
from recbox.recommender import Recommender, adopt, trained
from recbox.updating.condition import Condition
from recbox.updating.promoting import Promotion, checked, leads_to
from recbox.updating.translating import Places, Translated, learned, same

if TYPE_CHECKING:
    from recbox.api.judging import Bench, Verdict
    from recbox.api.reading import Job
    from recbox.context import Context
    from recbox.data import Dataset
    from recbox.progress import Progress
    from recbox.registry import Registry


@dataclass(frozen=True)
class Warm:
    """The artifact whose parameters a run begins with."""

    artifact: Artifact

    def begin(self, recommender: Recommender, train: Dataset, context: Context) -> None:
        """Nodes that both know, by their ids, and all that has the same name and shape, begin as they ended
        there; the rest as ever."""
        old, base = trained(self.artifact.growth.recommender), base_of(self.artifact)
        rows = {}
        for node, _ in recommender.encoder.items():
            ids = train.nodes(node).ids
            known = self.artifact.dataset.nodes(node).ids.head(base[node])
            rows[node] = same(ids, known) if node in old.encoder else np.full(len(ids), -1)
        left = adopt(recommender, old, rows)
        counts = ", ".join(f"{(at >= 0).sum():,} of {len(at):,} {node}s" for node, at in rows.items())
        more = f"; as ever begin {', '.join(left)}"[:300] if left else ""
        context.progress.notice(f"begins with the weights of {self.artifact.path}: {counts}{more}")

    @property
    def identity(self) -> str:
        return self.artifact.manifest.checksum


@dataclass(frozen=True)
class Night:
    """warm: what the run begins with. rival: the artifact that it is judged beside, by `condition`. use: the
    link that leads to it if that holds, or if there is none."""

    warm: Warm | None = None
    rival: Artifact | None = None
    condition: Condition | None = None
    use: InUse | None = None

    def judged(self, job: Job, bench: Bench, verdict: Verdict) -> Verdict:
        """With what became of the condition, and what the other version had learned of the test part."""
        if "test" not in verdict.metrics:
            return verdict
        found: dict[str, Any] = {}
        warnings = list(verdict.metrics.get("warning", ()))
        if self.warm is not None:
            found["warm_start"] = _begun(self.warm.artifact, job)
            warnings += _leaked(found["warm_start"])
        if self.condition is not None and self.rival is not None:
            found["promotion"] = _beside(self.rival, self.condition, job, bench, verdict.metrics["test"])
        return replace(verdict, metrics={**verdict.metrics, **found, "warning": warnings})

    def end(self, folder: Path, metrics: Mapping[str, Any]) -> Promotion | None:
        """Have the link lead to the new version; None where the condition doesn't hold, or nothing was
        tested."""
        told = metrics.get("promotion", {})
        if self.use is None or "test" not in metrics or not told.get("holds", True):
            return None
        return self.use.promote(folder, str(told.get("said", "")))


NONE = Night()


def plan(
    recipe: Recipe,
    registry: Registry,
    warm_start: str | Path | None,
    promote_if: str,
    link: str | Path | None,
    progress: Progress,
) -> Night:
    """What is asked of a run, checked before anything is read. A: the artifact of `--warm-start`, or else
    where the link leads now."""
    place = None if link is None else checked(Path(link))
    condition = Condition.parse(promote_if) if promote_if else None
    if condition is not None:
        condition.check(_measured(recipe))
    warm = None if warm_start is None else open_artifact(Path(warm_start), registry)
    rival = warm if condition is not None else None
    if condition is not None and rival is None:
        if place is None or leads_to(place) is None:
            raise OptionError(
                "there is no A to compare with",
                where="--promote-if",
                instead="--warm-start ARTIFACT, or --promote LINK where it leads to one",
            )
        rival = open_artifact(place, registry)
    use = None if place is None else InUse.of(place, registry, progress)
    return Night(_warm(warm, recipe, progress), rival, condition, use)


def _warm(artifact: Artifact | None, recipe: Recipe, progress: Progress) -> Warm | None:
    if artifact is None:
        return None
    if recipe.model is not None or artifact.manifest.scorer.kind == "model":
        said = "nothing is taken from --warm-start: only graph parts have weights that go by name and id"
        progress.notice(said, "warning")
        return None
    return Warm(artifact)


def _measured(recipe: Recipe) -> list[str]:
    rules, names = recipe.evaluate, [part.label for part in recipe.metric]
    return names if rules.by == "pairs" else [f"{name}@{k}" for name in names for k in rules.k]


def _begun(artifact: Artifact, job: Job) -> dict[str, Any]:
    """What `metrics.json` says of where the weights came from."""
    places, test = Places.of(artifact, job.dataset), job.split.test
    return {
        "from": artifact.path.resolve().name,
        "checksum": artifact.manifest.checksum,
        "users": int((places.user >= 0).sum()),
        "items": int((places.item >= 0).sum()),
        "test": len(test),
        "test_seen": learned(artifact, places, job.dataset, test, weights=True),
    }


def _leaked(begun: Mapping[str, Any]) -> list[dict[str, str]]:
    if not begun["test_seen"]:
        return []
    said = (
        f"{begun['test_seen']:,} of {begun['test']:,} test interactions were in the training of "
        f"{begun['from']}, whose weights this run began with: its figures may be too good"
    )
    return [{"code": "warm-start", "message": said}]


def _beside(
    rival: Artifact, condition: Condition, job: Job, bench: Bench, test: Mapping[str, float]
) -> dict[str, Any]:
    """A's scores on the test part of the new split, by its own ids."""
    places, rows = Places.of(rival, job.dataset), job.split.test
    users = int((places.user[bench.test.users] < 0).sum())
    items = int((places.item < 0).sum())
    if job.recipe.evaluate.by == "pairs" and (users or items):
        raise UnsupportedError(
            f"A doesn't know {users:,} users and {items:,} items of the new data",
            where="--promote-if",
            why="pairs are judged by their scores, and it has none of these",
            instead="`recbox promote` by hand",
        )
    found = bench.tested(Translated(rival.scorer, places)).values
    holds, metric = condition.holds(test, found), condition.metric
    sign = condition.compare if holds else f"not {condition.compare}"
    said = f"{metric} {test[metric]:.4f} {sign} {condition.bound(found[metric]):.4f} ({condition.text})"
    return {
        "condition": condition.text,
        "holds": holds,
        "said": said,
        "value": test[metric],
        "a": found[metric],
        "bound": condition.bound(found[metric]),
        "from": rival.path.resolve().name,
        "checksum": rival.manifest.checksum,
        "test": len(rows),
        "test_seen": learned(rival, places, job.dataset, rows, weights=False),
        "unknown_users": users,
        "unknown_items": items,
    }
