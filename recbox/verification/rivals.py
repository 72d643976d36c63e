"""Whether the baselines were tuned, and reach what is said of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from recbox.api.training import fitter
from recbox.errors import RecboxError
from recbox.evaluate import Baseline, baselines, grid_size
from recbox.evaluate.fitting import needed, options
from recbox.recipe.recipe import Part
from recbox.verification.beside import beside
from recbox.verification.check import Check, checked, differing, furthest, skipped, unproven
from recbox.verification.subject import Subject

CHEAP = 30.0
"""Seconds, estimated, that searching a baseline's grid again may take; a single fit as well."""
UNTUNED = "to be ahead of a baseline that wasn't tuned on validation says nothing; such a win is none"
ABSENT = "the best baseline may be one that is missing; run it again with enough memory"
OTHER = "the baseline isn't what the recipe's method reaches fitted again: it was weakened or edited"


def rivals(subject: Subject, thorough: bool = False) -> list[Check]:
    """For each baseline that was run: its grid was searched; searched again, it comes out alike. thorough:
    whatever that takes."""
    stated = subject.metrics.get("baseline", {})
    parts = subject.recipe.baseline
    if len(stated) != len(parts):
        wrong = f"the recipe names {len(parts)}, metrics.json has {len(stated)}"
        return [checked("baselines", wrong, "", OTHER)]
    if list(stated) != (due := _names(parts)):
        return [checked("baselines", f"they are called {', '.join(stated)}, not {', '.join(due)}", "", OTHER)]
    if not parts:
        return [skipped("baselines", "the recipe names none")]
    checks, values = [], {}
    for (name, entry), part in zip(stated.items(), parts, strict=True):
        if "left_out" in entry:
            checks.append(left_out(subject, name, entry, part))
            continue
        check, again = _again(subject, name, entry, part, math.inf if thorough else CHEAP)
        checks += [_tuned(subject, name, entry, part), check]
        if again is not None:
            values[name] = again.per_user[subject.select]
    return [*checks, beside(subject, values)]


def _names(parts: Sequence[Part]) -> list[str]:
    """As `baselines` calls them."""
    names: list[str] = []
    for part in parts:
        tries = [part.label, *(f"{part.label}-{n}" for n in range(2, len(names) + 2))]
        names.append(next(name for name in tries if name not in names))
    return names


def _tuned(subject: Subject, name: str, entry: Mapping[str, Any], part: Part) -> Check:
    model, title = options(part), f"{name}: tuned"
    size, trials = grid_size(model), int(entry.get("trials", 0))
    if size == 1:
        return checked(title, "", "it states no grid", "")
    chosen = entry.get("options", {})
    outside = [k for k, values in model.grid.items() if chosen.get(k) not in [_plain(v) for v in values]]
    wrong = ""
    if "tuned" in entry and entry["tuned"] != (trials >= size and bool(entry.get("valid"))):
        wrong = f"metrics.json says tuned: {entry['tuned']}"
    if trials < size:
        wrong = f"{trials} of {size} settings were tried"
    elif not entry.get("valid"):
        wrong = "there was no validation to choose by"
    elif outside:
        wrong = f"{outside[0]} {chosen.get(outside[0])} is none of the grid's"
    return checked(title, wrong, f"{trials} settings, the grid has {size}", UNTUNED)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def left_out(subject: Subject, name: str, entry: Mapping[str, Any], part: Part) -> Check:
    """A strong baseline may be left out by hand, or by `--memory 0.001`: where it can be run here, it is."""
    title, reason = f"{name}: left out", str(entry["left_out"])[:80]
    recipe, held = subject.recipe, (subject.dataset, subject.split, subject.context)
    if needed(options(part), subject.dataset.take(subject.split.train)).seconds > CHEAP:
        return skipped(title, reason)
    ran = baselines([part], *held, recipe.evaluate, recipe.metric, fitter=fitter(recipe))
    found = next(iter(ran.values()))
    if not isinstance(found, Baseline):
        return skipped(title, f"{reason}; here: {found.reason[:80]}")
    own, other = (values.get(subject.select, 0.0) for values in (subject.metrics["test"], found.test))
    seen = f"{reason}; here it can be run, and reaches {subject.select} {other:.4f}, the method {own:.4f}"
    return unproven(title, seen, ABSENT)


def _again(
    subject: Subject, name: str, entry: Mapping[str, Any], part: Part, most: float
) -> tuple[Check, Baseline | None]:
    """With the same search where that is cheap, else with the stated options alone."""
    title = f"{name}: values"
    try:
        one = needed(options(part), subject.dataset.take(subject.split.train)).seconds
        given = type(options(part)).parse(entry.get("options", {}))
    except (RecboxError, ValueError) as error:
        return checked(title, f"its options can't be read: {str(error)[:100]}", "", OTHER), None
    whole = one * int(entry.get("trials", 1)) <= most
    if one > most:
        return skipped(title, f"fitting it again would take about {one:.0f} s"), None
    tried = part if whole else Part(part.kind, part.name, given, origin=part.origin)
    recipe, held = subject.recipe, (subject.dataset, subject.split, subject.context)
    ran = baselines([tried], *held, recipe.evaluate, recipe.metric, fitter=fitter(recipe))
    found = next(iter(ran.values()))
    if not isinstance(found, Baseline):
        return skipped(title, f"it can't be fitted here: {found.reason}"), None
    how = "fitted again as stated"
    if whole and len(found.trials) > 1:
        how = f"{len(found.trials)} settings searched again"
    return _alike(subject, title, entry, found, how), found


def _alike(subject: Subject, title: str, entry: Mapping[str, Any], found: Baseline, how: str) -> Check:
    """Another processor may choose another of two equal settings."""
    wrong = ""
    if dict(entry.get("options", {})) != {k: _plain(v) for k, v in found.options.items()}:
        wrong = f"the search chooses {found.options}, metrics.json says {entry.get('options')}"
    over = {f"test over {name}": one.values for name, one in found.judgement.candidate.items()}
    said = {f"test over {n}": e.get("test", {}) for n, e in entry.get("candidate", {}).items()}
    if set(over) != set(said):
        wrong = f"metrics.json has figures over {', '.join(entry.get('candidate', {})) or 'one set'} alone"
    for which, values in {"valid": found.valid, "test": found.test, **over}.items():
        stated = said.get(which, entry.get(which, {}))
        gap = furthest(stated, values)[0]
        if not wrong and (what := differing(stated, values, subject.tolerance)):
            wrong = f"on {which} {what}"
        how += f", {which} to {gap:.1g}"
    return checked(title, wrong, how, OTHER)
