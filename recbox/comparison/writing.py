"""A comparison as text: JSON, CSV, a LaTeX table, a page."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from recbox.comparison import rows
from recbox.errors import OptionError, nearest
from recbox.evaluate.significance import Interval

if TYPE_CHECKING:
    from recbox.comparison.comparing import Comparison

COLUMNS = ("row", "metric", "method", "other", "value", "low", "high", "seeds", "best", "p", "holm",
           "standardised", "users_better", "users_worse", "verdict", "segment", "users")  # fmt: skip
_TEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{",
    "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\N{MINUS SIGN}": "$-$",
    "±": r"$\pm$", "↓": r"$\downarrow$", "<": "$<$", ">": "$>$",
}  # fmt: skip


def text(comparison: Comparison, format: str) -> str:
    """The text of a format; an `OptionError` for one that there isn't."""
    if format not in _MAKERS:
        raise OptionError(f"there is no format {format!r}", instead=nearest(format, list(_MAKERS)))
    return _MAKERS[format](comparison)


def as_json(comparison: Comparison) -> str:
    """The whole document, in ASCII."""
    return json.dumps(comparison.document(), indent=2, allow_nan=False, default=str) + "\n"


def as_csv(comparison: Comparison) -> str:
    """Rows of four sorts, told by `row`: mean; pair, whose value is its difference; segment, the same within
    a part of the users, whose verdict is what is lacking for an interval; oddity, a count of what was odd in
    a ranking of another tool, by the name in `metric`."""
    stream = io.StringIO()
    table = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    table.writeheader()
    for metric in comparison.metrics:
        best = comparison.best(metric)
        for m in comparison.methods:
            found = {"row": "mean", "metric": metric, "method": m.label, "best": int(best is m)}
            seeds = m.size if m.draws else ""
            value = float(m.means(metric).mean())
            table.writerow({**found, "value": value, "seeds": seeds, **_ends(m.interval(metric))})
    for x in comparison.pairs:
        table.writerow({
            "row": "pair", "metric": x.metric, "method": x.one.label, "other": x.other.label,
            "value": x.difference, **_ends(x.interval), "p": x.p, "holm": x.holm,
            "standardised": x.effect.standardised, "users_better": x.effect.better,
            "users_worse": x.effect.worse, "verdict": x.verdict,
        })  # fmt: skip
    for s in comparison.segments:
        table.writerow({
            "row": "segment", "metric": s.metric, "method": s.one, "other": s.other, "value": s.difference,
            **_ends(s.interval), "verdict": s.lacking, "segment": s.name, "users": s.users,
        })  # fmt: skip
    table.writerows(_oddities(comparison))
    return stream.getvalue()


def _oddities(comparison: Comparison) -> Iterator[dict[str, Any]]:
    for method in comparison.methods:
        for one in method.lists:
            for name, count in one.oddities.document().items():
                if isinstance(count, int):
                    yield {"row": "oddity", "metric": name, "method": method.label, "value": count}


def as_latex(comparison: Comparison) -> str:
    """A table for `\\usepackage{booktabs}`; what the tests said stands below it as comments."""
    table = rows.means(comparison)
    lines = [" & ".join(map(tex, table.head)) + r" \\", r"\midrule"]
    for cells in table.rows:
        marked = (rf"\textbf{{{tex(c.text)}}}" if c.best else tex(c.text) for c in cells)
        lines.append(" & ".join(marked) + r" \\")
    said = [f"% {line}" for line in (*comparison.sentences, *rows.lists(comparison))]
    below = tex(rows.caption(comparison))
    return "\n".join([
        r"% needs \usepackage{booktabs}", r"\begin{table}", r"\centering",
        rf"\begin{{tabular}}{{l{'r' * (len(table.head) - 1)}}}", r"\toprule", *lines, r"\bottomrule",
        r"\end{tabular}", rf"\caption{{{below}}}", r"\end{table}", *map(_ascii, said), "",
    ])  # fmt: skip


def as_html(comparison: Comparison) -> str:
    """One self-contained page without a script."""
    from recbox.comparison.page import render

    return render(comparison)


def tex(text: str) -> str:
    """Text as LaTeX sets it; what `inputenc` might not know is left out."""
    return _ascii("".join(_TEX.get(c, c) for c in text))


def _ascii(text: str) -> str:
    return text.replace("\N{MINUS SIGN}", "-").encode("ascii", "replace").decode()


def _ends(interval: Interval | None) -> dict[str, Any]:
    return {} if interval is None else {"low": interval.low, "high": interval.high}


_MAKERS = {"json": as_json, "csv": as_csv, "latex": as_latex, "html": as_html}
FORMATS = tuple(_MAKERS)
