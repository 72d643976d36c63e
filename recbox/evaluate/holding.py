"""What is held out, as the recipe judges by it: rankings or pairs; and the judging of a method by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from recbox.evaluate.grouping import groups
from recbox.evaluate.judgement import Judgement, judge
from recbox.evaluate.pairs import Pairs, held_pairs
from recbox.evaluate.pointwise import judge_pairs
from recbox.evaluate.truth import Truth, at_test, at_valid

if TYPE_CHECKING:
    from recbox.context import Context
    from recbox.data import Dataset, Split
    from recbox.plugin import Meaning, Scorer
    from recbox.recipe.blocks import Evaluate
    from recbox.recipe.recipe import Part

Held = Truth | Pairs
VALID, TEST = 1, 2


def held_valid(dataset: Dataset, split: Split, rules: Evaluate, gap: Sequence[str] = ()) -> Held:
    """The validation part; `gap`: columns of users, by which they are grouped."""
    if rules.by == "ranking":
        return at_valid(dataset, split, gap)
    pairs = held_pairs(dataset, split.valid, split.train, split.train, rules, VALID)
    return replace(pairs, gap={column: groups(dataset, column) for column in gap})


def held_test(dataset: Dataset, split: Split, rules: Evaluate) -> Held:
    """The test part, grouped as the rules say."""
    if rules.by == "ranking":
        return at_test(dataset, split, rules.refit, rules.gap)
    before = np.concatenate([split.train, split.valid])
    pairs = held_pairs(dataset, split.test, before, split.train, rules, TEST)
    return replace(pairs, gap={column: groups(dataset, column) for column in rules.gap})


def judge_held(
    scorer: Scorer,
    held: Held,
    metric: Sequence[Part],
    rules: Evaluate,
    context: Context,
    meaning: Meaning = "order",
    title: str = "",
) -> Judgement:
    """A method's scorer judge_held; `meaning`: what its scores say, which pairs are judge_held by."""
    if isinstance(held, Pairs):
        return judge_pairs(scorer, held, metric, context, meaning, title)
    return judge(scorer, held, metric, rules.k, context, title=title)
