"""Whether the figures are those of the stored method on the stored split."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from recbox.api.judging import candidates, methods, said
from recbox.evaluate import Pairs
from recbox.evaluate.warning import beyond, of_result
from recbox.verification.check import Check, checked, differing, furthest, skipped
from recbox.verification.showing import showing
from recbox.verification.subject import EXACT, Subject

EDITED = (
    "the stored method doesn't reach what metrics.json says on the stored split, ranking all unseen items: "
    "the figure was edited, measured over fewer candidates, or is another method's"
)
OTHER_WEIGHTS = (
    "the stored method isn't the one that validation saw: other weights were put in, for example those of an "
    "epoch that was chosen by the test"
)
TESTED = ("test", "segment", "candidate", "users", "baseline", "sentence", "ledger")
"""What `metrics.json` has of a run that was tested, and of no other."""
INVENTED = "no interrupted run looks at the test part: these figures were written in, or the status was"
USERS = "the values of users don't belong to these figures: one of the two was edited"
ODD = 0.1
"""The share of users who may have other values on another processor, where near ties go the other way."""
MASKED = (
    "whether an item may be recommended depends on the user: what decides that may know the held-out items; "
    "ask the method's author for the rule"
)
PAIRS = (
    "what was judged isn't what split and rules give: easier negatives were taken, or the figure was edited"
)
LEAK = (
    "the method does better on test than validation and the baselines let one expect: test interactions in "
    "what it was fitted on, or a plugin that reads them; --retrain looks further"
)
TALK = "what is said of the result doesn't follow from its figures"


def measuring(subject: Subject) -> list[Check]:
    """Test, validation, users, candidates, and whether it is plausible; everything is measured again."""
    return [
        _test(subject),
        _valid(subject),
        _per_user(subject),
        _candidates(subject),
        _plausible(subject),
        _sentence(subject),
    ]


def untested(subject: Subject) -> list[Check]:
    """Of a run that was interrupted: it states no test figure, and what it says of validation holds."""
    stated = [key for key in TESTED if key in subject.metrics]
    if subject.artifact.per_user is not None:
        stated.append("per-user.parquet")
    wrong = f"the run was interrupted, and it states {', '.join(stated)}" if stated else ""
    if wrong:
        return [checked("figures", wrong, "", INVENTED)]
    never = skipped("figures", "the run was interrupted, and never tested")
    return [never, _valid(subject), *showing(subject)]


def _test(subject: Subject) -> Check:
    stated, found = _flat(subject.metrics), subject.test
    users = {"judged": len(found.users), "left_out": found.left_out, **found.groups}
    over = candidates(found, subject.recipe.evaluate)
    again = _flat({"test": found.values, "segment": found.segment, "users": users, **over})
    wrong = differing(stated, again, subject.tolerance)
    return checked("test metrics", wrong, _within(subject, furthest(stated, again)[0], len(again)), EDITED)


def _flat(document: Mapping[str, Any]) -> dict[str, float]:
    """Test, segments and numbers of users, by one name each."""
    parts = [("", document.get("test", {})), ("users ", document.get("users", {}))]
    parts += [(f"{name} ", values) for name, values in document.get("segment", {}).items()]
    for name in ("all", "cold"):
        over = document.get("candidate", {}).get(name, {})
        counts = {key: over[key] for key in ("items", "users") if key in over}
        parts.append((f"over {name} ", {**over.get("test", {}), **counts}))
    return {f"{name}{key}": value for name, values in parts for key, value in values.items()}


def _within(subject: Subject, gap: float, count: int) -> str:
    seen = f"{count} values measured again, to {gap:.1g}"
    return f"{seen} (made with {subject.changed})" if subject.changed else seen


def _valid(subject: Subject) -> Check:
    name = "validation metrics"
    if not len(subject.split.valid):
        return skipped(name, "nothing is held out for validation")
    if subject.recipe.evaluate.refit:
        return skipped(name, "refit: the stored method was fitted on validation too")
    stated = subject.metrics.get("valid", {})
    if not stated and subject.metrics.get("status") == "interrupted":
        return skipped(name, "the run was interrupted before all of validation was judged")
    found = subject.valid.values
    wrong = differing(stated, found, subject.tolerance)
    if wrong and (epoch := _epoch(subject, found)):
        wrong += f"; these are the weights of {epoch}"
    return checked(name, wrong, _within(subject, furthest(stated, found)[0], len(found)), OTHER_WEIGHTS)


def _epoch(subject: Subject, found: Mapping[str, float]) -> str:
    """The epoch of the history that the stored weights are of."""
    found = subject.watched or found
    for row in subject.artifact.history:
        if furthest(row.get("valid", {}), found)[0] <= subject.tolerance:
            return f"epoch {row['epoch']} of stage {row['stage']}"
    return ""


def _per_user(subject: Subject) -> Check:
    name, stored, found = "values of users", subject.artifact.per_user, subject.test
    if stored is None:
        return checked(name, "per-user.parquet is missing", "", USERS)
    users = subject.dataset.user.ids.gather(found.users)
    if not stored["user"].equals(users, check_names=False) or set(stored.columns[1:]) != set(found.per_user):
        return checked(name, "they are of other users or metrics than the test part has", "", USERS)
    columns = {n: stored[n].to_numpy() for n in found.per_user}
    gaps = {n: float(np.abs(columns[n] - found.per_user[n]).max()) for n in columns}
    means = {n: float(c.mean()) for n, c in columns.items()}
    stated = {n: v for n, v in subject.metrics["test"].items() if n in means}
    wrong = differing(stated, means, EXACT)
    wrong = f"the mean doesn't fit: {wrong}" if wrong else ""
    # One user's value moves by far more than the mean where two near ties are ranked the other way.
    if not wrong and not subject.changed and max(gaps.values(), default=0.0) > EXACT:
        wrong = f"those of {max(gaps, key=gaps.__getitem__)} differ by up to {max(gaps.values()):.3g}"
    shares = {n: float((np.abs(columns[n] - found.per_user[n]) > subject.tolerance).mean()) for n in columns}
    if not wrong and max(shares.values(), default=0.0) > ODD:
        most = max(shares, key=shares.__getitem__)
        wrong = f"those of {most} are others for {shares[most]:.0%} of the users"
    return checked(name, wrong, f"{len(users):,} users; their means are the metrics", USERS)


def _candidates(subject: Subject) -> Check:
    """Every unseen item of each judged user has a score above "never"."""
    truth = subject.at_test
    if isinstance(truth, Pairs):
        return _pairs(subject, truth)
    items = truth.items
    unseen, never = np.zeros(items, np.int64), np.zeros(items, np.int64)
    for start in range(0, len(truth.users), 128):
        users = truth.users[start : start + 128]
        out = np.isneginf(subject.scorer.block(users).detach().cpu().numpy())
        row, item = truth.seen.pairs(users)
        open_ = np.ones(out.shape, bool)
        open_[row, item] = False
        if truth.closed is not None:
            open_[:, truth.closed] = False
        unseen += open_.sum(0)
        never += (out & open_).sum(0)
    some = (never > 0) & (never < unseen)
    wrong = f"{int(some.sum()):,} items are open to some users and closed to others" if some.any() else ""
    which = "all" if truth.closed is None else "the cold"
    seen = f"{which} {truth.candidates:,} items, less what each user had before"
    if closed := int(((never > 0) & (never == unseen)).sum()):
        seen += f"; {closed:,} are never recommended to anybody"
    return checked("candidates", wrong, seen, MASKED)


def _pairs(subject: Subject, pairs: Pairs) -> Check:
    """Held-out pairs and drawn ones are those that the rules give."""
    stated = subject.metrics.get("pairs", {}).get("test", {})
    wrong = "" if stated == pairs.document() else "metrics.json says that other pairs were judged"
    return checked(
        "pairs", wrong, f"{len(pairs):,} pairs of {len(pairs.users):,} users, the same again", PAIRS
    )


def _plausible(subject: Subject) -> Check:
    select, lower = subject.select, subject.recipe.lower_is_better
    name, _ = said(subject.metrics, subject.recipe)
    test, valid = methods(subject.metrics, name)
    found = of_result(name, test | {name: subject.test.values}, valid, select, lower)
    leaks = [w["message"] for w in found if w["code"] in ("test-beyond-validation", "too-good")]
    reach = beyond(name, test, valid, select, lower)
    if reach is not None:
        seen = f"test is {reach[0]:.2f} times as good as validation, {reach[1]:.2f} times for the baselines"
    elif select in valid.get(name, {}):
        seen = f"{select} is {valid[name][select]:g} on validation, and nothing is a multiple of that"
    else:
        seen = "there is no validation to compare with"
    return checked("within reach", "; ".join(leaks), seen, LEAK)


def _sentence(subject: Subject) -> Check:
    name, sentence = said(subject.metrics, subject.recipe)
    stated = subject.metrics.get("sentence")
    if stated != sentence:
        return checked("sentence", f"the figures give: {sentence}", "", TALK)
    test, valid = methods(subject.metrics, name)
    due = of_result(name, test, valid, subject.select, subject.recipe.lower_is_better)
    told = {w.get("code") for w in subject.metrics.get("warning", ())}
    missing = [w["code"] for w in due if w["code"] not in told and w["code"].startswith("not-ahead")]
    wrong = f"a warning is left out: {missing[0]}" if missing else ""
    return checked("sentence", wrong, "sentence and warnings follow from the figures", TALK)
