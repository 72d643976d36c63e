"""What the scores of pairs are worth: metrics over all pairs, what each user adds to them, and of groups."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from recbox.errors import DataError
from recbox.evaluate.asking import scores_of
from recbox.evaluate.grouping import LEAST
from recbox.evaluate.guard import check_value, check_values
from recbox.evaluate.judgement import Judgement, Scores
from recbox.evaluate.pairs import Pairs
from recbox.plugin import Meaning, PairMetric
from recbox.recipe.fault import fault

if TYPE_CHECKING:
    from recbox.context import Context
    from recbox.plugin import Scorer
    from recbox.recipe.recipe import Part


def judge_pairs(
    scorer: Scorer,
    pairs: Pairs,
    metric: Sequence[Part],
    context: Context,
    meaning: Meaning,
    title: str = "",
    *,
    keep: bool = False,
) -> Judgement:
    """Score the pairs, and measure by those metrics that scores of this meaning can be measured by.
    keep: in what is found are the scores too."""
    began = time.perf_counter()
    check_pairs(pairs, metric)
    scores = meant(scores_of(scorer, pairs, context, title), meaning)
    found = measure_pairs(scores, pairs, metric)
    return replace(found, seconds=time.perf_counter() - began, kept=scores if keep else None)


def meant(scores: np.ndarray, meaning: Meaning) -> Scores:
    """The scores by what they mean: all are an order; logits become probabilities."""
    if meaning == "probability":
        return {"order": scores, "probability": np.exp(-np.logaddexp(0, -scores))}
    return {"order": scores, meaning: scores}


def check_pairs(pairs: Pairs, metric: Sequence[Part]) -> None:
    """A `DataError` where there is nothing to judge by: no pairs, one sort of them, weights all alike."""
    if not len(pairs):
        raise DataError(
            "there is nothing to judge by: no user has a held-out item that is new to them",
            where="data.split",
            instead="hold out more, or split otherwise",
        )
    asked = {_options(part).meaning for part in metric}
    if asked - {"value"} and pairs.one_sided:
        every = (
            "every pair is a click" if pairs.click is not None and pairs.click[0] else "no pair is a click"
        )
        raise DataError(
            f"there is nothing to judge by: {every}",
            where="evaluate",
            why=f"{len(pairs):,} pairs, weights from {pairs.weight.min():g} to {pairs.weight.max():g}",
            instead="another `positive`, or `negative: {by: uniform, count: 1}`",
        )
    weights = pairs.dataset.interaction.weight
    if "value" in asked and (weights == weights[0]).all():
        raise DataError(
            "there are no weights to be near to: all of the data's are alike",
            where="evaluate.metric",
            instead="map the source's `weight` column, or judge clicks: auc with a `negative` block",
        )


def measure_pairs(scores: Scores, pairs: Pairs, metric: Sequence[Part]) -> Judgement:
    """Those of the metrics that the scores can be measured by.

    A user's value is the whole value plus what the user's pairs add to it, so that the mean over users is the
    whole value, and differences between users are those that a test over users needs: the influence function,
    summed by clusters. For a mean over pairs, and users with equally many, it is the user's own mean.
    """
    values: dict[str, float] = {}
    per_user: dict[str, np.ndarray] = {}
    users = len(pairs.users)
    for part in _measured(scores, metric):
        given = _ends(part, scores, pairs)
        value = check_value(part, _options(part).over(*given))
        influence = check_values(part, _options(part).influence(*given), len(pairs))
        values[part.label] = value
        per_user[part.label] = value + np.bincount(pairs.row, influence, users) * (users / len(pairs))
    segment, groups = _segments(scores, pairs, metric)
    return Judgement(values, per_user, pairs.users, pairs.left_out, segment, 0.0, groups)


def within(values: np.ndarray, member: np.ndarray, pairs: Pairs) -> np.ndarray:
    """Users' values `[.., users]`, whose mean is the metric, as those of some of them (bool `[users]`), whose
    mean is the metric over these users' pairs alone: exactly for a mean over pairs, else to first order.

    Users with few pairs move the whole by little, however far off they are, and it is that which is undone.
    """
    whole = values.mean(axis=-1, keepdims=True)
    count = np.bincount(pairs.row, minlength=len(pairs.users))
    return np.asarray(whole + (values[..., member] - whole) * (count.mean() / count[member].mean()))


def _measured(scores: Scores, metric: Sequence[Part]) -> list[Part]:
    return [part for part in metric if _options(part).meaning in scores]


def _options(part: Part) -> PairMetric:
    if not isinstance(part.options, PairMetric):
        raise fault(part, "derives from no PairMetric, and pairs are judged by no other")
    return part.options


def _ends(part: Part, scores: Scores, pairs: Pairs) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Score, target and user of each pair."""
    meaning = _options(part).meaning
    weights = meaning == "value" or pairs.click is None
    target = pairs.weight if weights else np.asarray(pairs.click, dtype=np.float64)
    return scores[meaning], target, pairs.row


def _segments(
    scores: Scores, pairs: Pairs, metric: Sequence[Part]
) -> tuple[dict[str, dict[str, float]], dict[str, int]]:
    """The values over the pairs of cold and of warm items, and of each group's users; the largest difference
    between two groups; how many users each group has. What can't be judged by one sort of pairs is left out.
    """
    cold = pairs.popularity[pairs.item] == 0
    segment = {
        name: over_pairs(rows, scores, pairs, metric) for name, rows in (("cold", cold), ("warm", ~cold))
    }
    counts: dict[str, int] = {}
    for column, members in pairs.gap.items():
        inside = {name: member for name, member in members.items() if member[pairs.users].any()}
        counts |= {name: int(member[pairs.users].sum()) for name, member in inside.items()}
        own = {name: over_pairs(m[pairs.user], scores, pairs, metric) for name, m in inside.items()}
        large = [values for name, values in own.items() if counts[name] >= LEAST and values]
        segment |= own
        if len(large) > 1:
            spread = {m: [values[m] for values in large] for m in large[0]}
            segment[f"gap of {column}"] = {m: max(v) - min(v) for m, v in spread.items()}
    return {name: values for name, values in segment.items() if values}, counts


def over_pairs(rows: np.ndarray, scores: Scores, pairs: Pairs, metric: Sequence[Part]) -> dict[str, float]:
    """The values over some of the pairs (bool `[n]`); none where all are clicks, or none is."""
    some = pairs.take(rows)
    if not len(some) or some.one_sided:
        return {}
    own = {meaning: values[rows] for meaning, values in scores.items()}
    return {
        part.label: check_value(part, _options(part).over(*_ends(part, own, some)))
        for part in _measured(scores, metric)
    }
