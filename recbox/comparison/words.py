"""What a comparison says, in plain words."""

from __future__ import annotations

from recbox.comparison.method import ENOUGH, Method
from recbox.comparison.pair import Pair
from recbox.evaluate import metric_title


def sentence(pair: Pair) -> str:
    """One pair: real, not shown, or too few seeds, with the figures that say so."""
    if pair.verdict == "too few seeds":
        return _too_few(pair)
    tail = f"{_between(pair)}, p {p_value(pair.holm)} after Holm"
    if pair.real:
        ahead, behind = _order(pair)
        how = f"{tail}: {_for_whom(pair)}."
        return f"{pair.verdict.capitalize()}: {ahead} is better than {behind} by {_gap(pair)}; {how}"
    return f"Not shown: {_standing(pair)}; {tail}. That is no proof that they are alike."


def _too_few(pair: Pair) -> str:
    lacking = [m for m in (pair.one, pair.other) if not m.enough]
    runs = " and ".join(f"{m.label} has {_count(m)}" for m in lacking)
    how = f"of {ENOUGH} seeds under its name (--scores)" if lacking[0].lists else f"{ENOUGH} (--seeds 5)"
    return (
        f"Too few seeds: {_standing(pair)}, but {runs}, and the luck of a seed isn't in that. "
        f"Give at least {how} before calling it a win."
    )


def _count(method: Method) -> str:
    word = "ranking" if method.lists else "run"
    return f"{method.size} {word}{'' if method.size == 1 else 's'}"


def _standing(pair: Pair) -> str:
    if pair.ahead is None:
        return f"{pair.one.label} and {pair.other.label} are level in {metric_title(pair.metric)}"
    ahead, behind = _order(pair)
    return f"{ahead} is ahead of {behind} by {_gap(pair)}"


def _order(pair: Pair) -> tuple[str, str]:
    names = pair.one.label, pair.other.label
    return names if pair.ahead is pair.one else (names[1], names[0])


def _gap(pair: Pair) -> str:
    """`0.0061 NDCG@20 (3.1 %)`; the share is of the one that is behind."""
    size = abs(pair.difference)
    behind = pair.other if pair.ahead is pair.one else pair.one
    base = float(behind.means(pair.metric).mean())
    share = f" ({size / base:.1%})".replace("%", " %") if base else ""
    return f"{size:.4f} {metric_title(pair.metric)}{share}"


def _between(pair: Pair) -> str:
    """The interval of how far the one that is ahead is ahead, whichever was named first."""
    if pair.interval is None:
        return ""
    low, high = pair.interval.low, pair.interval.high
    if pair.difference < 0:
        low, high = -high, -low
    return f"95 % interval {number(low)} to {number(high)}"


def _for_whom(pair: Pair) -> str:
    single = [m.label for m in (pair.one, pair.other) if m.one_list]
    if not single:
        return f"more than chance among {pair.test}"
    who = pair.test if pair.test == "users" else "users and the other's seeds"
    verb = "are single rankings" if len(single) > 1 else "is a single ranking"
    return f"more than chance among {who}. {' and '.join(single)} {verb}: another seed's luck isn't in it"


def number(value: float, decimals: int = 4) -> str:
    """Rounded, with a proper minus sign."""
    return f"{value:.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def p_value(p: float | None) -> str:
    """`= 0.012`, or `< 0.0001`; nothing is proven by more digits."""
    if p is None:
        return "-"
    return "< 0.0001" if p < 1e-4 else f"= {p:.4f}" if p < 0.1 else f"= {p:.2f}"
