"""A recipe's method beside its baselines: the `metrics.json` document, and who won."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from recbox.api.fitting import Method, Validate
from recbox.api.reading import Job
from recbox.data import Dataset, Split
from recbox.errors import DataError
from recbox.evaluate import Baseline, LeftOut, at_test, at_valid, baselines, judge, winner
from recbox.plugin import Scorer
from recbox.progress import SILENT
from recbox.recipe.recipe import Recipe

FORMAT = 1


@dataclass(frozen=True)
class Verdict:
    """metrics: the document. per_user: values of each metric on test; users: their inner ids."""

    metrics: dict[str, Any]
    sentence: str = ""
    per_user: Mapping[str, np.ndarray] = field(default_factory=dict)
    users: np.ndarray | None = None


class Bench:
    """One split, on which the recipe's method is chosen (validation) and judged (test, once)."""

    def __init__(self, job: Job) -> None:
        self.recipe, self.dataset, self.split, self.context = job.recipe, job.dataset, job.split, job.context
        self.valid = at_valid(self.dataset, self.split) if len(self.split.valid) else None
        self.test = at_test(self.dataset, self.split, self.recipe.evaluate.refit)
        if not len(self.test.users):
            raise DataError(
                "there is nothing to judge by: no user has a test item that is new to them",
                where="data.split",
                instead="hold out more, or split otherwise",
            )

    @property
    def validate(self) -> Validate | None:
        """What gives a scorer's metrics on validation; None where nothing is held out for it."""
        return self._on_valid if self.valid is not None else None

    def _on_valid(self, scorer: Scorer) -> dict[str, float]:
        silent = self.context.with_(progress=SILENT)
        return judge(scorer, self.valid, self.recipe.metric, self.recipe.evaluate.k, silent).values

    def verdict(self, method: Method) -> Verdict:
        """Test metrics of the method and its baselines; none of them for a method that was interrupted."""
        if method.status != "done":
            return Verdict(self._document(method, {"valid": method.valid}, {}))
        recipe = self.recipe
        own = judge(method.scorer, self.test, recipe.metric, recipe.evaluate.k, self.context, title="test")
        start = time.perf_counter()
        others = self._baselines()
        seconds = {"evaluate_s": own.seconds, "baseline_s": time.perf_counter() - start}
        found = {
            "test": own.values,
            "valid": method.valid,
            "segment": own.segment,
            "users": {"judged": len(own.users), "left_out": own.left_out},
            "baseline": {name: _row(b) for name, b in others.items()},
            "lower_is_better": sorted(p.label for p in recipe.metric if p.options.lower_is_better),
        }
        rows = {name: b.test for name, b in others.items() if isinstance(b, Baseline)}
        name = recipe.name if recipe.name not in rows else f"{recipe.name} (this run)"
        rows[name] = own.values
        sentence = winner(rows, recipe.evaluate.select, name, lower=recipe.lower_is_better)
        document = self._document(method, found, seconds)
        document["warning"] += _warnings(rows, name, recipe)
        return Verdict(document | {"sentence": sentence}, sentence, own.per_user, own.users)

    def _baselines(self) -> dict[str, Baseline | LeftOut]:
        recipe = self.recipe
        return baselines(
            recipe.baseline, self.dataset, self.split, self.context, recipe.evaluate, recipe.metric
        )

    def _document(self, method: Method, found: dict[str, Any], seconds: dict[str, float]) -> dict[str, Any]:
        data = self.dataset
        return {
            "format": FORMAT,
            "status": method.status,
            "name": self.recipe.name,
            "select": self.recipe.evaluate.select,
            **found,
            "warning": _data_warnings(data),
            "data": data_document(self.recipe, data, self.split),
            "time": {k: round(v, 3) for k, v in {"fit_s": method.seconds, **seconds}.items()},
            "memory": {"peak_mib": round(peak_mib(), 1)},
        }


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


def _row(baseline: Baseline | LeftOut) -> dict[str, Any]:
    if isinstance(baseline, LeftOut):
        return {"left_out": baseline.reason}
    return {
        "options": baseline.options,
        "valid": baseline.valid,
        "test": baseline.test,
        "fit_s": round(baseline.fit_s, 3),
        "trials": len(baseline.trials),
    }


def _data_warnings(data: Dataset) -> list[dict[str, str]]:
    if not data.synthetic:
        return []
    message = "the data is generated: no figure here says anything about a real data set"
    return [{"code": "synthetic", "message": message}]


def _warnings(rows: Mapping[str, Mapping[str, float]], name: str, recipe: Recipe) -> list[dict[str, str]]:
    if "popularity" not in rows:
        return []
    own, base = (rows[n][recipe.evaluate.select] for n in (name, "popularity"))
    if (own < base) if recipe.lower_is_better else (own > base):
        return []
    message = (
        f"{name} is not ahead of popularity in {recipe.evaluate.select}; likely causes: too few "
        "epochs, a learning rate far off, or too little data to personalise"
    )
    return [{"code": "not-ahead-of-popularity", "message": message}]
