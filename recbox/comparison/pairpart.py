"""Values of users over the pairs of cold, warm, rare or popular items alone: these are scored again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from recbox.comparison.method import Method
from recbox.comparison.part import ItemPart, Values
from recbox.evaluate import Pairs, judge_held, measure_pairs
from recbox.evaluate.tercile import members, terciles
from recbox.progress import SILENT
from recbox.recipe.recipe import Part

if TYPE_CHECKING:
    from recbox.api.ground import Ground
    from recbox.plugin import Meaning


def pair_parts(
    methods: Sequence[Method], metrics: Sequence[str], ground: Ground, pairs: Pairs
) -> dict[str, ItemPart]:
    """By sorts of items, as far as pairs of them are judged and metrics have a value over them alone: where
    all are clicks, or none is, only metrics of weights have one."""
    parts: dict[str, ItemPart] = {}
    for name, member in _sorts(pairs):
        rows = member[pairs.item]
        some = pairs.take(rows)
        asked = [p for p in ground.recipe.metric if p.label in metrics and _told(p, some)]
        if asked:
            parts[name] = ItemPart({m.label: _values(m, asked, ground, some, rows) for m in methods})
    return parts


def _sorts(pairs: Pairs) -> Iterator[tuple[str, np.ndarray]]:
    """Items as bool `[items]`: cold and warm ones, and the terciles of the judged pairs by popularity."""
    cold = pairs.popularity == 0
    found = [("cold items", cold), ("warm items", ~cold)]
    first, second, top = terciles(pairs.popularity[pairs.item])
    names = (
        f"items with up to {first} users" if first else "items without training users",
        f"items with {first + 1} to {second}",
        f"items with {second + 1} to {top}",
    )
    found += members(pairs.popularity, (first, second), names)
    yield from (one for one in found if one[1][pairs.item].any())


def _told(part: Part, some: Pairs) -> bool:
    """Whether the metric can be measured over these pairs."""
    return getattr(part.options, "meaning", "order") == "value" or not some.one_sided


def _values(
    method: Method, metric: Sequence[Part], ground: Ground, some: Pairs, rows: np.ndarray
) -> dict[str, np.ndarray]:
    """By metric, float `[seeds, users]` of the users with such pairs."""
    found = list(_again(method, metric, ground, some, rows))
    return {part.label: np.stack([one[part.label] for one in found]) for part in metric}


def _again(
    method: Method, metric: Sequence[Part], ground: Ground, some: Pairs, rows: np.ndarray
) -> Iterator[Values]:
    silent = ground.context.with_(progress=SILENT)
    for run in method.runs:
        held = judge_held(
            run.scorer, some, metric, ground.recipe.evaluate, silent, method.meaning, method.label
        )
        yield held.per_user
    for one in method.lists:
        assert one.scores is not None  # noqa: S101
        own = one.scores[rows]
        meant: Mapping[Meaning, np.ndarray] = {"order": own, "value": own, "probability": own}
        yield measure_pairs(meant, some, metric).per_user
