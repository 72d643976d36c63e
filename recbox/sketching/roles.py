"""Which column is what: by its name, and by what its values can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

from recbox.sketching.facts import Facts
from recbox.sketching.guess import FILLED, NEAR, SURE, Guess, as_well
from recbox.sketching.when import timely, when
from recbox.sketching.words import Role, target_of, tokens

FEW_KINDS, CODES = 20, 6
MOST = 8
"""Columns of which pairs are looked at, those with the most telling names."""


def guesses(columns: Sequence[Facts]) -> dict[Role, Guess]:
    """One for each role; no column has two."""
    user, item = _pair(columns)
    left = [c for c in columns if c not in (user.column, item.column)]
    time = when(left)
    left = [c for c in left if c is not time.column]
    behaviour = _behaviour([c for c in left if not _said_by(c, user.column, item.column)])
    left = [c for c in left if c is not behaviour.column]
    weight = _weight(left)
    return {"user": user, "item": item, "time": time, "behaviour": behaviour, "weight": weight}


def _weight(columns: Sequence[Facts]) -> Guess:
    found = _one("weight", [c for c in columns if c.number > 0.9 and c.distinct > 1 and not timely(c)])
    odd = (c for c in columns if c.name_for("weight") >= SURE and c.comma > 0.5)
    if found.column is None and not found.doubt and (one := next(odd, None)):
        return replace(found, doubt=f"{one.sample.at!r} has numbers with a decimal comma, which aren't read")
    return found


def _able(column: Facts) -> bool:
    """Whether values may be ids; where the name says so, ids may be whole sentences."""
    name = max(column.name_for("user"), column.name_for("item"))
    return column.ids or (name >= SURE and column.filled > 0.5 and column.distinct > 1 and not _dates(column))


def _dates(column: Facts) -> bool:
    return max(column.iso, *(share for share, _ in column.local), 0.0) >= 0.5


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
        + 0.3 * (column.words >= 1.5)
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
        return Guess(role, own, others, as_well(near))
    return Guess(role, own, others, "" if score >= SURE else "its name doesn't say so")


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
        as_well([c for c in full[1:] if c.name_for(role) >= full[0].name_for(role) - NEAR]),
    )
