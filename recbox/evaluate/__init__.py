"""How methods are judged: exact full ranking, metrics of it, baselines tuned on validation, one sentence.

`Truth` (what is held out, what is masked) → `rank` (a scorer's top-k for every user) → `measure` →
`Judgement`; `judge` is the two in one. Where pairs are judged, `Pairs` stand in the place of `Truth`:
`held_test` and `held_valid` make what the recipe judges by, and `judge_held` judges a method by either.
"""

from recbox.evaluate.baseline import Baseline, Contest, LeftOut, Trial, baselines, grid_size
from recbox.evaluate.fitting import Fitted, fit_model
from recbox.evaluate.holding import Held, held_test, held_valid, judge_held, nothing_new
from recbox.evaluate.judgement import (
    Candidates,
    Judgement,
    Ranked,
    check_select,
    judge,
    lower_is_better,
    measure,
)
from recbox.evaluate.pairs import Pairs
from recbox.evaluate.pointwise import check_pairs, measure_pairs, within
from recbox.evaluate.protocol import protocol
from recbox.evaluate.quality import Third, by_activity, by_popularity
from recbox.evaluate.ranking import Ranking, rank
from recbox.evaluate.sentence import Rival, metric_title, winner
from recbox.evaluate.shortlists import shortlists
from recbox.evaluate.standing import Standing, standings
from recbox.evaluate.truth import Lists, Truth, at_test, at_valid
from recbox.evaluate.validation import Validation

__all__ = [
    "Baseline",
    "Candidates",
    "Contest",
    "Fitted",
    "Held",
    "Judgement",
    "LeftOut",
    "Lists",
    "Pairs",
    "Ranked",
    "Ranking",
    "Rival",
    "Standing",
    "Third",
    "Trial",
    "Truth",
    "Validation",
    "at_test",
    "at_valid",
    "baselines",
    "by_activity",
    "by_popularity",
    "check_pairs",
    "check_select",
    "fit_model",
    "grid_size",
    "held_test",
    "held_valid",
    "judge",
    "judge_held",
    "lower_is_better",
    "measure",
    "measure_pairs",
    "metric_title",
    "nothing_new",
    "protocol",
    "rank",
    "shortlists",
    "standings",
    "winner",
    "within",
]
