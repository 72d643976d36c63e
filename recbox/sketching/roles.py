"""Which column is what: by its name, and by what its values can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Literal

from recbox.sketching.facts import Facts, tokens

Role = Literal["user", "item", "time", "weight", "behaviour"]
NAMES: Mapping[Role, str] = {
    "user": "user uid userid usr customer client member visitor buyer shopper account person people "
    "reviewer reader listener viewer student learner patient subscriber household guest author kunde "
    "kundennummer nutzer benutzer utilisateur cliente usuario session visitorid customerid",
    "item": "item iid itemid product prod sku asin article movie film book isbn song track artist album "
    "course lesson video news ad advert game recipe content post document doc page restaurant business "
    "venue place location hotel job app service anime artikel produkt produit producto movieid productid "
    "business articleid",
    "time": "time timestamp ts date datetime day when created updated at unixtime reviewtime zeit datum "
    "uhrzeit zeitpunkt fecha heure occurred",
    "weight": "rating ratings score stars star weight count counts qty quantity plays playcount amount "
    "value overall menge anzahl bewertung note times hours playtime",
    "behaviour": "behaviour behavior event action type kind activity interaction verb ereignis aktion",
}
KEYS = {"id", "ids", "no", "nr", "number", "num", "key", "code", "uuid", "hash", "nummer"}
TEXTS = {"name", "title", "description", "text", "url", "link", "image", "category", "price", "brand",
         "email", "review", "comment", "city", "country", "color", "size", "titel", "preis"}  # fmt: skip
TARGETS = (
    ("purchase", "purchased", "buy", "bought", "order", "ordered", "transaction", "sale", "checkout", "kauf"),
    ("conversion", "convert", "subscribe", "complete", "completed", "enrol", "enroll", "download"),
    ("like", "love", "favorite", "favourite", "fav", "share", "save", "follow", "rate"),
    ("cart", "addtocart", "add_to_cart", "add", "basket", "wishlist"),
    ("click", "play", "watch", "read", "listen"),
    ("view", "pageview", "impression", "detail"),
)
"""What somebody does, the most telling first."""
SURE, NEAR = 0.6, 0.15
"""A guess below the first, or no more than the second ahead of another, is in doubt."""
FEW_KINDS = 20


@dataclass(frozen=True)
class Guess:
    """The column of a role (None: there is none), and others that it might be; why it is in doubt."""

    role: Role
    column: Facts | None
    others: tuple[Facts, ...] = ()
    doubt: str = ""


def guesses(columns: Sequence[Facts]) -> dict[Role, Guess]:
    """One for each role; no column has two."""
    found = dict(zip(("user", "item"), _pair(columns)))
    left = [c for c in columns if c not in [g.column for g in found.values()]]
    found["time"] = _time(left)
    left = [c for c in left if c is not found["time"].column]
    found["behaviour"] = _one("behaviour", [c for c in left if _kinds(c)])
    left = [c for c in left if c is not found["behaviour"].column]
    found["weight"] = _one("weight", [c for c in left if c.number > 0.9 and c.distinct > 1])
    return found


def named(column: Facts, role: Role) -> float:
    """0 to 1: how much a column's name speaks for a role."""
    own = tokens(column.sample.name or "")
    words = set(NAMES[role].split())
    if not own:
        return 0.0
    if "".join(own) in words:
        return 1.0
    hits = [word for word in own if word in words or any(word.startswith(w) for w in words if len(w) > 4)]
    score = 0.7 if hits else 0.0
    if role in ("user", "item"):
        score += 0.2 * bool(hits and KEYS & set(own)) - 0.5 * bool(TEXTS & set(own))
    return max(0.0, score)


def _pair(columns: Sequence[Facts]) -> list[Guess]:
    """The columns of users and items: of two that names don't tell apart, users come first."""
    able = [c for c in columns if c.ids]
    pairs = list(permutations(able, 2))
    if not pairs:
        return [Guess("user", None), Guess("item", None)]

    def fit(pair: tuple[Facts, Facts]) -> tuple[float, int]:
        user, item = pair
        score = named(user, "user") + named(item, "item") - determined(user, item)
        score -= sum(0.3 for one in pair if one.unix > 0.5 or one.distinct <= 10)  # times, ratings
        return score, -able.index(user) - able.index(item)

    best = max(pairs, key=fit)
    roles: tuple[Role, Role] = ("user", "item")
    return [_doubted(role, own, [c for c in able if c not in best]) for role, own in zip(roles, best)]


def determined(one: Facts, other: Facts) -> bool:
    """Whether one of two columns says what the other is, as an article's number says its name: then they are
    no user and item. A number of the row itself says all others."""
    pairs = len(set(zip(one.sample.values, other.sample.values)))
    sizes = len(set(one.sample.values)), len(set(other.sample.values))
    return pairs <= 1.01 * max(sizes) and len(one.sample.values) > 20


def _doubted(role: Role, own: Facts, others: Sequence[Facts]) -> Guess:
    score = named(own, role)
    near = [c for c in others if named(c, role) > 0 and named(c, role) >= score - NEAR]
    if near:
        said = ", ".join(repr(c.sample.at) for c in near)
        return Guess(role, own, tuple(others), f"it might be {said} as well")
    if score < SURE:
        return Guess(role, own, tuple(others), "its name doesn't say so")
    return Guess(role, own, tuple(others))


def _time(columns: Sequence[Facts]) -> Guess:
    able = [c for c in columns if max(c.iso, c.unix) >= 0.5]
    if not able:
        odd = next((c for c in columns if c.dated > 0.5), None)
        why = f"{odd.sample.at!r} looks like times, in a form that isn't ISO 8601 or Unix time" if odd else ""
        return Guess("time", None, (), why)
    best = max(able, key=lambda c: named(c, "time") + c.iso)
    others = tuple(c for c in able if c is not best)
    if best.iso < 0.5 and named(best, "time") < SURE:
        return Guess("time", best, others, "its numbers look like Unix times, and its name doesn't say so")
    rivals = [c for c in others if named(c, "time") >= named(best, "time") - NEAR]
    said = ", ".join(repr(c.sample.at) for c in rivals)
    return Guess("time", best, others, f"it might be {said} as well" if rivals else "")


def _one(role: Role, able: Sequence[Facts]) -> Guess:
    """The one that its name speaks for, if any."""
    fitting = sorted((c for c in able if named(c, role) >= SURE), key=lambda c: -named(c, role))
    if not fitting:
        return Guess(role, None, tuple(able))
    others = tuple(c for c in able if c is not fitting[0])
    rivals = [c for c in fitting[1:] if named(c, role) >= named(fitting[0], role) - NEAR]
    said = ", ".join(repr(c.sample.at) for c in rivals)
    return Guess(role, fitting[0], others, f"it might be {said} as well" if rivals else "")


def _kinds(column: Facts) -> bool:
    return 2 <= column.distinct <= FEW_KINDS and column.number < 0.1 and column.words < 3


def target_of(kinds: Sequence[str]) -> str:
    """The behaviour that says most; empty where no name is known."""
    plain = {"".join(tokens(kind)): kind for kind in kinds}
    for words in TARGETS:
        for word in words:
            exact = [kind for name, kind in plain.items() if name == word.replace("_", "")]
            within = [kind for kind in kinds if word in tokens(kind)]
            if exact or within:
                return (exact or within)[0]
    return ""
