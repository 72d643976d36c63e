"""Which column is what: by its name, and by what its values can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

from recbox.sketching.facts import Facts
from recbox.sketching.words import Role, target_of, tokens

SURE, NEAR = 0.6, 0.15
"""A guess below the first, or no more than the second ahead of another, is in doubt."""
FEW_KINDS, CODES = 20, 6
MOST = 8
"""Columns of which pairs are looked at, those with the most telling names."""
FILLED = 0.95
"""Rows without a time, weight or behaviour are bad: only where this share has it, it is taken for one."""
FINE = 1e14
"""Unix times above it are in micro- or nanoseconds, which aren't read."""


@dataclass(frozen=True)
class Guess:
    """The column of a role (None: there is none), and others that it might be; why it is in doubt."""

    role: Role
    column: Facts | None
    others: tuple[Facts, ...] = ()
    doubt: str = ""


def guesses(columns: Sequence[Facts]) -> dict[Role, Guess]:
    """One for each role; no column has two."""
    user, item = _pair(columns)
    left = [c for c in columns if c not in (user.column, item.column)]
    time = _time(left)
    left = [c for c in left if c is not time.column]
    behaviour = _behaviour([c for c in left if not _said_by(c, user.column, item.column)])
    left = [c for c in left if c is not behaviour.column]
    weight = _one("weight", [c for c in left if c.number > 0.9 and c.distinct > 1 and not _timely(c)])
    return {"user": user, "item": item, "time": time, "behaviour": behaviour, "weight": weight}


def _timely(column: Facts) -> bool:
    return column.unix > 0.5 or column.name_for("time") >= SURE


def _able(column: Facts) -> bool:
    """Whether values may be ids; where the name says so, ids may be whole sentences."""
    name = max(column.name_for("user"), column.name_for("item"))
    return column.ids or (name >= SURE and column.filled > 0.5 and column.distinct > 1 and column.iso < 0.5)


def _pair(columns: Sequence[Facts]) -> tuple[Guess, Guess]:
    """The columns of users and items: of two that names don't tell apart, users come first."""
    able = [c for c in columns if _able(c)]
    best = sorted(able, key=lambda c: -max(c.name_for("user"), c.name_for("item")))[:MOST]
    pairs = list(permutations(sorted(best, key=able.index), 2))
    if not pairs:
        return Guess("user", None), Guess("item", None)

    def fit(pair: tuple[Facts, Facts]) -> tuple[float, int]:
        user, item = pair
        score = user.name_for("user") + item.name_for("item") - determined(user, item)
        return score - _unlike(user, "user") - _unlike(item, "item"), -able.index(user) - able.index(item)

    user, item = max(pairs, key=fit)
    return _doubted("user", user, able, item), _doubted("item", item, able, user)


def _unlike(column: Facts, role: Role) -> float:
    """How much speaks against an id: a name of something else, times, a few values, another in each row."""
    if column.name_for(role) >= SURE:
        return 0.0
    else_ = max(column.name_for(other) for other in ("time", "weight", "behaviour"))
    return (
        0.6 * else_
        + 1.2 * (column.unix > 0.5)
        + 0.6 * (column.distinct <= 10 < len(column.values) / 5)
        + 0.4 * (column.distinct > 0.95 * len(column.values))
    )


def determined(one: Facts, other: Facts) -> bool:
    """Whether one of two columns says what the other is, as an article's number says its name: then they are
    no user and item. Where nearly each row has another value, that can't be told."""
    rows = len(one.sample.values)
    sizes = len(set(one.sample.values)), len(set(other.sample.values))
    if rows <= 20 or max(sizes) > 0.9 * rows:
        return False
    return len(set(zip(one.sample.values, other.sample.values))) <= 1.01 * max(sizes)


def _doubted(role: Role, own: Facts, able: Sequence[Facts], other: Facts) -> Guess:
    score, others = own.name_for(role), tuple(c for c in able if c is not own)
    near = [c for c in others if c is not other and 0 < c.name_for(role) >= score - NEAR]
    if near:
        return Guess(role, own, others, _as_well(near))
    return Guess(role, own, others, "" if score >= SURE else "its name doesn't say so")


def _as_well(rivals: Sequence[Facts]) -> str:
    return f"it might be {', '.join(repr(c.sample.at) for c in rivals)} as well" if rivals else ""


def _time(columns: Sequence[Facts]) -> Guess:
    """Numbers are times only where a name says so, or where there are no names."""
    headless = all(c.sample.name is None for c in columns)
    able = [
        c for c in columns if c.iso >= 0.5 or (c.unix >= 0.5 and (headless or c.name_for("time") >= SURE))
    ]
    if not able:
        return Guess("time", None, (), _unread(columns))
    best = max(able, key=lambda c: c.name_for("time") + c.iso)
    others = tuple(c for c in able if c is not best)
    if best.iso < 0.5 and headless:
        return Guess("time", best, others, "its numbers look like Unix times, and there is no name")
    rivals = [c for c in others if c.name_for("time") >= best.name_for("time") - NEAR]
    return Guess("time", best, others, _as_well(rivals))


def _unread(columns: Sequence[Facts]) -> str:
    """Why there is no time, where a column looks like one."""
    if odd := next((c for c in columns if c.dated > 0.5), None):
        return f"{odd.sample.at!r} looks like times, in a form that isn't ISO 8601 or Unix time"
    fine = (c for c in columns if c.name_for("time") >= SURE and len(c.numbers) and c.numbers.max() > FINE)
    if odd := next(fine, None):
        return f"{odd.sample.at!r} looks like times in micro- or nanoseconds, which aren't read"
    return ""


def _said_by(column: Facts, *ids: Facts | None) -> bool:
    """Whether a column says something of users or of items, as a kind of product does, and not of events."""
    return any(one is not None and determined(column, one) for one in ids)


def _behaviour(columns: Sequence[Facts]) -> Guess:
    """By its name, or else by its words. A few numbers may stand for what somebody did where the name says
    so: 1 for a click, 4 for a purchase."""
    able = [c for c in columns if 2 <= c.distinct <= FEW_KINDS and c.number < 0.1 and c.words < 3]
    able += [c for c in columns if 2 <= c.distinct <= CODES and c.whole == 1.0 and _does(c)]
    found = _one("behaviour", able)
    if found.column is not None or found.doubt:
        return found
    telling = [c for c in able if c.filled >= FILLED and target_of(c.values.unique().to_list())]
    if not telling:
        return found
    return Guess("behaviour", telling[0], tuple(able[1:]), "its words say so, and not its name")


def _does(column: Facts) -> bool:
    return bool({"event", "action", "behavior", "behaviour"} & set(tokens(column.sample.name or "")))


def _one(role: Role, able: Sequence[Facts]) -> Guess:
    """The one that its name speaks for, if any."""
    fitting = sorted((c for c in able if c.name_for(role) >= SURE), key=lambda c: -c.name_for(role))
    full = [c for c in fitting if c.filled >= FILLED]
    if not full:
        said = [f"only {c.filled:.0%} of rows have a value in {c.sample.at!r}" for c in fitting[:1]]
        return Guess(role, None, tuple(able), "".join(said))
    others = tuple(c for c in able if c is not full[0])
    return Guess(
        role,
        full[0],
        others,
        _as_well([c for c in full[1:] if c.name_for(role) >= full[0].name_for(role) - NEAR]),
    )
