"""What a paired test says, in plain words."""

from __future__ import annotations

from recbox.evaluate.sentence import metric_title, p_value
from recbox.outside.pairing import Tested


def sentence(tested: Tested) -> str:
    """Real or not shown, with the figures that say so, and what isn't in them."""
    title = metric_title(tested.metric)
    if tested.ahead is None:
        return f"{tested.one} and {tested.other} are level in {title}."
    behind = tested.other if tested.ahead == tested.one else tested.one
    base = tested.base if behind == tested.other else tested.base + tested.difference
    share = f" ({abs(tested.difference) / base:.1%})".replace("%", " %") if base else ""
    ends = sorted((tested.interval.low, tested.interval.high), reverse=tested.difference < 0)
    low, high = (_number(end if tested.difference > 0 else -end) for end in ends)
    tail = f"95 % interval {low} to {high}, {_p(tested)}"
    gap = f"{abs(tested.difference):.4f} {title}{share}"
    if tested.real:
        return (
            f"Real among users: {tested.ahead} is better than {behind} by {gap}; {tail}. "
            "The luck of another seed is not in it."
        )
    return (
        f"Not shown: {tested.ahead} is ahead of {behind} by {gap}; {tail}. "
        "That is no proof that they are alike."
    )


def _number(value: float) -> str:
    return f"{value:.4f}".replace("-", "\N{MINUS SIGN}")


def _p(tested: Tested) -> str:
    """After the correction, where there was more than one test."""
    return p_value(tested.holm) + (" after Holm" if tested.together > 1 else "")
