"""One honest sentence: who won, and by how much."""

from __future__ import annotations

from collections.abc import Mapping

_CAPITALS = frozenset({"ndcg", "map", "mrr"})


def metric_title(name: str) -> str:
    """`ndcg@20` as people write it: `NDCG@20`; `recall@20`: `Recall@20`."""
    label, at, k = name.partition("@")
    return (label.upper() if label in _CAPITALS else label.capitalize()) + at + k


def winner(rows: Mapping[str, Mapping[str, float]], select: str, main: str, *, lower: bool = False) -> str:
    """How `main` compares with the best of the other `rows` (name to test values) by `select`.

    lower: smaller values are better. It speaks of this split and seed; whether a difference is more than
    chance is another question.
    """
    title = metric_title(select)
    others = {name: values[select] for name, values in rows.items() if name != main}
    own = rows[main][select]
    if not others:
        return f"{main} reaches {own:.4f} {title}; it was compared with nothing."
    rival = (min if lower else max)(others, key=others.__getitem__)
    lead = others[rival] - own if lower else own - others[rival]
    if abs(lead) < 0.00005:
        return f"{main} and {rival} are level at {own:.4f} {title}."
    if lead > 0:
        return f"{main} is ahead of {rival} by {abs(lead):.4f} {title}{_share(lead, others[rival])}."
    return f"{rival} won: {main} is behind it by {abs(lead):.4f} {title}{_share(lead, others[rival])}."


def _share(lead: float, base: float) -> str:
    return f" ({abs(lead / base):.1%})".replace("%", " %") if base else ""
