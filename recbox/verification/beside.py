"""Whether the tests over users, by which a win is called one, are those of the values."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recbox.evaluate import standings
from recbox.evaluate.significance import holm
from recbox.verification.check import Check, checked, differing, skipped
from recbox.verification.subject import EXACT, Subject

NAME = "tests over users"
TALK = "whether users bear the difference out was edited: the sentence says more than the values do"
ROUGH = 0.02
"""What a p-value may be off by on another processor, where some users' values differ."""


def beside(subject: Subject, values: Mapping[str, np.ndarray]) -> Check:
    """values: of each user, float `[users]`, of the baselines that could be fitted again."""
    entries = subject.metrics.get("baseline", {})
    stated = {name: entry["beside"] for name, entry in entries.items() if "beside" in entry}
    if not stated:
        return skipped(NAME, "metrics.json has none: no baseline was run, or by an older version")
    found = standings(subject.test.per_user[subject.select], values)
    rough = ROUGH if subject.changed else EXACT
    corrected = dict(zip(stated, holm([s["p"] for s in stated.values()])))
    wrong = ""
    for name, entry in stated.items():
        again = {"holm": float(corrected[name])}
        again |= {"difference": found[name].difference, "p": found[name].p} if name in found else {}
        what = differing({key: entry[key] for key in again}, again, rough)
        wrong = wrong or (f"{name}: {what}" if what else "")
    return checked(NAME, wrong, f"p of {len(found)} of {len(stated)} baselines, and Holm's over all", TALK)
