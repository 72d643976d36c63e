"""Whether the tests over users, by which a win is called one, are those of the values."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recbox.evaluate import standings
from recbox.evaluate.significance import holm
from recbox.evaluate.standing import ALPHA
from recbox.verification.check import Check, checked, differing, skipped, unproven
from recbox.verification.subject import EXACT, Subject

NAME = "tests over users"
TALK = "whether users bear the difference out was edited: the sentence says more than the values do"
SILENT = "the sentence says nothing of chance where it should"
NEAR = "the lead is borne out on one machine and not on the other: don't call it a win"
ROUGH = 0.02
"""What a p-value may be off by on another processor, where some users' values differ."""


def beside(subject: Subject, values: Mapping[str, np.ndarray]) -> Check:
    """values: of each user, float `[users]`, of the baselines that could be fitted again."""
    entries = subject.metrics.get("baseline", {})
    stated = {name: entry["beside"] for name, entry in entries.items() if "beside" in entry}
    due = [name for name, entry in entries.items() if "test" in entry]
    if not due or subject.select not in subject.test.per_user:
        return skipped(NAME, "no baseline was run, or what selects has no value for each user")
    if not stated:
        return unproven(
            NAME, "metrics.json has none: it is of an older recbox, or they were taken out", SILENT
        )
    if absent := [name for name in due if name not in stated]:
        return checked(NAME, f"that beside {', '.join(absent)} was taken out", "", TALK)
    found = standings(subject.test.per_user[subject.select], values)
    rough = ROUGH if subject.changed else EXACT
    corrected = dict(zip(stated, holm([s["p"] for s in stated.values()])))
    wrong = ""
    for name, entry in stated.items():
        again = {"holm": float(corrected[name])}
        again |= {"difference": found[name].difference, "p": found[name].p} if name in found else {}
        what = differing({key: entry[key] for key in again}, again, rough)
        wrong = wrong or (f"{name}: {what}" if what else "")
    if not wrong and (torn := _torn(stated, {n: x.p for n, x in found.items()})):
        return unproven(NAME, f"{torn} ({subject.changed})", NEAR)
    return checked(NAME, wrong, f"p of {len(found)} of {len(stated)} baselines, and Holm's over all", TALK)


def _torn(stated: Mapping[str, Mapping[str, float]], found: Mapping[str, float]) -> str:
    """Which lead is more than chance by what is stated and not by what is found, or the other way round."""
    names = list(stated)
    again = holm([found.get(n, stated[n]["p"]) for n in names])
    for name, p in zip(names, again):
        if (stated[name]["holm"] < ALPHA) != (p < ALPHA):
            return f"{name}: p {stated[name]['holm']:.4f} is stated, {p:.4f} found here"
    return ""
