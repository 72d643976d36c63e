"""A run rehearsed: its data read, its method built, some steps made, some users judged, nothing written."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from recbox.api.blaming import blaming
from recbox.api.fitting import Method, as_method, opened
from recbox.api.judging import Bench, peak_mib
from recbox.api.reading import Job, read
from recbox.api.setting import Setting, Where, on_device, settle
from recbox.artifact import Content, measured
from recbox.context import Context, memory_bytes
from recbox.data import Dataset
from recbox.estimating.estimate import Estimate, Phase
from recbox.estimating.judging import Judging
from recbox.estimating.rivals import rivals
from recbox.estimating.training import rehearsed
from recbox.evaluate import Held, fit_model
from recbox.progress import SILENT, Progress
from recbox.recipe import dump
from recbox.rehearsal import Rehearsal
from recbox.train import Fit, GraphCourse, ModelCourse

WRITTEN = 300 << 20
"""Bytes that go to the disk in a second, about."""


def estimate(
    recipe: Where,
    *,
    sets: Sequence[str] = (),
    data_dir: Iterable[str | Path] = (),
    device: str = "auto",
    kernel: str = "auto",
    seed: int | None = None,
    threads: int | None = None,
    code: Iterable[str | Path] = (),
    memory: float | None = None,
    scratch: str | Path | None = None,
    offline: bool = False,
    progress: Progress = SILENT,
    before: float = 0.0,
) -> Estimate:
    """Time, memory and disk of a run, by a rehearsal of it; the options are those of `recbox.run`.

    All data is read and the method is built; then some steps are made and some users judged, and each
    baseline is fitted once. Nothing is written, and the test part isn't judged. It holds the memory that the
    run will hold. before: seconds that the process has taken up to here, which a run's process takes too.
    """
    began = time.perf_counter()
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
    with blaming(setting.registry):
        rehearsal = Rehearsal()
        context = on_device(setting, device).with_(rehearsal=rehearsal)
        return _Run(setting, context, rehearsal).estimate(before + time.perf_counter() - began)


class _Run:
    """One rehearsal. What is dear and done in part is told apart from the phase in which it is done."""

    def __init__(self, setting: Setting, context: Context, rehearsal: Rehearsal) -> None:
        self.setting, self.context, self.recipe = setting, context, setting.recipe
        self.rehearsal = rehearsal
        self.phases: list[Phase] = []
        self.beside = 0

    def estimate(self, starting: float) -> Estimate:
        """starting: seconds of reading the recipe, and of loading libraries."""
        self.phases.append(Phase("start", starting))
        with self._timed("read the data"):
            job = read(self.setting, self.context)
        with self._timed("mask what users have"):
            bench = Bench(job)
        judging = Judging(self.recipe, self.context, bench.valid, bench.test)
        method = self._fitted(job, judging)
        self.phases.append(Phase("test", judging.test(method.scorer, self.recipe.meaning)))
        found = rivals(job, judging)
        self.phases += found.phases
        disk = self._written(job, method, bench.test)
        self.phases[1:1] = [Phase(f"{s.what} ({s.count:,})", s.seconds) for s in self.rehearsal.shares]
        held = int(peak_mib() * 2**20)
        shares, name = self.rehearsal.shares, self.recipe.name
        room = memory_bytes()
        return Estimate(name, self.phases, held, disk, self.beside, room, shares, found.left_out)

    @contextmanager
    def _timed(self, name: str, times: int = 1) -> Iterator[None]:
        began, before = time.perf_counter(), self.rehearsal.spent
        with self.context.progress.task(f"estimate: {name}"):
            yield
        seconds = time.perf_counter() - began - (self.rehearsal.spent - before)
        self.phases.append(Phase(name, max(0.0, seconds), times))

    def _fitted(self, job: Job, judging: Judging) -> Method:
        train = job.dataset.take(job.split.train)
        again = 1 + int(self.recipe.evaluate.refit)
        if not self.recipe.stage:
            return self._fitted_at_once(train, again, judging)
        with self._timed("build the method", again):
            course = opened(self.recipe, train, self.context)
        for number in range(len(course.stages)):
            last = number + 1 == len(course.stages)
            self._stage(course, number, judging, again if last else 1)
        return as_method(course, Fit([], 1, "done", {}))

    def _fitted_at_once(self, train: Dataset, again: int, judging: Judging) -> Method:
        part = self.recipe.model
        with self._timed("fit", again):
            scorer = fit_model(part, train, self.context).scorer
        seconds = judging.validation(scorer, self.recipe.meaning)
        self.phases.append(Phase("validation", seconds, int(judging.valid is not None)))
        return Method(scorer, {"kind": "model", "use": part.name, "options": {}}, 0.0, "none")

    def _stage(self, course: GraphCourse | ModelCourse, number: int, judging: Judging, again: int) -> None:
        """Epochs, with validation between them. again: 2 where the epochs up to the best one, which may be
        the first or the last, come once more."""
        found = rehearsed(course, number, judging.valid is not None)
        self.beside = max(self.beside, found.bytes)
        several = f" of stage {number + 1}" if len(course.stages) > 1 else ""
        least = found.least + again - 1
        self.phases.append(Phase(f"begin training{several}", found.beginning))
        self.phases.append(Phase(f"epoch{several}", found.seconds, again * found.epochs, least))
        watched = judging.watched
        if watched is None:
            return
        began = time.perf_counter()
        scorer = course.scorer()
        making, meaning = time.perf_counter() - began, self.recipe.meaning
        seconds = making + judging.validation(scorer, meaning, watched)
        self.phases.append(Phase(f"validation{several}", seconds, found.judged, found.least_judged))
        if watched is not judging.valid:
            self.phases.append(Phase("validation by all users", judging.validation(scorer, meaning)))

    def _written(self, job: Job, method: Method, test: Held) -> int:
        """Bytes of the artifact, which is made as it is written."""
        users = test.users
        names = [f"{part.label}@{k}" for part in self.recipe.metric for k in self.recipe.evaluate.k]
        values = self.context.random("estimate").random(len(users))
        with self._timed("write the artifact"):
            size = measured(
                Content(
                    name=self.recipe.name,
                    recipe_text=dump(self.recipe.resolved),
                    dataset=job.dataset,
                    split=job.split,
                    scorer=method.scorer,
                    scorer_head=method.head,
                    metrics={"format": 1, "status": "done"},
                    report="",
                    extra=method.extra,
                    per_user=dict.fromkeys(names, values),
                    users=users,
                )
            )
        last = self.phases.pop()
        self.phases.append(Phase(last.name, last.seconds + size / WRITTEN))
        return size
