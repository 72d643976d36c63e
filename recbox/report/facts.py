"""Facts for people: names and values of the data, the run and the baselines, as text."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recbox.evaluate import metric_title
from recbox.evaluate.grouping import LEAST
from recbox.evaluate.warning import severe
from recbox.report.document import Document, is_number

Facts = list[tuple[str, str]]
ONE_KIND = "where only items of one kind count as found"


@dataclass(frozen=True)
class Cell:
    text: str
    best: bool = False


@dataclass(frozen=True)
class Table:
    """head: names of the columns; rows: a name and its cells; corner: what the names are of."""

    caption: str
    head: list[str]
    rows: list[tuple[str, list[Cell]]]
    corner: str = "metric"


def results(document: Document) -> Table:
    """Every metric of every method, the best of each in bold."""
    methods = document.methods()
    metrics = list(dict.fromkeys(m for values in methods.values() for m in values))
    rows = []
    for metric in metrics:
        top = document.best(metric)
        compared = len(methods) > 1
        cells = [Cell(number(v.get(metric)), compared and v.get(metric) == top) for v in methods.values()]
        rows.append((metric_title(metric) + (" ↓" if document.is_lower(metric) else ""), cells))
    part = "test" if document.measured == "test" else "validation"
    caption = (
        f"Values on the {part} part. {'Best of each row in bold. ' * (len(methods) > 1)}↓ less is better."
    )
    return Table(caption, list(methods), rows)


def segments(document: Document) -> Table | None:
    """Cold and warm items apart."""
    found = {n: v for n, v in document.part("segment").items() if isinstance(v, Mapping) and v}
    found = {n: v for n, v in found.items() if not _of_users(document, n)}
    metrics = list(dict.fromkeys(m for values in found.values() for m in values))
    if not metrics:
        return None
    rows = [(metric_title(m), [Cell(number(v.get(m))) for v in found.values()]) for m in metrics]
    kind = "over the pairs with items of one kind" if document.part("pairs") else ONE_KIND
    caption = f"Test values {kind}: cold ones have no training interaction, warm ones have."
    if "cold-user" in found:
        caption += " The same of users: cold-user are those without any, warm-user the others."
    return Table(caption, list(found), rows)


def candidates(document: Document) -> Table | None:
    """Every method over all candidates and over cold ones, by the metrics of the largest k."""
    found = document.part("candidate")
    sets = {n: found[n] for n in ("all", "cold") if isinstance(found.get(n), Mapping)}
    if not sets:
        return None
    entries = {n: e for n, e in document.part("baseline").items() if isinstance(e, Mapping)}
    own = next(iter(document.methods()), document.name)
    head, cells = [], {}
    for method in document.methods():
        entry = document.metrics if method == own else entries.get(method, {})
        over = entry.get("candidate")
        for name in sets:
            values = over.get(name) if isinstance(over, Mapping) else None
            head.append(f"{method}, {name}")
            cells[head[-1]] = document.values(values) if isinstance(values, Mapping) else {}
    metrics = list(dict.fromkeys(m for values in cells.values() for m in values))
    rows = [(metric_title(m), [Cell(number(cells[h].get(m))) for h in head]) for m in metrics]
    sizes = " and ".join(
        f"{count(one.get('items'))} ({name}), which {count(one.get('users'))} users have some of to find"
        for name, one in sets.items()
    )
    caption = f"Test values over both sets of candidates: {sizes}. Chosen by those over {found.get('by')}."
    return Table(caption, head, rows)


def groups(document: Document) -> Table | None:
    """Groups of users, and the largest difference between two."""
    found = {n: v for n, v in document.part("segment").items() if isinstance(v, Mapping)}
    found = {n: v for n, v in found.items() if _of_users(document, n)}
    metrics = list(dict.fromkeys(m for values in found.values() for m in values))
    if not metrics:
        return None
    users = document.part("users")
    rows = [
        (n, [Cell(count(users.get(n, ""))), *(Cell(number(v.get(m))) for m in metrics)])
        for n, v in found.items()
    ]
    caption = (
        "Test values of the users of each group; a gap is the largest difference between two groups "
        f"with at least {LEAST} users each."
    )
    return Table(caption, ["users", *map(metric_title, metrics)], rows, "group")


def _of_users(document: Document, segment: str) -> bool:
    return segment in document.part("users") or segment.startswith("gap of ")


def baselines(document: Document) -> list[tuple[str, str]]:
    """What was chosen for each baseline, or why it was left out."""
    return [
        (name, _baseline(entry))
        for name, entry in document.part("baseline").items()
        if isinstance(entry, Mapping)
    ]


def data(document: Document) -> Facts:
    """Size, split, and what the source counted."""
    found = document.part("data")
    sizes = [
        (label, count(found.get(label))) for label in ("users", "items", "interactions") if label in found
    ]
    cells = found.get("users", 0) * found.get("items", 0) if is_number(found.get("users")) else 0
    density = [("density", f"{found.get('interactions', 0) / cells:.3%}".replace("%", " %"))] if cells else []
    split = found.get("split") if isinstance(found.get("split"), Mapping) else {}
    parts = [(f"{n} interactions", count(split.get(n))) for n in ("train", "valid", "test") if n in split]
    by = [("split", str(split["by"]))] if "by" in split else []
    print_ = [("fingerprint", str(found["fingerprint"])[:12])] if "fingerprint" in found else []
    return [("source", str(found.get("source", "–"))), *sizes, *density, *by, *parts, *print_]


def counts(document: Document) -> Facts:
    """What the source and the cleaning counted, beyond the sizes."""
    facts = document.part("data").get("facts")
    shown = {"by", "train", "valid", "test"}
    found = facts.items() if isinstance(facts, Mapping) else ()
    texts = {str(k).replace("_", " "): _plain(v) for k, v in found if k not in shown}
    return [(name, text) for name, text in texts.items() if text not in ("", "none")]


def run(document: Document) -> Facts:
    """Time, memory, epochs, who was judged."""
    time, memory, users = document.part("time"), document.part("memory"), document.part("users")
    facts = [
        ("epochs", str(len(document.history)) if document.history else ""),
        ("training", seconds(time.get("fit_s"))),
        ("an epoch, the middle one", seconds(_middle(document))),
        ("evaluation", seconds(time.get("evaluate_s"))),
        ("peak memory", mebibytes(memory.get("peak_mib"))),
        ("users judged", count(users["judged"]) if "judged" in users else ""),
        ("users without test items", count(users["left_out"]) if "left_out" in users else ""),
        ("pairs judged", count(document.part("pairs").get("test", {}).get("judged", ""))),
        ("looks at this test part", count(document.part("ledger").get("times", ""))),
    ]
    return [(name, value) for name, value in facts if value]


def _middle(document: Document) -> float | None:
    """The median of the epochs' seconds."""
    found = [float(row["seconds"]) for row in document.history if is_number(row.get("seconds"))]
    return statistics.median(found) if found else None


def warnings(document: Document) -> list[str]:
    """What the run warned of; the band across the page speaks for synthetic data."""
    told = [w for w in _warned(document) if w.get("code") != "synthetic" or not document.synthetic]
    return [str(w.get("message", "")) for w in told if not severe(w)]


def alarms(document: Document) -> list[str]:
    """What nobody may miss: a result that is no better than popularity, or too good to be true."""
    return [str(w.get("message", "")) for w in _warned(document) if severe(w)]


def _warned(document: Document) -> list[Mapping[str, Any]]:
    return [w for w in document.metrics.get("warning") or () if isinstance(w, Mapping)]


def _baseline(entry: Mapping[str, Any]) -> str:
    if "left_out" in entry:
        return f"left out: {entry['left_out']}"
    options = entry.get("options")
    chosen = ", ".join(f"{k} {_plain(v)}" for k, v in options.items()) if isinstance(options, Mapping) else ""
    trials = entry.get("trials")
    searched = f"best of {trials} settings on validation" if is_number(trials) and trials > 1 else "as given"
    return " · ".join(p for p in (chosen or "no options", searched, seconds(entry.get("fit_s"))) if p)


def _plain(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    if is_number(value):
        return count(value) if float(value) == int(value) else f"{value:g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {_plain(v)}" for k, v in value.items())[:500]
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value))[:500]
    return str(value)[:500] if isinstance(value, str) else json.dumps(value, default=str)[:500]


def number(value: float | None) -> str:
    return "–" if value is None or not is_number(value) else f"{value:.4f}"


def count(value: Any) -> str:
    return f"{int(value):,}" if is_number(value) else str(value)


def seconds(value: Any) -> str:
    if not is_number(value):
        return ""
    if value < 120:
        return f"{value:.1f} s" if value >= 0.1 else "under 0.1 s"
    hours, minutes = divmod(int(value) // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def mebibytes(value: Any) -> str:
    return f"{value:,.0f} MiB" if is_number(value) else ""
