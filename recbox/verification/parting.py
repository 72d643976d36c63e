"""Whether data and split are those that are stated, and whether train and test are apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recbox.data import Dataset, Split, fingerprint_of, split
from recbox.verification.check import Check, checked
from recbox.verification.subject import Subject

DATA = "the interactions are not those that the figures are said to be of"
SWAPPED = "the split was exchanged or edited: the figures are of other held-out items than is stated"
RULE = (
    "the parts are not those that the recipe's rule and seed give for these interactions: somebody chose "
    "them, or the data's order of equal times was changed"
)
MIXED = "the method could see what it was tested on"


def parting(subject: Subject) -> list[Check]:
    """Fingerprints from the stored interactions; no test pair in train."""
    return [_data(subject), _fingerprint(subject), apart(subject)]


def _data(subject: Subject) -> Check:
    manifest, said = subject.artifact.manifest, subject.metrics.get("data", {})
    found = replace(subject.dataset).fingerprint
    wrong = ""
    if found != manifest.data.fingerprint:
        wrong = f"the manifest says {manifest.data.fingerprint[:12]}, the interactions give {found[:12]}"
    elif said.get("fingerprint") != found:
        wrong = f"metrics.json says {str(said.get('fingerprint'))[:12]}, the interactions give {found[:12]}"
    sizes = f"{len(subject.dataset.interaction):,} interactions, fingerprint {found[:12]}"
    return checked("data", wrong, sizes, DATA)


def _fingerprint(subject: Subject) -> Check:
    found = fingerprint_of(subject.dataset.interaction, subject.split)
    stated = {
        "the manifest": subject.artifact.manifest.split.fingerprint,
        "metrics.json": subject.metrics.get("data", {}).get("split", {}).get("fingerprint"),
    }
    differing = [f"{who} says {str(what)[:12]}" for who, what in stated.items() if what != found]
    wrong = f"{', '.join(differing)}, the parts give {found[:12]}" if differing else ""
    return checked("split", wrong, f"{_sizes(subject.split)}, fingerprint {found[:12]}", SWAPPED)


def rule(subject: Subject) -> list[Check]:
    """The recipe's rule, applied to the stored interactions once more."""
    data = subject.recipe.data
    seed = subject.recipe.seed if data.seed is None else data.seed
    again = split(subject.dataset, data.split, subject.context.with_(seed=seed))
    same = again.fingerprint == fingerprint_of(subject.dataset.interaction, subject.split)
    wrong = "" if same else f"{data.split.by} with seed {seed} gives other parts ({_sizes(again)})"
    seen = f"{data.split.by} with seed {seed} gives these parts"
    return [checked("split by the rule", wrong, seen, RULE)]


def apart(subject: Subject) -> Check:
    """No test pair in train or validation."""
    dataset, parts = subject.dataset, subject.split
    before = np.concatenate([parts.train, parts.valid])
    doubled = len(np.intersect1d(_keys(dataset, before, True), _keys(dataset, parts.test, True)))
    repeated = len(np.intersect1d(_keys(dataset, before, False), _keys(dataset, parts.test, False)))
    wrong = f"{doubled:,} test interactions stand in train or validation too" if doubled else ""
    seen = "no test interaction stands in train or validation"
    if repeated:
        seen += f"; {repeated:,} pairs come again with another behaviour, and count for nobody"
    return checked("train and test apart", wrong, seen, MIXED)


def _keys(dataset: Dataset, rows: np.ndarray, whole: bool) -> np.ndarray:
    """user * items + item, and with `whole` the behaviour in it."""
    x = dataset.interaction
    keys: np.ndarray = x.user[rows].astype(np.int64) * len(dataset.item) + x.item[rows]
    if whole and x.behaviour is not None:
        keys = keys * max(1, len(dataset.behaviours)) + x.behaviour[rows]
    return keys


def _sizes(parts: Split) -> str:
    return f"{len(parts.train):,} / {len(parts.valid):,} / {len(parts.test):,}"
