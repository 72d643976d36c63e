"""One honest sentence: who won, and by how much; and whether it may be called a win at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from recbox.evaluate.standing import ALPHA

_CAPITALS = frozenset({"ndcg", "map", "mrr", "auc", "gauc", "rmse", "mae"})
SEED = " One seed's luck isn't in it: `recbox compare` puts it in."


@dataclass(frozen=True)
class Rival:
    """What may be said of a baseline. tuned: whether all of its stated grid was tried on validation; trials,
    grid: settings tried, and settings that there are. p: after Holm's correction; None: not tested."""

    tuned: bool = True
    trials: int = 1
    grid: int = 1
    p: float | None = None


def metric_title(name: str) -> str:
    """`ndcg@20` as people write it: `NDCG@20`; `recall@20`: `Recall@20`."""
    label, at, k = name.partition("@")
    return (label.upper() if label in _CAPITALS else label.capitalize()) + at + k


def winner(
    rows: Mapping[str, Mapping[str, float]],
    select: str,
    main: str,
    *,
    lower: bool = False,
    rivals: Mapping[str, Rival] | None = None,
    draws: bool = False,
) -> str:
    """How `main` compares with the best of the other `rows` (name to test values) by `select`.

    lower: smaller values are better. rivals: what is known of the others; without it nothing is said of
    chance. To be ahead of one that wasn't tuned is no win, and what users don't bear out may be chance.
    draws: whether another seed could give another result, which is then said.
    """
    title = metric_title(select)
    others = {name: values[select] for name, values in rows.items() if name != main}
    own = rows[main][select]
    if not others:
        return f"{main} reaches {own:.4f} {title}; it was compared with nothing."
    name = (min if lower else max)(others, key=others.__getitem__)
    known = rivals or {}
    lead = others[name] - own if lower else own - others[name]
    gap = f"{abs(lead):.4f} {title}{_share(lead, others[name])}"
    said = _said(main, name, lead, gap, known.get(name, Rival()))
    if abs(lead) < 0.00005:
        said = f"{main} and {name} are level at {own:.4f} {title}."
    return said + _untuned(known, name if lead > 0 else "") + (SEED if draws and known else "")


def p_value(p: float) -> str:
    """`p = 0.012`, or `p < 0.0001`; nothing is proven by more digits."""
    return "p < 0.0001" if p < 1e-4 else f"p = {p:.4f}" if p < 0.1 else f"p = {p:.2f}"


def _said(main: str, name: str, lead: float, gap: str, rival: Rival) -> str:
    if lead > 0 and not rival.tuned:
        return f"{main} is ahead of {name} by {gap}. That is no win: {name} was not tuned{_tried(rival)}."
    users = rival.p is None or rival.p < ALPHA
    tail = ""
    if rival.p is not None:
        tail = f", {'and users bear it out' if users else 'which may be chance'} ({p_value(rival.p)})"
    if lead > 0:
        return f"{main} is ahead of {name} by {gap}{tail}."
    return f"{name} {'won' if users else 'is ahead'}: {main} is behind it by {gap}{tail}."


def _untuned(rivals: Mapping[str, Rival], told: str) -> str:
    """Baselines that may do better than they did; `told` is the one that has been spoken of."""
    names = [f"{n}{_tried(r)}" for n, r in rivals.items() if not r.tuned and n != told]
    return f" Not tuned: {', '.join(names)}." if names else ""


def _tried(rival: Rival) -> str:
    return f" ({rival.trials} of {rival.grid} settings)" if rival.trials < rival.grid else " (no validation)"


def _share(lead: float, base: float) -> str:
    return f" ({abs(lead / base):.1%})".replace("%", " %") if base else ""
