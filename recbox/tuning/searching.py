"""`recbox.tune`: search a recipe's values, by one process or several, and go on where a search stopped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from recbox.api.run import RUNS
from recbox.api.setting import Given, Where, absolute, absolute_one, on_device
from recbox.context import Context
from recbox.errors import OptionError, nearest
from recbox.progress import SILENT, Progress
from recbox.tracker import Trackers
from recbox.tuning.extra import need_optuna
from recbox.tuning.jobs import Jobs
from recbox.tuning.keeping import on_disk
from recbox.tuning.outcome import Tuning
from recbox.tuning.plan import NAME, WAYS, Asked, By, Plan

if TYPE_CHECKING:
    from recbox.tuning.arm import Arm
    from recbox.tuning.book import Book
    from recbox.tuning.working import Ears, Study

TRIALS = 20


def tune(
    *recipes: Where,
    trials: int | None = None,
    time: float | None = None,
    jobs: int = 1,
    by: str = "tpe",
    baseline: bool = False,
    prune: bool = True,
    out: str | Path | None = None,
    sets: Sequence[str] = (),
    data_dir: Iterable[str | Path] = (),
    code: Iterable[str | Path] = (),
    device: str = "auto",
    kernel: str = "auto",
    seed: int | None = None,
    threads: int | None = None,
    memory: float | None = None,
    scratch: str | Path | None = None,
    offline: bool = False,
    track: Iterable[str] = (),
    progress: Progress = SILENT,
) -> Tuning:
    """Search what the recipes' `search` says, or else the stated grid of their model, on validation alone.

    recipes: as for `recbox.run`; all get the same number of trials, and with `baseline` their baselines too.
    trials: for each, by default 20, or all of a grid, or without limit where there is a `time` in seconds.
    jobs: processes, which share the threads. by: `tpe`, `random` or `grid`; what has no more settings than
    trials is tried whole. prune: end trials below the median of the others at the same epoch. out: the
    study's folder, by default `runs/NAME-tune`; a study that is there goes on, one of another recipe, space,
    data or seed is refused. track: trackers that are told of each trial, as of a run. Ctrl-C ends it with
    what there is, status `interrupted`; where every trial fails the status is `failed`.
    """
    need_optuna()
    _check(recipes, trials, time, jobs, by)
    threads = max(1, (Context().threads if threads is None else threads) // jobs)
    given = Given(
        absolute(data_dir),
        absolute(code),
        tuple(sets),
        seed=seed,
        threads=threads,
        memory=memory,
        scratch=absolute_one(scratch),
        kernel=kernel,
        offline=offline,
    )
    few = trials is None and time is None and by != "grid"
    plan = Plan(cast(By, by), TRIALS if few else trials, None, prune, device)
    asked = Asked(recipes, baseline, None if out is None else str(out), plan, given)
    with Trackers(track, given.registry(), progress) as trackers:
        study = open_study(asked, progress)
        plan = study.clocked(time)
        others = replace(asked, out=str(study.folder), plan=plan)
        with on_disk(study.folder):
            status = _search(study, Jobs(jobs - 1, others, trackers.asked), time, progress, trackers)
            found = Tuning.of(study, status, given)
            found.write()
    return found


def open_study(asked: Asked, progress: Progress = SILENT) -> Study:
    """Read recipes and data, and open the study's folder, which may be new."""
    from recbox.tuning.arm import arms
    from recbox.tuning.drawing import check_grid
    from recbox.tuning.working import Study

    settings = [(where, asked.given.settle(where, progress)) for where in asked.recipes]
    found = arms(settings, asked.baseline)
    for arm in found if asked.plan.by == "grid" else ():
        check_grid(arm)
    folder = _folder(asked.out, found)
    for setting in {id(s): s for _, s in settings}.values():
        on_device(setting, asked.plan.device)
    return Study(found, folder, asked.plan)


def _check(recipes: Sequence[Where], trials: int | None, time: float | None, jobs: int, by: str) -> None:
    if not recipes:
        raise OptionError("there is nothing to search", instead="name a recipe")
    if by not in WAYS:
        raise OptionError(f"there is no way {by!r} to search", where="--by", instead=nearest(by, WAYS))
    for name, value in (("trials", trials), ("jobs", jobs)):
        if value is not None and not 1 <= value <= 100_000:
            raise OptionError(f"{name} is {value}, which is not from 1 to 100000", where=f"--{name}")
    if time is not None and not 0 < time < float("inf"):
        raise OptionError(f"time is {time}, which is not a number of seconds above 0", where="--time")


def _folder(out: str | None, arms: Sequence[Arm]) -> Path:
    """The study's folder; an `OptionError` where something else stands."""
    names = "-".join(arm.name for arm in arms if arm.kind == "recipe")
    folder = (RUNS / f"{names[:80]}-tune" if out is None else Path(out)).absolute()
    other = folder.exists() and not (folder / NAME).exists()
    if other and (not folder.is_dir() or any(e.name[0] != "." for e in folder.iterdir())):
        raise OptionError("something else than a study is there", where=str(folder),
                          instead="name another folder with --out")  # fmt: skip
    return folder


def _search(study: Study, jobs: Jobs, time: float | None, progress: Progress, trackers: Trackers) -> str:
    """Work until all is done, with others where there are several jobs; the status of a `Tuning`."""
    from recbox.tuning.telling import Teller
    from recbox.tuning.working import Ears, Show

    total = _total(study)
    timed = total is None
    title, unit = ("Search", "s") if timed else ("Trials", "trial")
    try:
        with progress.task(title, time if timed else total, unit) as task:
            show = Show(study, progress, task, timed)
            return _worked(study, jobs, Ears(show, progress.notice, Teller(trackers, study.folder.name)))
    except KeyboardInterrupt:
        jobs.stop()
        return "interrupted"
    finally:
        jobs.stop()
        for line in jobs.complaints():
            progress.notice(line, "warning")


def _total(study: Study) -> float | None:
    """Trials of all arms; None where one has no limit."""
    budgets = [_budget(book, study.plan.trials) for book in study.books]
    if study.plan.until is not None and study.plan.trials is None:
        return None
    return None if None in budgets else float(sum(b for b in budgets if b is not None))


def _budget(book: Book, trials: int | None) -> int | None:
    """Trials of an arm; those that an earlier call with a larger limit has left count too."""
    budget = book.budget(trials)
    return None if budget is None else max(budget, len(book.rows()))


def _worked(study: Study, jobs: Jobs, ears: Ears) -> str:
    from recbox.tuning.working import work

    ears.show()
    work(study, ears)
    jobs.wait(ears.show)
    work(study, ears)  # what a job left that ended early
    rows = [row for book in study.books for row in book.rows()]
    return "failed" if rows and all(row.state == "failed" for row in rows) else "done"
