"""Whether arguments can be compared at all: the same data, the same split, a metric that all have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recbox.comparison.entry import Entry
from recbox.errors import OptionError, nearest
from recbox.plugin import ListMetric, PairMetric, UserMetric

SIZES = ("source", "users", "items", "interactions")


def check_data(entries: Sequence[Entry]) -> None:
    """An `OptionError` unless all have one data set and one split, by their fingerprints."""
    first, differing = entries[0], []
    for entry in entries[1:]:
        if entry.fingerprints[0] != first.fingerprints[0]:
            differing.append(f"{entry.argument}: other data: {_data(entry)}")
        elif entry.fingerprints[1] != first.fingerprints[1]:
            differing.append(f"{entry.argument}: the same data, another split: {_split(entry)}")
    if differing:
        own = f"{first.argument}: {_data(first)}, {_split(first)}"
        raise OptionError(
            "only methods that were judged on the same data and split can be compared",
            why="\n       ".join([own, *differing]),
            instead="name one data set and one split in all; `data.seed` keeps a random split as it is",
        )


def check_rules(entries: Sequence[Entry]) -> None:
    """An `OptionError` unless all judge rankings, or all the same pairs."""
    told = [_judges(entry) for entry in entries]
    if len(set(told)) > 1:
        raise OptionError(
            "only methods that were judged alike can be compared",
            why="\n       ".join(f"{e.argument}: {t}" for e, t in zip(entries, told)),
            instead="the same `by`, `candidate`, `positive` and `negative` under `evaluate` in all",
        )


def _judges(entry: Entry) -> str:
    rules = entry.recipe.evaluate
    if rules.by == "ranking":
        return "rankings" if rules.candidate == "all" else "rankings of cold items alone"
    if rules.negative is not None:
        how = rules.negative
        return f"pairs beside {how.count} {how.by} negatives each, drawn with seed {how.seed}"
    return "pairs" if rules.positive is None else f"pairs, clicks from {rules.positive:g} on"


def _data(entry: Entry) -> str:
    sizes = [f"{entry.data.get(n):,} {n}" for n in SIZES[1:] if isinstance(entry.data.get(n), int)]
    return ", ".join([str(entry.data.get("source")), *sizes, f"fingerprint {entry.fingerprints[0][:12]}"])


def _split(entry: Entry) -> str:
    split = entry.data["split"]
    sizes = "/".join(str(split.get(part, "?")) for part in ("train", "valid", "test"))
    drawn = f"data seed {entry.data_seed}"
    return f"split by {split.get('by')} {sizes}, {drawn}, fingerprint {entry.fingerprints[1][:12]}"


def chosen_metrics(asked: Sequence[str], entries: Sequence[Entry]) -> tuple[str, ...]:
    """The metrics that are compared: those asked for, or the one by which all recipes select.

    An `OptionError` for one that isn't measured for all, or that has no value for each user.
    """
    names = tuple(dict.fromkeys(asked)) or (_select(entries),)
    common = [n for n in measured(entries[0]) if all(n in measured(e) for e in entries[1:])]
    for name in names:
        for entry in entries:
            if name not in measured(entry):
                raise OptionError(
                    f"{name!r} has no values for each user in {entry.argument}",
                    where="--metric",
                    why=_why(name, entry),
                    instead=nearest(name, common),
                )
    return names


def _why(name: str, entry: Entry) -> str:
    """Why a metric isn't one that is compared."""
    label = name.partition("@")[0]
    if label not in {part.label for part in entry.recipe.metric}:
        return f"its recipe has no metric {label}"
    if label in {known.partition("@")[0] for known in measured(entry)}:
        return "it was measured at other lengths of the list"
    return "a paired test needs them, and this one is of the catalogue"


def _select(entries: Sequence[Entry]) -> str:
    selects = {entry.recipe.evaluate.select for entry in entries}
    if len(selects) > 1:
        raise OptionError(
            f"the recipes select by different metrics: {', '.join(sorted(selects))}",
            where="--metric",
            instead="name one with --metric",
        )
    return selects.pop()


def measured(entry: Entry) -> list[str]:
    """Metrics with a value for each user: of an artifact those that it holds, of a recipe those it will."""
    if entry.artifact is not None and entry.artifact.per_user is not None:
        return entry.artifact.per_user.columns[1:]
    users = [part for part in entry.recipe.metric if isinstance(part.options, UserMetric | ListMetric)]
    pairs = [part.label for part in entry.recipe.metric if isinstance(part.options, PairMetric)]
    return [*pairs, *(f"{part.label}@{k}" for part in users for k in entry.recipe.evaluate.k)]


def lower_is_better(entries: Sequence[Entry], metrics: Sequence[str]) -> frozenset[str]:
    """Those of the metrics of which less is better."""
    labels = {p.label for e in entries for p in e.recipe.metric if _lower(p.options)}
    return frozenset(m for m in metrics if m.partition("@")[0] in labels)


def _lower(options: Any) -> bool:
    return bool(getattr(options, "lower_is_better", False))


def _doubled(entries: Sequence[Entry]) -> list[list[str]]:
    """Arguments of one method under different names, by method."""
    groups: dict[str, dict[str, str]] = {}
    for entry in entries:
        groups.setdefault(entry.key, {}).setdefault(entry.recipe.name, entry.argument)
    return [list(names.values()) for names in groups.values() if len(names) > 1]


def notes(entries: Sequence[Entry]) -> list[str]:
    """What doesn't forbid a comparison, and belongs beside it."""
    found = [f"{' and '.join(same)} are one method, alike in all settings" for same in _doubled(entries)]
    if len({entry.recipe.evaluate.refit for entry in entries}) > 1:
        found.append("some were fitted again on train and validation before the test, others not")
    if any(entry.data.get("synthetic") for entry in entries):
        found.append("the data is made: no figure here says anything about a real data set")
    return found
