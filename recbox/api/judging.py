"""A recipe's method beside its baselines: the `metrics.json` document, and who won."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from recbox.api.fitting import Method
from recbox.api.machine import processor
from recbox.api.portraying import portrait
from recbox.api.reading import Job
from recbox.api.training import fitter
from recbox.data import Dataset, Split
from recbox.errors import DataError
from recbox.evaluate import (
    Baseline,
    Held,
    Judgement,
    LeftOut,
    Pairs,
    Rival,
    Standing,
    Validation,
    baselines,
    check_pairs,
    held_test,
    held_valid,
    judge_held,
    nothing_new,
    standings,
    winner,
)
from recbox.evaluate.warning import of_data, of_result
from recbox.plugin import Scorer
from recbox.recipe.blocks import Evaluate
from recbox.recipe.recipe import Recipe
from recbox.report import Portrait, noted

FORMAT = 1


@dataclass(frozen=True)
class Verdict:
    """metrics: the document. per_user: values of each metric on test; users: their inner ids. portrait: what
    the report shows beside the figures."""

    metrics: dict[str, Any]
    sentence: str = ""
    per_user: Mapping[str, np.ndarray] = field(default_factory=dict)
    users: np.ndarray | None = None
    portrait: Portrait | None = None


class Bench:
    """One split, on which the recipe's method is chosen (validation) and judged (test, once)."""

    def __init__(self, job: Job) -> None:
        self.recipe, self.dataset, self.split, self.context = job.recipe, job.dataset, job.split, job.context
        self.seconds, self.held = {"read_s": job.seconds}, {"read_mib": peak_mib()}
        rules = self.recipe.evaluate
        self.valid = held_valid(self.dataset, self.split, rules) if len(self.split.valid) else None
        self.test = held_test(self.dataset, self.split, rules)
        if not len(self.test.users):
            raise DataError(
                "there is nothing to judge by: no user has a test item that is new to them",
                where="data.split",
                instead=nothing_new(rules) or "hold out more, or split otherwise",
            )
        if self.valid is not None and not len(self.valid.users) and nothing_new(rules):
            raise DataError(
                "there is nothing to choose by: no user has a cold validation item",
                where="data.split",
                instead=f"{nothing_new(rules)}, or `data.split.valid: 0`",
            )
        if self.valid is None and rules.valid_users:
            raise DataError(
                "there are no users of validation to tell epochs apart by",
                where="evaluate.valid_users",
                why="the data brings no validation part, and `data.split.valid` is 0",
                instead="remove it, or hold out some",
            )
        for held in (self.valid, self.test):  # before anything is trained that couldn't be judged
            if isinstance(held, Pairs):
                check_pairs(held, self.recipe.metric)

    @property
    def validate(self) -> Validation | None:
        """What gives a scorer's metrics on validation; None where nothing is held out for it."""
        return None if self.valid is None else Validation.of(self.recipe, self.valid, self.context)

    def tested(self, scorer: Scorer) -> Judgement:
        """A scorer on the test part, as the recipe judges."""
        recipe = self.recipe
        rules, meaning = recipe.evaluate, recipe.meaning
        asked = self.test, recipe.metric, rules, self.context, meaning, "test"
        return judge_held(scorer, *asked, both=True, keep=True)

    def verdict(self, method: Method) -> Verdict:
        """Test metrics of the method and its baselines; none of them for a method that was interrupted."""
        if method.status != "done":
            left = self._document(method, {"valid": method.valid}, {})
            return Verdict(left, portrait=self._portrait(method, None))
        recipe = self.recipe
        self.held["fit_mib"] = peak_mib()
        own = self.tested(method.scorer)
        self.held["evaluate_mib"] = peak_mib()
        portrait, own = self._portrait(method, own), replace(own, kept=None)
        start = time.perf_counter()
        others = self._baselines()
        self.held["baseline_mib"] = peak_mib()
        seconds = {"evaluate_s": own.seconds, "baseline_s": time.perf_counter() - start}
        beside = self._beside(own, others)
        found = {
            "test": own.values,
            "valid": method.valid,
            "segment": own.segment,
            **candidates(own, recipe.evaluate),
            "users": {"judged": len(own.users), "left_out": own.left_out, **own.groups},
            "baseline": {name: _row(b, beside.get(name)) for name, b in others.items()},
            "lower_is_better": sorted(p.label for p in recipe.metric if p.options.lower_is_better),
        }
        document = self._document(method, found, seconds)
        name, sentence = said(document, recipe)
        test, valid = methods(document, name)
        rules = recipe.evaluate.select, recipe.lower_is_better, bool(recipe.stage)
        document["warning"] += of_result(name, test, valid, *rules)
        return Verdict(document | {"sentence": sentence}, sentence, own.per_user, own.users, portrait)

    def _portrait(self, method: Method, found: Judgement | None) -> Portrait:
        return portrait(self.recipe, self.dataset, self.split, self.test, found, method.scorer)

    def _beside(self, own: Judgement, others: Mapping[str, Baseline | LeftOut]) -> dict[str, Standing]:
        """The method beside each baseline, user by user, by the metric that selects."""
        select = self.recipe.evaluate.select
        values = {n: b.per_user[select] for n, b in others.items() if isinstance(b, Baseline)}
        return standings(own.per_user[select], values) if select in own.per_user else {}

    def _baselines(self) -> dict[str, Baseline | LeftOut]:
        recipe = self.recipe
        return baselines(
            recipe.baseline,
            self.dataset,
            self.split,
            self.context,
            recipe.evaluate,
            recipe.metric,
            fitter=fitter(recipe),
            note=lambda found: noted(found, self.test, recipe.evaluate),
        )

    def _document(self, method: Method, found: dict[str, Any], seconds: dict[str, float]) -> dict[str, Any]:
        data = self.dataset
        return {
            "format": FORMAT,
            "status": method.status,
            "name": self.recipe.name,
            "select": self.recipe.evaluate.select,
            **found,
            **pairs_document(self.valid, self.test),
            "warning": of_data(data),
            "data": data_document(self.recipe, data, self.split),
            "time": {k: round(v, 3) for k, v in {**self.seconds, "fit_s": method.seconds, **seconds}.items()},
            "machine": {"processor": processor()},
            "memory": {k: round(v, 1) for k, v in {**self.held, "peak_mib": peak_mib()}.items()},
        }


def candidates(found: Judgement, rules: Evaluate) -> dict[str, Any]:
    """What `metrics.json` says of a method over all candidates and over cold ones, where there are any."""
    over = {name: one.document("test") for name, one in found.candidate.items()}
    return {"candidate": {"by": rules.candidate, **over}} if over else {}


def pairs_document(valid: Held | None, test: Held) -> dict[str, Any]:
    """What `metrics.json` says of the pairs that are judged, where any are."""
    parts = {"valid": valid, "test": test}
    found = {name: held.document() for name, held in parts.items() if isinstance(held, Pairs)}
    return {"pairs": found} if found else {}


def data_document(recipe: Recipe, data: Dataset, split: Split) -> dict[str, Any]:
    """What `metrics.json` says of the data: sizes, fingerprints, and what was counted on the way in."""
    parts = {part: len(getattr(split, part)) for part in ("train", "valid", "test")}
    return {
        "source": data.name,
        "synthetic": data.synthetic,
        "users": len(data.user),
        "items": len(data.item),
        "interactions": len(data.interaction),
        "fingerprint": data.fingerprint,
        "split": {"by": recipe.data.split.by, "fingerprint": split.fingerprint, **parts},
        "facts": data.facts | split.facts,
    }


def peak_mib() -> float:
    """The most memory that this process has held, in MiB."""
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / (1 << 20)


def methods(document: Mapping[str, Any], name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Test and validation values of the method, called `name`, and of the baselines that were run."""
    ran = {n: entry for n, entry in document.get("baseline", {}).items() if "test" in entry}
    rows = {**ran, name: document}
    return {n: e["test"] for n, e in rows.items()}, {n: e.get("valid", {}) for n, e in rows.items()}


def said(document: Mapping[str, Any], recipe: Recipe) -> tuple[str, str]:
    """What the method is called beside its baselines, and the sentence, from the document alone."""
    name = recipe.name
    if "test" in document.get("baseline", {}).get(name, {}):
        name = f"{name} (this run)"
    test, _ = methods(document, name)
    rivals = {n: _rival(entry) for n, entry in document.get("baseline", {}).items() if "beside" in entry}
    draws = recipe.model is None or bool(type(recipe.model.options).draws)
    select, lower = recipe.evaluate.select, recipe.lower_is_better
    return name, winner(test, select, name, lower=lower, rivals=rivals, draws=draws)


def _rival(entry: Mapping[str, Any]) -> Rival:
    return Rival(entry["tuned"], entry["trials"], entry["grid"], entry["beside"]["holm"])


def _over(found: Judgement) -> dict[str, Any]:
    over = {name: {"test": one.values} for name, one in found.candidate.items()}
    return {"candidate": over} if over else {}


def _row(baseline: Baseline | LeftOut, beside: Standing | None) -> dict[str, Any]:
    if isinstance(baseline, LeftOut):
        return {"left_out": baseline.reason}
    return {
        "options": baseline.options,
        "valid": baseline.valid,
        "test": baseline.test,
        "fit_s": round(baseline.fit_s, 3),
        "trials": len(baseline.trials),
        "grid": baseline.grid,
        "tuned": baseline.tuned,
        **_over(baseline.judgement),
        **baseline.noted,
        **({"beside": asdict(beside)} if beside else {}),
    }
