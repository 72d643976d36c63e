"""Search: which values of a recipe do best on validation. Needs the extra `tune` (Optuna).

Recipes → `Arm` (a recipe and its spaces; a baseline is one too) → `Book` (the arm's trials in a journal that
processes share) → `Work` (begin a trial, run it, write down what came of it) → `Tuning`, with its page, its
best recipes and the next command.
"""

from recbox.tuning.outcome import Tuning
from recbox.tuning.searching import tune

__all__ = ["Tuning", "tune"]
