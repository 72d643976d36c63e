"""A comparison as plain data: complete, so that every table can be made of it again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recbox.comparison.method import Method
from recbox.comparison.pair import ALPHA, Pair
from recbox.comparison.segment import Segment
from recbox.comparison.words import sentence
from recbox.evaluate.significance import DRAWS, LEVEL, Interval

if TYPE_CHECKING:
    from recbox.comparison.comparing import Comparison

FORMAT = 1


def document(comparison: Comparison) -> dict[str, Any]:
    """What `--format json` prints."""
    best = {metric: comparison.best(metric) for metric in comparison.metrics}
    tested = sum(pair.p is not None for pair in comparison.pairs)
    return {
        "format": FORMAT,
        "metric": list(comparison.metrics),
        "lower_is_better": sorted(comparison.lower_is_better),
        "level": LEVEL,
        "alpha": ALPHA,
        "draws": DRAWS,
        "correction": {"by": "holm", "tests": tested},
        "data": dict(comparison.data),
        "method": [_method(m, comparison.metrics, best) for m in comparison.methods],
        "pair": [_pair(pair) for pair in comparison.pairs],
        "segment": [_segment(s) for s in comparison.segments],
        "note": list(comparison.notes),
    }


def _method(method: Method, metrics: tuple[str, ...], best: dict[str, Method | None]) -> dict[str, Any]:
    return {
        "name": method.label,
        "argument": list(method.arguments),
        "draws": method.draws,
        "list": [
            {
                "file": one.where,
                "format": one.format,
                "hash": one.hash,
                "oddities": one.oddities.document(),
            }
            for one in method.lists
        ],
        "run": [
            {
                "folder": _folder(run.path),
                "seed": run.manifest.run.seed,
                "kernel": run.manifest.run.kernel,
                "device": run.manifest.run.device,
                "seconds": run.manifest.run.seconds,
            }
            for run in method.runs
        ],
        "value": {
            metric: {
                "mean": float(method.means(metric).mean()),
                "interval": _interval(method.interval(metric)),
                "seed": [float(x) for x in method.means(metric)],
                "best": best[metric] is method,
            }
            for metric in metrics
        },
    }


def _pair(pair: Pair) -> dict[str, Any]:
    return {
        "metric": pair.metric,
        "one": pair.one.label,
        "other": pair.other.label,
        "difference": pair.difference,
        "relative": pair.relative,
        "test": pair.test,
        "interval": _interval(pair.interval),
        "p": pair.p,
        "holm": pair.holm,
        "effect": {
            "standardised": pair.effect.standardised,
            "users_better": pair.effect.better,
            "users_worse": pair.effect.worse,
        },
        "users_alone": {"p": pair.alone.p, "interval": _interval(pair.alone.interval)},
        "ahead": None if pair.ahead is None else pair.ahead.label,
        "verdict": pair.verdict,
        "sentence": sentence(pair),
    }


def _segment(segment: Segment) -> dict[str, Any]:
    return {
        "metric": segment.metric,
        "segment": segment.name,
        "users": segment.users,
        "one": segment.one,
        "other": segment.other,
        "mean": list(segment.means),
        "difference": segment.difference,
        "interval": _interval(segment.interval),
        "lacking": segment.lacking,
    }


def _folder(path: Path) -> str:
    """From where one stands, if it is below: the same for a run that was made now and one that was found."""
    whole = Path(os.path.abspath(path))
    return str(whole.relative_to(Path.cwd()) if whole.is_relative_to(Path.cwd()) else whole)


def _interval(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]
