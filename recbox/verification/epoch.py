"""Whether the epoch that was kept is the one that validation chose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from recbox.verification.check import Check, checked, furthest, skipped
from recbox.verification.subject import EXACT, Subject

NAME = "chosen epoch"
PICKED = (
    "something other than validation chose the epoch, and that may have been the test: the figure is then "
    "too high by as much as epochs differ by luck"
)


def epoch(subject: Subject) -> list[Check]:
    """The best epoch on validation in the last stage was kept, and training ended by its rule."""
    if not subject.recipe.stage:
        return [skipped(NAME, "the method has no epochs")]
    history = subject.artifact.history
    if not any("valid" in row for row in history):
        return [skipped(NAME, "no epoch was validated")]
    last = [row for row in history if row.get("stage") == history[-1].get("stage")]
    best = _best(last, subject)
    wrong = _broken(last) or _unlike(last, best, subject) or _cut(last, best, subject)
    seen = f"epoch {best['epoch']} of {len(last)}, {subject.select} {best['valid'][subject.select]:.4f}"
    return [checked(NAME, wrong, f"{seen}, the best on validation", PICKED)]


def _best(rows: Sequence[Mapping[str, Any]], subject: Subject) -> Mapping[str, Any]:
    """The first of the best, as training keeps it."""
    sign = -1 if subject.recipe.lower_is_better else 1
    return max((r for r in rows if "valid" in r), key=lambda row: sign * row["valid"][subject.select])


def _broken(rows: Sequence[Mapping[str, Any]]) -> str:
    epochs = [row.get("epoch") for row in rows]
    return "" if epochs == list(range(len(rows))) else "history.jsonl lacks epochs, or has some twice"


def _unlike(rows: Sequence[Mapping[str, Any]], best: Mapping[str, Any], subject: Subject) -> str:
    """What some users said of an epoch is measured again, unless the method was fitted anew since."""
    if subject.watched is None:
        return _other(rows, best, subject.metrics.get("valid", {}), EXACT)
    return "" if subject.recipe.evaluate.refit else _other(rows, best, subject.watched, subject.tolerance)


def _other(
    rows: Sequence[Mapping[str, Any]], best: Mapping[str, Any], stated: Mapping[str, float], most: float
) -> str:
    if furthest(best["valid"], stated)[0] <= most:
        return ""
    kept = [r["epoch"] for r in rows if furthest(r.get("valid", {}), stated)[0] <= most]
    which = f"epoch {kept[0]}" if kept else "no epoch of the history"
    return f"the validation values are those of {which}, and validation chose epoch {best['epoch']}"


def _cut(rows: Sequence[Mapping[str, Any]], best: Mapping[str, Any], subject: Subject) -> str:
    """Training ends after its epochs, or when patience is over; an end in between was made by hand."""
    training = subject.recipe.stage[-1].training
    waited = sum("valid" in row for row in rows[best["epoch"] + 1 :])
    if len(rows) >= training.epochs or (training.patience is not None and waited >= training.patience):
        return ""
    left = f"patience {training.patience}, of which {waited} had passed"
    return f"the history ends after {len(rows)} of {training.epochs} epochs ({left})"
