"""What a method does for whom, beyond its figures: drawn from its lists, its vectors and the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from recbox.evaluate import Held, Judgement, Pairs, Ranked, Third, by_activity, by_popularity
from recbox.report.embedding import Map, embedding_map
from recbox.report.example import Example, examples
from recbox.report.spread import Spread, spread

if TYPE_CHECKING:
    from recbox.data import Dataset, Split
    from recbox.recipe.blocks import Evaluate
    from recbox.recipe.recipe import Part

UNTESTED = "the run was interrupted, and the test part is looked at once it is finished"
PAIRS = "single pairs were judged, and no lists were made"
COLD = "only items without a training interaction were candidates, so that none is popular"
NO_VECTORS = "the method has no vectors of items that tell them apart"


@dataclass(frozen=True)
class Portrait:
    """activity, popularity: where the method does well. left_out: why a part isn't there, by its name."""

    activity: Sequence[Third] = ()
    popularity: Sequence[Third] = ()
    spread: Spread | None = None
    examples: Sequence[Example] = ()
    map: Map | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)


def portray(
    dataset: Dataset,
    split: Split,
    held: Held,
    found: Judgement | None,
    metric: Sequence[Part],
    rules: Evaluate,
    vectors: np.ndarray | None,
) -> Portrait:
    """Of a method by its judgement, with what was kept in it; None: it was not tested. vectors: float32
    `[items, d]` of the items, None where the method has none."""
    left_out: dict[str, str] = {}
    drawn = None if vectors is None else embedding_map(vectors, dataset.item, held.popularity)
    if drawn is None:
        left_out["map"] = NO_VECTORS
    if found is None:
        return Portrait(
            map=drawn, left_out=left_out | dict.fromkeys(("quality", "spread", "example"), UNTESTED)
        )
    x = dataset.interaction
    activity = by_activity(found, held, np.bincount(x.user[split.train], minlength=len(dataset.user)), metric)
    popularity = by_popularity(found, held, metric, rules.k)
    thirds = [part if len(part) > 1 else [] for part in (activity, popularity)]
    if isinstance(held, Pairs) or not isinstance(found.kept, Ranked):
        return Portrait(*thirds, None, (), drawn, left_out | dict.fromkeys(("spread", "example"), PAIRS))
    over = favour(found, held, rules)
    left_out |= {"spread": COLD} if over is None else {}
    some = examples(dataset, split, held, found.kept, _cutoff(rules))
    return Portrait(*thirds, over, some, drawn, left_out)


def favour(found: Judgement, held: Held, rules: Evaluate) -> Spread | None:
    """How popular lists are, by a judgement in which they were kept; None where none is made, or nothing in
    them can be popular."""
    if isinstance(held, Pairs) or not isinstance(found.kept, Ranked) or held.closed is not None:
        return None
    return spread(found.kept, held, _cutoff(rules))


def noted(found: Judgement, held: Held, rules: Evaluate) -> dict[str, dict[str, float]]:
    """What `metrics.json` says of a baseline's lists, for the report to show beside the method's own."""
    over = favour(found, held, rules)
    return {} if over is None else {"popularity": over.document()}


def _cutoff(rules: Evaluate) -> int:
    """The length of lists that selects."""
    _, _, k = rules.select.partition("@")
    return int(k) if k.isdecimal() else max(rules.k)
