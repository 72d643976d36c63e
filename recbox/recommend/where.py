"""A condition on columns of items, such as `price < 20 and genre has "Drama"`: read, never run as code.

    condition   one or more comparisons, joined by `and`, `or`, `not` and parentheses
    comparison  COLUMN = VALUE, also !=, <, <=, >, >=
                COLUMN in (VALUE, VALUE, ...)
                COLUMN has VALUE          one of several categories
                COLUMN contains VALUE     a piece of a text, in small letters or large ones
                COLUMN is missing
    COLUMN      a name; in backquotes where it is no word: `Product name`
    VALUE       a number, a word, or text in quotes: 'a' or "a"

As in SQL a quote within quotes of its kind is doubled: 'a 5" pipe, the plumber''s'. So is a backquote.

As in SQL a missing value fits no comparison, nor the opposite of one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import Any, NoReturn

import polars as pl

from recbox.data import Column
from recbox.errors import OptionError, nearest

LONGEST, DEEPEST = 10_000, 50
"""Characters of a condition, and parentheses within each other."""
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"]|"")*"|'(?:[^']|'')*')|(?P<name>`(?:[^`]|``)*`)|(?P<sign><=|>=|!=|==|[=<>(),])"""
    r"""|(?P<word>[^\s"'`<>=!(),]+))"""
)
_ORDER: Mapping[str, Callable[[Any, Any], Any]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
_EQUAL = "=", "==", "!="
_WORDS = {"and", "or", "not", "in", "has", "contains", "is"}


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


def condition(text: str, columns: Mapping[str, Column]) -> pl.Expr:
    """The condition as a boolean expression on a table with these columns; null where a value is missing.

    An `OptionError` shows where the text is no condition, names a column that isn't there, or asks of one
    what its type can't answer.
    """
    return _Reader(text, columns).whole()


class _Reader:
    def __init__(self, text: str, columns: Mapping[str, Column]) -> None:
        self.text, self.columns = text, columns
        if len(text) > LONGEST:
            raise OptionError(f"the condition has {len(text):,} characters", instead=f"{LONGEST:,} at most")
        self.place, self.depth = 0, 0
        self.tokens = list(self._tokens())

    def whole(self) -> pl.Expr:
        found = self._any()
        if self.next is not None:
            self._wrong("`and` or `or` is missing here")
        return found

    @property
    def next(self) -> _Token | None:
        """The token that is read next; None at the end."""
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def _tokens(self) -> Iterator[_Token]:
        at, end = 0, len(self.text.rstrip())
        while at < end:
            found = _TOKEN.match(self.text, at)
            if found is None:
                rest = self.text[at:]
                self._wrong("this can't be read", at + len(rest) - len(rest.lstrip()))
            kind = str(found.lastgroup)
            yield _Token(kind, found[kind], found.start(kind))
            at = found.end()

    def _taken(self, *words: str) -> str:
        """The next token, if it is one of these; else nothing."""
        token = self.next
        if token is None or token.kind not in ("word", "sign") or token.text.lower() not in words:
            return ""
        self.place += 1
        return token.text.lower()

    def _any(self) -> pl.Expr:
        found = [self._all()]
        while self._taken("or"):
            found.append(self._all())
        return pl.any_horizontal(found)

    def _all(self) -> pl.Expr:
        found = [self._one()]
        while self._taken("and"):
            found.append(self._one())
        return pl.all_horizontal(found)

    def _one(self) -> pl.Expr:
        negated = False
        while self._taken("not"):
            negated = not negated
        found = self._group() if self._taken("(") else self._comparison()
        return ~found if negated else found

    def _group(self) -> pl.Expr:
        self.depth += 1
        if self.depth > DEEPEST:
            self._wrong(f"more than {DEEPEST} parentheses stand within each other")
        found = self._any()
        if not self._taken(")"):
            self._wrong("a `)` is missing here")
        self.depth -= 1
        return found

    def _comparison(self) -> pl.Expr:
        column, at = self._column(), self.place
        if sign := self._taken(*_EQUAL, *_ORDER):
            return self._compared(column, sign, at)
        if self._taken("in"):
            return self._among(column, self._values(), at)
        if self._taken("has"):
            self._asks(column, at, "multi")
            return pl.col(column.name).list.contains(self._value())
        if self._taken("contains"):
            self._asks(column, at, "text", "categorical")
            return pl.col(column.name).str.to_lowercase().str.contains(self._value().lower(), literal=True)
        if not self._taken("is"):
            self._wrong("a comparison is missing here: =, !=, <, <=, >, >=, in, has, contains, is missing")
        negated = bool(self._taken("not"))
        if not self._taken("missing"):
            self._wrong("`missing` is missing here")
        return pl.col(column.name).is_not_null() if negated else pl.col(column.name).is_null()

    def _compared(self, column: Column, sign: str, at: int) -> pl.Expr:
        if sign in _ORDER:
            self._asks(column, at, "numeric")
            return _ORDER[sign](pl.col(column.name), self._number())
        found = self._equals(column, self._value(), at)
        return ~found if sign == "!=" else found

    def _equals(self, column: Column, value: str, at: int) -> pl.Expr:
        self._asks(column, at, "numeric", "categorical", "text")
        if column.type != "numeric":
            return pl.col(column.name) == value
        return pl.col(column.name) == self._as_number(value, self.place - 1)

    def _among(self, column: Column, values: list[str], at: int) -> pl.Expr:
        self._asks(column, at, "numeric", "categorical", "text")
        if column.type != "numeric":
            return pl.col(column.name).is_in(values)
        return pl.col(column.name).is_in([self._as_number(value, at) for value in values])

    def _asks(self, column: Column, at: int, *types: str) -> None:
        """An error where the column is of another type than these."""
        if column.type in types:
            return
        ways = {
            "numeric": "=, !=, <, <=, >, >= and in",
            "categorical": "=, !=, in and contains",
            "text": "=, !=, in and contains",
            "multi": "has",
        }
        self._wrong(f"{column.name!r} is {column.type}, of which one asks with {ways[column.type]}", token=at)

    def _column(self) -> Column:
        token = self.next
        if token is None or token.kind not in ("word", "name") or token.text.lower() in _WORDS:
            self._wrong("the name of a column is missing here")
        name = _within(token.text) if token.kind == "name" else token.text
        if name not in self.columns:
            known = nearest(name, list(self.columns)) if self.columns else "items have no columns"
            self._wrong(f"items have no column {name!r}", instead=known)
        self.place += 1
        return self.columns[name]

    def _value(self) -> str:
        token = self.next
        if token is None or token.kind not in ("text", "word"):
            self._wrong("a value is missing here")
        self.place += 1
        return _within(token.text) if token.kind == "text" else token.text

    def _values(self) -> list[str]:
        if not self._taken("("):
            self._wrong("a `(` is missing here")
        found = [self._value()]
        while self._taken(","):
            found.append(self._value())
        if not self._taken(")"):
            self._wrong("a `,` or `)` is missing here")
        return found

    def _number(self) -> float:
        return self._as_number(self._value(), self.place - 1)

    def _as_number(self, value: str, token: int) -> float:
        if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", value):
            self._wrong(f"{value!r} is no number", token=token)
        return float(value)

    def _wrong(
        self, what: str, at: int | None = None, token: int | None = None, instead: str = ""
    ) -> NoReturn:
        """Shows the place: of a token, by default the next one."""
        number = self.place if token is None else token
        if at is None:
            at = self.tokens[number].at if number < len(self.tokens) else len(self.text)
        begin = max(0, at - 60)
        line = "".join(c if c.isprintable() else " " for c in self.text[begin : at + 60])
        shown = f"{line}\n       {' ' * (at - begin)}^"
        raise OptionError(what, where="--where", why=shown, instead=instead)


def _within(quoted: str) -> str:
    """What stands between quotes, those that are doubled made one."""
    return quoted[1:-1].replace(2 * quoted[0], quoted[0])
