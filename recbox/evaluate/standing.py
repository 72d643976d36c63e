"""How a method stands beside its baselines: user by user, in one run, with Holm's correction over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from recbox.context import Context
from recbox.evaluate.significance import holm, randomisation

ALPHA = 0.05
"""Below it users bear a difference out."""


@dataclass(frozen=True)
class Standing:
    """A method beside a baseline. difference: its mean over users less the baseline's. p: of the paired
    randomisation test; holm: the same, corrected for all baselines of the run. Both models are taken as they
    are: another seed's luck isn't in it."""

    difference: float
    p: float
    holm: float


def standings(own: np.ndarray, others: Mapping[str, np.ndarray]) -> dict[str, Standing]:
    """own, others: float `[users]` of the metric that selects, the same users in the same order.

    The draws follow no seed of the user's: the same values give the same figures.
    """
    differences = {name: own - values for name, values in others.items()}
    p = {name: randomisation(d, Context(seed=0).random("standing")) for name, d in differences.items()}
    adjusted = holm(list(p.values()))
    return {
        name: Standing(float(d.mean()), p[name], float(adjusted[n]))
        for n, (name, d) in enumerate(differences.items())
    }
