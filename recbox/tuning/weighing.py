"""How much each parameter mattered, as far as the trials tell (PED-ANOVA, which needs no further package)."""

from __future__ import annotations

import warnings

import optuna
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.trial import TrialState

ENOUGH = 8
"""Trials that ended well, below which nothing is said."""


def importance(study: optuna.Study) -> dict[str, float]:
    """Shares by path, the largest first, of what tells good trials from others; empty where too few tell."""
    done = study.get_trials(deepcopy=False, states=[TrialState.COMPLETE])
    if len(done) < ENOUGH or len({trial.values[0] for trial in done}) < 2:
        return {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = get_param_importances(study, evaluator=PedAnovaImportanceEvaluator())
        except (ValueError, RuntimeError, ZeroDivisionError):
            return {}
    return {path: round(share, 6) for path, share in found.items() if share == share}
