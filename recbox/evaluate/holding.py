"""What is held out, as the recipe judges by it: rankings or pairs; and the judging of a method by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from recbox.errors import UnsupportedError
from recbox.evaluate.grouping import groups
from recbox.evaluate.judgement import Candidates, Judgement, judge
from recbox.evaluate.pairs import Pairs, held_pairs
from recbox.evaluate.pointwise import judge_pairs
from recbox.evaluate.ranking import ties
from recbox.evaluate.truth import Truth, at_test, at_valid
from recbox.progress import SILENT

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
        return _open(at_valid(dataset, split, gap), rules)
    pairs = held_pairs(dataset, split.valid, split.train, split.train, rules, VALID)
    return replace(pairs, gap={column: groups(dataset, column) for column in gap})


def held_test(dataset: Dataset, split: Split, rules: Evaluate) -> Held:
    """The test part, grouped as the rules say."""
    if rules.by == "ranking":
        return _open(at_test(dataset, split, rules.refit, rules.gap), rules)
    before = np.concatenate([split.train, split.valid])
    pairs = held_pairs(dataset, split.test, before, split.train, rules, TEST)
    return replace(pairs, gap={column: groups(dataset, column) for column in rules.gap})


def _open(truth: Truth, rules: Evaluate) -> Truth:
    return truth.cold() if rules.candidate == "cold" else truth


def nothing_new(rules: Evaluate) -> str:
    """What to say of a held-out part in which nobody has anything to find."""
    if rules.by == "ranking" and rules.candidate == "cold":
        return "a held-out item without an interaction in training: `candidate: all`, or a split by cold-item"
    return ""


def judge_held(
    scorer: Scorer,
    held: Held,
    metric: Sequence[Part],
    rules: Evaluate,
    context: Context,
    meaning: Meaning = "order",
    title: str = "",
    *,
    both: bool = False,
    keep: bool = False,
) -> Judgement:
    """A method's scorer judged; `meaning`: what its scores say, which pairs are judged by. both: by all
    candidates and by cold ones, whichever the rules say, where somebody is to find a cold item; not by cold
    ones that the method scores alike. keep: the lists or scores stay in what is found."""
    if isinstance(held, Pairs):
        return judge_pairs(scorer, held, metric, context, meaning, title, keep=keep)
    if ties(scorer, held):
        raise UnsupportedError(
            "the method scores all cold items alike, so that its list would be that of their ids",
            where=title,
            why="it knows an item by who took it, and nobody took a cold one in training",
            instead="`candidate: all`, or a method that looks at features of items",
        )
    found = judge(scorer, held, metric, rules.k, context, title=title, keep=keep)
    if not both or not len(held.cold().users):
        return found
    other = held.cold() if held.whole is None else held.whole
    over = {"all" if held.whole is None else "cold": _over(found, held)}
    if held.whole is not None or not ties(scorer, other):
        beside = judge(scorer, other, metric, rules.k, context.with_(progress=SILENT), title=title)
        over["cold" if held.whole is None else "all"] = _over(beside, other)
    return replace(found, candidate={name: over[name] for name in ("all", "cold") if name in over})


def _over(found: Judgement, truth: Truth) -> Candidates:
    return Candidates(truth.candidates, len(found.users), found.values)
