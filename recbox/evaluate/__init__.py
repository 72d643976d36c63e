"""How methods are judged: exact full ranking, metrics of it, baselines tuned on validation, one sentence.

`Truth` (what is held out, what is masked) → `rank` (a scorer's top-k for every user) → `measure` →
`Judgement`; `judge` is the two in one.
"""

from recbox.evaluate.baseline import Baseline, LeftOut, Trial, baselines, grid_size
from recbox.evaluate.fitting import Fitted, fit_model
from recbox.evaluate.judgement import Judgement, check_select, judge, lower_is_better, measure
from recbox.evaluate.ranking import Ranking, rank
from recbox.evaluate.sentence import Rival, metric_title, winner
from recbox.evaluate.standing import Standing, standings
from recbox.evaluate.truth import Lists, Truth, at_test, at_valid

__all__ = [
    "Baseline",
    "Fitted",
    "Judgement",
    "LeftOut",
    "Lists",
    "Ranking",
    "Rival",
    "Standing",
    "Trial",
    "Truth",
    "at_test",
    "at_valid",
    "baselines",
    "check_select",
    "fit_model",
    "grid_size",
    "judge",
    "lower_is_better",
    "measure",
    "metric_title",
    "rank",
    "standings",
    "winner",
]
