"""What columns are called, and what people do with items."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

Role = Literal["user", "item", "time", "weight", "behaviour"]
NAMES: Mapping[Role, frozenset[str]] = {
    role: frozenset(words.split())
    for role, words in {
        "user": "user uid userid usr customer client member visitor buyer shopper account person people "
        "reviewer reader listener viewer student learner patient subscriber household guest author email "
        "kunde kundennummer nutzer benutzer utilisateur cliente usuario session",
        "item": "item iid itemid product prod sku asin article movie film book isbn song track artist album "
        "course lesson video news ad advert game recipe content post document doc page restaurant business "
        "venue place location hotel job app service anime ean barcode gtin upc stockcode part partno "
        "artikel produkt produit producto",
        "time": "time timestamp ts date datetime day when created updated at unixtime reviewtime zeit datum "
        "uhrzeit zeitpunkt fecha heure occurred",
        "weight": "rating ratings score stars star weight count counts qty quantity plays playcount amount "
        "value overall menge anzahl bewertung note times hours playtime",
        "behaviour": "behaviour behavior event action type kind activity interaction verb ereignis aktion",
    }.items()
}
KEYS, TEXTS, UNDOING = (
    frozenset(words.split())
    for words in (
        "id ids no nr number num key code uuid hash nummer",
        "name title description text url link image category price brand review comment city country color "
        "size titel preis bezeichnung",
        "cancel cancelled canceled remove removed refund refunded return returned delete deleted unlike undo "
        "dislike disliked downvote hide hidden block report",
    )
)
"""What columns of ids are called besides; columns that are none; what takes back what somebody
did, or says the opposite."""
TITLES = ("title", "name", "titel", "headline", "label")
TARGETS = (
    ("purchase", "purchased", "buy", "bought", "order", "ordered", "transaction", "sale", "checkout", "kauf"),
    ("conversion", "convert", "subscribe", "complete", "completed", "enrol", "enroll", "download"),
    ("like", "love", "favorite", "favourite", "fav", "share", "save", "follow", "rate"),
    ("cart", "addtocart", "add", "basket", "wishlist"),
    ("click", "play", "watch", "read", "listen"),
    ("view", "pageview", "pv", "impression", "detail"),
)
"""What somebody does, the most telling first."""


def tokens(name: str) -> list[str]:
    """The words of a name: `customerID`, `customer_id` and `Customer Id` are customer, id."""
    return re.findall(r"[^\W\d_]+|\d+", re.sub(r"(?<=[a-zß-ÿ])(?=[A-Z])", " ", name).lower())


def named(name: str | None, role: Role) -> float:
    """0 to 1: how much a column's name speaks for a role. Of users and items a word may go on, as in
    `Kundennr`."""
    own, words = tokens(name or ""), NAMES[role]
    if not own:
        return 0.0
    if "".join(own) in words:
        return 1.0
    long = role in ("user", "item")
    hits = [w for w in own if w in words or (long and any(w.startswith(x) for x in words if len(x) > 4))]
    score = 0.7 if hits else 0.0
    if long:
        score += 0.2 * bool(hits and KEYS & set(own)) - 0.5 * bool(TEXTS & set(own))
    return max(0.0, score)


def known(name: str) -> bool:
    """Whether a text is likely to be the name of a column."""
    every = frozenset().union(*NAMES.values(), KEYS, TEXTS)
    return bool(every & set(tokens(name)) or "".join(tokens(name)) in every)


def does(kind: str) -> str:
    """The word of `TARGETS` that says what somebody does; empty where there is none, or it is undone."""
    own = [word.removesuffix("s") for word in tokens(kind)]
    if undone(kind):
        return ""
    every = [word for words in TARGETS for word in words]
    joined = "".join(own)
    return joined if joined in every else next((word for word in every if word in own), "")


def undone(kind: str) -> bool:
    """Whether it takes back what somebody did, or says that they don't want it."""
    return bool(UNDOING & set(tokens(kind)))


def target_of(kinds: Sequence[str]) -> str:
    """The behaviour that says most; empty where no name is known."""
    rank = {word: n for n, words in enumerate(TARGETS) for word in words}
    found = sorted((rank[does(kind)], n, kind) for n, kind in enumerate(kinds) if does(kind))
    return found[0][2] if found else ""
