"""What baselines take: each is fitted once, with a setting from the middle of its grid."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from recbox.api.reading import Job
from recbox.api.training import model_course
from recbox.estimating.estimate import Phase
from recbox.estimating.judging import Judging
from recbox.estimating.training import rehearsed
from recbox.evaluate import Contest, LeftOut
from recbox.evaluate.fitting import fit, options
from recbox.plugin import Scorer
from recbox.progress import SILENT
from recbox.recipe.recipe import Part
from recbox.recipe.trained import course_of, is_trained


@dataclass(frozen=True)
class Rivals:
    """left_out: why some won't be run, by their labels."""

    phases: list[Phase]
    left_out: dict[str, str]


def rivals(job: Job, judging: Judging) -> Rivals:
    """The baselines of a recipe, each with all that it takes: settings, validations, the test."""
    recipe, found = job.recipe, Rivals([], {})
    if not recipe.baseline:
        return found
    context = job.context.with_(progress=SILENT)
    contest = Contest(job.dataset, job.split, context, recipe.evaluate, recipe.metric, False, fit)
    with job.context.progress.task("estimate: baselines", len(recipe.baseline), "method") as task:
        for part in recipe.baseline:
            settings = contest.settings(part)
            if isinstance(settings, LeftOut):
                found.left_out[part.label] = settings.reason
            else:
                middle = replace(part, options=settings[len(settings) // 2])
                found.phases.extend(_phases(middle, len(settings), contest, job, judging))
            task.advance()
    return found


def _phases(part: Part, settings: int, contest: Contest, job: Job, judging: Judging) -> Iterator[Phase]:
    refit = int(job.recipe.evaluate.refit)
    if is_trained(part.options):
        yield from _trained(part, settings, contest, job, judging)
        return
    began = time.perf_counter()
    scorer = fit(part, contest.train, job.context).scorer
    yield Phase(f"fit {part.label}", time.perf_counter() - began, settings + refit)
    yield from _judged(part, scorer, settings, judging)


def _trained(part: Part, settings: int, contest: Contest, job: Job, judging: Judging) -> Iterator[Phase]:
    recipe, training = job.recipe, course_of(part.options)
    select, lower = recipe.evaluate.select, recipe.lower_is_better
    course = model_course(part, contest.train, job.context.with_(progress=SILENT), select, lower, training)
    found = rehearsed(course, 0, contest.valid is not None)
    again = settings + int(recipe.evaluate.refit)
    yield Phase(f"begin training {part.label}", found.beginning, again)
    yield Phase(f"epoch of {part.label}", found.seconds, again * found.epochs, settings * found.least)
    scorer = course.scorer()
    each = judging.validation(scorer, options(part).meaning)
    yield Phase(f"validation of {part.label}", each, settings * found.judged, settings * found.least_judged)
    yield Phase(f"test {part.label}", judging.test(scorer, options(part).meaning))


def _judged(part: Part, scorer: Scorer, settings: int, judging: Judging) -> Iterator[Phase]:
    meaning = options(part).meaning
    yield Phase(f"validate {part.label}", judging.validation(scorer, meaning), settings)
    yield Phase(f"test {part.label}", judging.test(scorer, meaning))
