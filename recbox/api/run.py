"""`recbox.run`: everything from a recipe to a judged artifact."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recbox.api.blaming import blaming
from recbox.api.setting import Setting, Where, on_device, settle
from recbox.context import Context
from recbox.progress import SILENT, Progress

if TYPE_CHECKING:
    from recbox.api.judging import Verdict
    from recbox.api.nightly import Night
    from recbox.api.reading import Job
    from recbox.plugin import Run
    from recbox.tracker import Trackers
    from recbox.train import CheckpointFile

RUNS = Path("runs")


@dataclass(frozen=True)
class Outcome:
    """What a run leaves: the artifact's folder, the `metrics.json` document, and who won in one sentence."""

    name: str
    folder: Path
    metrics: dict[str, Any]
    sentence: str
    status: str
    promoted: bool | None = None
    """Whether a link leads to it now; None where nobody asked for that."""


def run(
    recipe: Where,
    *,
    sets: Sequence[str] = (),
    data_dir: Iterable[str | Path] = (),
    out: str | Path | None = None,
    device: str = "auto",
    kernel: str = "auto",
    seed: int | None = None,
    threads: int | None = None,
    code: Iterable[str | Path] = (),
    memory: float | None = None,
    scratch: str | Path | None = None,
    offline: bool = False,
    resume: bool = False,
    track: Iterable[str] = (),
    warm_start: str | Path | None = None,
    promote_if: str = "",
    promote: str | Path | None = None,
    progress: Progress = SILENT,
) -> Outcome:
    """Train, judge and save what a recipe describes.

    recipe: a file, the name of a recipe that ships with recbox, or the recipe as a mapping. sets: changes
    such as `train.optimizer.lr=0.01`. out: the artifact's folder, by default the next free `runs/NAME`.
    memory: GiB that one method may plan to use. scratch: a folder in whose files large arrays of data and
    graph lie, mapped into memory. Every mistake is a `recbox.errors.RecboxError`. Ctrl-C while training gives
    an artifact of the best epoch, status `interrupted`; before the first one it goes on as KeyboardInterrupt.
    resume: go on from the checkpoint of such a run; where `out` holds the interrupted
    artifact, the new one is written beside it (`OUT-2`). track: trackers that are told of the run, as
    `NAME:WHERE`; one that fails is left out with a notice, and changes nothing of the run.
    warm_start: an artifact whose weights training begins with, where names and ids are the same. promote_if:
    a condition on A, that artifact or the one that the link leads to, both judged on this run's test part, as
    in `ndcg@20 >= A - 1%`. promote: a link that leads to the new artifact if it holds, or without one.
    """
    from recbox.tracker import Trackers

    setting = settle(
        recipe,
        sets=sets,
        data_dir=data_dir,
        code=code,
        seed=seed,
        threads=threads,
        memory=memory,
        scratch=scratch,
        kernel=kernel,
        offline=offline,
        progress=progress,
    )
    place = _place(out, resume)
    night = _night(setting, warm_start, promote_if, promote)
    with Trackers(track, setting.registry, progress) as trackers:
        return perform(setting, device, trackers, place, resume=resume, night=night)


def perform(
    setting: Setting,
    device: str,
    trackers: Trackers,
    place: Place | None = None,
    label: Label | None = None,
    resume: bool = False,
    night: Night | None = None,
) -> Outcome:
    """The same of a recipe that was read, told to trackers that are open; by default a new `runs/NAME`."""
    start = time.perf_counter()
    with blaming(setting.registry):
        context = on_device(setting, device)
        said = label or Label()
        return _run(setting, context, trackers, place or _place(None), said, resume, start, night)


def _night(
    setting: Setting, warm_start: str | Path | None, promote_if: str, link: str | Path | None
) -> Night | None:
    if warm_start is None and not promote_if and link is None:
        return None
    from recbox.api.nightly import plan

    return plan(setting.recipe, setting.registry, warm_start, promote_if, link, setting.context.progress)


@dataclass(frozen=True)
class Place:
    """Where an artifact goes. asked: as it was said, beside which a checkpoint lies. target: where nothing is
    in the way; None: the next free folder in `runs`."""

    asked: Path | None
    target: Path | None


def _place(out: str | Path | None, resume: bool = False) -> Place:
    """An `ArtifactError` where nothing can be written."""
    from recbox.api.resuming import free_beside, is_interrupted
    from recbox.artifact import check_target

    asked = None if out is None else Path(out)
    target = free_beside(asked) if resume and asked is not None and is_interrupted(asked) else asked
    check_target(target, runs=RUNS)
    return Place(asked, target)


@dataclass(frozen=True)
class Label:
    """What trackers are told of a run that is one of several. name: in place of the recipe's."""

    name: str = ""
    group: str = ""
    tried: Mapping[str, Any] = field(default_factory=dict)


def _run(
    setting: Setting,
    context: Context,
    trackers: Trackers,
    place: Place,
    label: Label,
    resume: bool,
    start: float,
    night: Night | None = None,
) -> Outcome:
    from recbox.api.fitting import fit_method
    from recbox.api.judging import Bench
    from recbox.api.reading import read
    from recbox.api.writing import save

    job = read(setting, context)
    if night is not None:
        job = replace(job, warm=night.warm)
    bench = Bench(job)
    trackers.begin(_told(job, label))
    checkpoint = _checkpoint(job, place.asked)
    finished = False
    try:
        method = fit_method(job, bench.validate, checkpoint, resume, trackers.epoch)
        try:
            verdict = bench.verdict(method)
        except KeyboardInterrupt:
            method = replace(method, status="interrupted")
            verdict = bench.verdict(method)
        if night is not None:
            verdict = night.judged(job, bench, verdict)
        verdict = _recorded(job, verdict, place.target)
        folder = save(job, method, verdict, place.target, RUNS, start)
        finished = method.status == "done"
    finally:
        if checkpoint is not None:
            checkpoint.release(remove=finished)
    trackers.end(method.status, verdict.metrics, folder)
    done = Outcome(setting.recipe.name, folder, verdict.metrics, verdict.sentence, method.status)
    return done if night is None else replace(done, promoted=night.end(folder, verdict.metrics) is not None)


def _checkpoint(job: Job, asked: Path | None) -> CheckpointFile | None:
    """Of a method that is trained; None, with a notice, where another run holds it."""
    from recbox.api.resuming import checkpoint_of

    if not job.recipe.stage:
        return None
    checkpoint = checkpoint_of(job, asked, RUNS)
    if checkpoint.claim():
        return checkpoint
    said = "another run holds this run's checkpoint, so this one can't be resumed"
    job.context.progress.notice(said, "warning")
    return None


def _told(job: Job, label: Label) -> Run:
    """What trackers are told when the run begins."""
    from recbox.api.judging import data_document
    from recbox.plugin import Run

    recipe = job.recipe
    data = data_document(recipe, job.dataset, job.split)
    return Run(label.name or recipe.name, recipe.resolved, recipe.seed, data, label.group, label.tried)


def _recorded(job: Job, verdict: Verdict, target: Path | None) -> Verdict:
    """With the line of the ledger that says that the test part was looked at; before anything is written."""
    from recbox.api.touching import touched

    if "test" not in verdict.metrics:
        return verdict
    prints = job.dataset.fingerprint, job.split.fingerprint
    value = verdict.metrics["test"][job.recipe.evaluate.select]
    place = target or RUNS / job.recipe.name
    entry = touched(place, "run", job.recipe, prints, value, job.context.progress)
    return replace(verdict, metrics=verdict.metrics | {"ledger": entry}) if entry else verdict
