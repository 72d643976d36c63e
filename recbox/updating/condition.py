"""When a new version is to take another's place: `METRIC OP A`, perhaps with `+` or `-` a number or a share.

`ndcg@20 >= A - 1%` holds where the new one has at least 0.99 times what A has.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from recbox.errors import OptionError, nearest

COMPARE = {">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt}
_FORM = re.compile(
    r"\s*(?P<metric>[^\s<>=]+)\s*(?P<compare>>=|<=|>|<)\s*A\s*"
    r"(?:(?P<sign>[+-])\s*(?P<amount>\d{1,9}(?:\.\d{1,12})?)\s*(?P<share>%?)\s*)?",
    re.ASCII,
)
FORM = "METRIC >= A, with >, <= or < in its place, and perhaps + or - a number or a share, as in - 1%"
EXAMPLE = "'ndcg@20 >= A - 1%'"


@dataclass(frozen=True)
class Condition:
    """text: as it was written. offset: what is added to A's value; share: of that value."""

    text: str
    metric: str
    compare: str
    offset: float = 0.0
    share: float = 0.0

    @classmethod
    def parse(cls, text: str, where: str = "--promote-if") -> Self:
        """An `OptionError` for a text that is none."""
        found = _FORM.fullmatch(text)
        if found is None:
            raise OptionError(f"{text[:100]!r} is no condition", where=where, why=FORM, instead=EXAMPLE)
        amount = float(found["amount"] or 0) * (-1 if found["sign"] == "-" else 1)
        ways = {"share": amount / 100} if found["share"] else {"offset": amount}
        return cls(text.strip(), found["metric"], found["compare"], **ways)

    def check(self, metrics: list[str], where: str = "--promote-if") -> None:
        """An `OptionError` where the recipe doesn't measure it."""
        if self.metric not in metrics:
            what = f"the recipe doesn't measure {self.metric!r}"
            raise OptionError(what, where=where, instead=nearest(self.metric, metrics))

    def bound(self, a: float) -> float:
        """What the new value is compared with, where A's is `a`."""
        return a + self.offset + self.share * abs(a)

    def holds(self, new: Mapping[str, float], a: Mapping[str, float]) -> bool:
        """Of the two versions' values."""
        return bool(COMPARE[self.compare](new[self.metric], self.bound(a[self.metric])))
