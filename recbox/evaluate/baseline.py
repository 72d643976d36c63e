"""Simple methods, tuned as carefully as the one that they are compared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from recbox.errors import OptionError, RecboxError, ScratchError
from recbox.evaluate.fitting import Fitted, Fitter, excess, fit, needed, options
from recbox.evaluate.holding import Held, held_test, held_valid, judge_held
from recbox.evaluate.judgement import Judgement, check_select, lower_is_better
from recbox.plugin import Model
from recbox.progress import SILENT
from recbox.recipe.pairing import MEANT
from recbox.registry.blame import blamed

if TYPE_CHECKING:
    from recbox.context import Context
    from recbox.data import Dataset, Split
    from recbox.plugin import Scorer
    from recbox.recipe.blocks import Evaluate
    from recbox.recipe.recipe import Part

SECONDS = 60.0
"""A baseline whose single fit is estimated to take longer is left out."""

Note = Callable[[Judgement], Mapping[str, Any]]


@dataclass(frozen=True)
class Trial:
    """Options that were tried, and what they reached on validation (nothing where there is no such part)."""

    options: dict[str, Any]
    valid: dict[str, float]
    fit_s: float


@dataclass(frozen=True, eq=False)
class Baseline:
    """options: all of them, as chosen on validation. fit_s: seconds of the fit that the test saw."""

    options: dict[str, Any]
    valid: dict[str, float]
    judgement: Judgement
    """On test; on validation where the test part wasn't to be looked at."""
    fit_s: float
    trials: tuple[Trial, ...]
    grid: int = 1
    """Settings in the grid that the method states."""
    noted: Mapping[str, Any] = field(default_factory=dict)
    """What was noted of its lists on test."""

    @property
    def tuned(self) -> bool:
        """Whether all of the grid was tried, and validation chose; with nothing to choose from it is."""
        return self.grid == 1 or (len(self.trials) >= self.grid and bool(self.valid))

    @property
    def test(self) -> dict[str, float]:
        return self.judgement.values

    @property
    def per_user(self) -> dict[str, np.ndarray]:
        return self.judgement.per_user


@dataclass(frozen=True)
class LeftOut:
    """A baseline that was not run, and why."""

    reason: str


def baselines(
    parts: Sequence[Part],
    dataset: Dataset,
    split: Split,
    context: Context,
    evaluate: Evaluate,
    metric: Sequence[Part],
    *,
    test: bool = True,
    fitter: Fitter = fit,
    note: Note | None = None,
) -> dict[str, Baseline | LeftOut]:
    """Each method fitted on train with every combination of its stated grid, chosen on validation by
    `evaluate.select` (of equals the first), and judged once on test; options that the recipe gives are fixed.

    With `evaluate.refit` the chosen one is fitted again on train + validation before the test. Without a
    validation part nothing is searched, and the options are the recipe's and the defaults. A method that
    needs more than `context.memory` or about 60 seconds a fit is left out, with the reason. Without `test`
    the test part is not touched: the judgement is the chosen setting's on validation. fitter: how each is
    fitted; the default can't train, and leaves out what has to be. note: what is noted of each one's
    judgement on test, which has its lists as long as that takes.
    """
    check_select(evaluate.select, metric, evaluate.k)
    if not parts:
        return {}
    bench = Contest(dataset, split, context, evaluate, metric, test, fitter, note)
    results: dict[str, Baseline | LeftOut] = {}
    for part in parts:
        results[_free(part.label, results)] = bench.run(part)
    return results


class Contest:
    """One split, on which several methods are tuned and tested. train, final: what they are fitted on to be
    chosen, and to be tested. valid, test: what is held out; valid is None where nobody is."""

    def __init__(
        self,
        dataset: Dataset,
        split: Split,
        context: Context,
        evaluate: Evaluate,
        metric: Sequence[Part],
        test: bool,
        fitter: Fitter,
        note: Note | None = None,
    ) -> None:
        self.context, self.evaluate, self.metric, self.fitter = context, evaluate, metric, fitter
        self.note = note
        self.train = dataset.take(split.train)
        both = np.sort(np.concatenate([split.train, split.valid]))  # the order that a recipe's method has
        self.final = dataset.take(both) if evaluate.refit else self.train
        valid = held_valid(dataset, split, evaluate)
        self.valid = valid if len(valid.users) else None
        self.test = held_test(dataset, split, evaluate) if test else None

    def settings(self, part: Part) -> list[Model] | LeftOut:
        """What will be tried."""
        models = _combinations(options(part), search=self.valid is not None)
        reason = self._unmeant(models[0]) or self._too_much(models)
        return LeftOut(reason) if reason else models

    def run(self, part: Part) -> Baseline | LeftOut:
        """Every setting fitted and validated, the best one tested."""
        models = self.settings(part)
        if isinstance(models, LeftOut):
            return models
        try:
            return self._compete(part, models)
        except ScratchError:
            raise  # it isn't the method's fault
        except RecboxError as error:
            return LeftOut(error.what)
        except (Exception, SystemExit) as error:  # a stranger's; the recipe's own method is fitted and stays
            if part.origin is None or (fault := blamed(error, [part.origin])) is None:
                raise
            self.context.progress.notice(f"the baseline {part.label} is left out: {fault}", "warning")
            return LeftOut(f"{fault.what} ({fault.where})")

    def _unmeant(self, model: Model) -> str:
        """What to say of scores that the metric which selects can't be measured of."""
        label = self.evaluate.select.partition("@")[0]
        needs = next(getattr(p.options, "meaning", "order") for p in self.metric if p.label == label)
        if needs in ("order", model.meaning):
            return ""
        return f"its scores are {MEANT[model.meaning]}, and {label} needs {MEANT[needs]}"

    def _too_much(self, models: Sequence[Model]) -> str:
        for need in (needed(model, self.final) for model in models):
            if too_much := excess(need, self.context):
                return too_much
            if need.seconds > SECONDS:
                return f"would take about {need.seconds:,.0f} s to fit, the limit is {SECONDS:.0f} s"
        return ""

    def _compete(self, part: Part, models: Sequence[Model]) -> Baseline:
        """Fit and validate every setting, test the best."""
        label = part.label
        trials: list[Trial] = []
        best, kept, seen = -1, None, None
        with self.context.progress.task(f"Baseline {label}", len(models), "setting") as task:
            for model in models:
                fitted = self._fit(replace(part, options=model))
                judged = None if self.valid is None else self._judge(part, fitted.scorer, self.valid)
                valid = {} if judged is None else judged.values
                trials.append(Trial(model.values(), valid, fitted.seconds))
                if best < 0 or self._better(valid, trials[best].valid):
                    best, kept, seen = len(trials) - 1, fitted, judged
                task.advance(1)
        if self.evaluate.refit and self.test is not None:
            again = replace(part, options=models[best])
            kept = self.fitter(again, self.final, self.context, None, kept.epochs)
        judgement, noted = (seen, {}) if self.test is None else self._tested(part, kept.scorer, self.test)
        if judgement is None:
            raise OptionError("there is no validation part, and the test part is not to be looked at")
        best_one, grid = trials[best], grid_size(models[0])
        return Baseline(best_one.options, best_one.valid, judgement, kept.seconds, tuple(trials), grid, noted)

    def _tested(self, part: Part, scorer: Scorer, held: Held) -> tuple[Judgement, Mapping[str, Any]]:
        """On test, and what is noted of it; lists are let go."""
        found = self._judge(part, scorer, held, both=True, keep=self.note is not None)
        return replace(found, kept=None), {} if self.note is None else self.note(found)

    def _fit(self, part: Part) -> Fitted:
        """On train, with validation where there is one."""
        if (valid := self.valid) is None:
            return self.fitter(part, self.train, self.context)
        return self.fitter(
            part, self.train, self.context, lambda scorer: self._judge(part, scorer, valid).values
        )

    def _judge(
        self, part: Part, scorer: Scorer, held: Held, *, both: bool = False, keep: bool = False
    ) -> Judgement:
        silent, meaning = self.context.with_(progress=SILENT), options(part).meaning
        rules = self.metric, self.evaluate, silent, meaning, part.label
        return judge_held(scorer, held, *rules, both=both, keep=keep)

    def _better(self, one: dict[str, float], other: dict[str, float]) -> bool:
        select = self.evaluate.select
        if lower_is_better(select, self.metric):
            return one[select] < other[select]
        return one[select] > other[select]


def grid_size(model: Model) -> int:
    """Settings in the grid that a model states."""
    return prod(len(values) for values in model.grid.values())


def _combinations(model: Model, search: bool) -> list[Model]:
    """The model with every combination of its grid, for the options that were not given."""
    free = {key: values for key, values in model.grid.items() if search and key not in model.model_fields_set}
    given = model.values()
    return [type(model).parse(given | dict(zip(free, values))) for values in product(*free.values())]


def _free(label: str, taken: dict[str, Any]) -> str:
    """The label, or `label-2` where a method stands twice with different options."""
    names = [label, *(f"{label}-{n}" for n in range(2, len(taken) + 2))]
    return next(name for name in names if name not in taken)
