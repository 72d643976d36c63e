"""What the artifact is, who and what is in it, and what a user has."""

from __future__ import annotations

from importlib.metadata import version as installed
from typing import Any, Literal

import numpy as np
import polars as pl

from recbox.errors import UnsupportedError
from recbox.recommend.likeness import told
from recbox.serve.asked import MOST
from recbox.serve.catalogue import Catalogue, Fresh
from recbox.serve.desk import Desk
from recbox.serve.fault import Refusal
from recbox.store import ItemRow

Kind = Literal["item", "user"]


def about(desk: Desk) -> dict[str, Any]:
    """Name, version, counts, columns, and what the method can do."""
    catalogue = desk.catalogue(desk.store.revision)
    version = catalogue.version
    columns = {
        kind: [{"name": c.name, "type": c.type, "role": c.role} for c in nodes.columns]
        for kind, nodes in (("item", version.artifact.item), ("user", version.artifact.user))
    }
    return {
        "name": version.artifact.name,
        "version": version.id,
        "recbox": installed("recbox-graph"),
        "users": len(version.users),
        "items": len(version.items),
        "new_items": len(catalogue.fresh),
        "interactions": version.artifact.manifest.data.interactions,
        "events": desk.store.counts()[0],
        "columns": columns["item"],
        "user_columns": columns["user"],
        "event": {
            "behaviours": version.behaviours,
            "behaviour_needed": not version.counted.unnamed,
            "weight_needed": version.rules.weighed,
            "threshold": version.rules.clean.threshold,
        },
        "method": version.kept("method", lambda: _method(catalogue)),
    }


def _method(catalogue: Catalogue) -> dict[str, Any]:
    version = catalogue.version
    why = {"fold": version.folds, "new_items": _tried(lambda: Fresh.made(version, [ItemRow("0", {})]))}
    if catalogue.alike is None and version.folds:
        why["similar"] = _tried(lambda: told(None))
    return {
        "fold": not why["fold"],
        "explain": hasattr(version.fitted, "explain"),
        "new_items": not why["new_items"],
        "similar": not why.get("similar"),
        "why": {name: text for name, text in why.items() if text},
    }


def _tried(call: Any) -> str:
    """Why it can't be done; empty where it can."""
    try:
        call()
    except UnsupportedError as error:
        return error.why or error.what
    return ""


def search(desk: Desk, kind: Kind, q: str, limit: int) -> dict[str, Any]:
    """Ids and titles: what is called just so, what begins so, then what has it anywhere; of each, what has
    most interactions first."""
    catalogue = desk.catalogue(desk.store.revision)
    table = catalogue.kept(f"search {kind}", lambda: _searched(catalogue, kind))
    word = q.strip().lower()
    id, title = pl.col("text"), pl.col("lower")
    if word:
        has = id.str.contains(word, literal=True) | title.str.contains(word, literal=True).fill_null(False)
        rank = (
            pl.when(id == word).then(0)
            .when((title == word).fill_null(False)).then(1)
            .when(id.str.starts_with(word) | title.str.starts_with(word).fill_null(False)).then(2)
            .otherwise(3)
        )  # fmt: skip
        table = table.filter(has).sort(rank, -pl.col("count"), maintain_order=True)
    found = table.head(limit).select("id", "title").to_dicts()
    if kind == "user" and not found and desk.store.state(q)[2]:
        found = [{"id": q, "title": None}]
    return {"found": found}


def _searched(catalogue: Catalogue, kind: Kind) -> pl.DataFrame:
    """id, title, both as they are compared, and count, the most first."""
    version = catalogue.version
    if kind == "item":
        ids, titles = catalogue.ids, catalogue.titles
        count = np.concatenate([version.popularity, np.zeros(len(catalogue.fresh), np.int64)])
    else:
        ids, titles, count = version.users.ids, None, np.diff(version.record.indptr)
    if titles is None:
        titles = (
            pl.Series("title", [None], pl.String).extend_constant(None, max(len(ids) - 1, 0)).head(len(ids))
        )
    text, lower = ids.cast(pl.String).str.to_lowercase(), titles.str.to_lowercase()
    table = pl.DataFrame({"id": ids, "title": titles, "text": text, "lower": lower, "count": count})
    return table.sort(-pl.col("count"), maintain_order=True)


def history(desk: Desk, user: int | str) -> dict[str, Any]:
    """What a user has, the newest first: events, then what the artifact was made of."""
    catalogue = desk.catalogue(desk.store.revision)
    events = desk.store.of_user(str(user), MOST)[::-1]
    inner = catalogue.version.users.find(str(user))
    if inner < 0 and not events:
        raise Refusal(404, "nothing is known of this user", where="body.user")
    if inner >= 0 and events:
        rows = catalogue.version.record.of_user(inner)
        at = np.array([catalogue.find(e.item) for e in events], np.int64)
        have = rows.have(at, [e.time for e in events])
        events = [e for e, known in zip(events, have.tolist()) if not known]
    found = [
        {"item": e.item, "time": e.time, "weight": e.weight, "behaviour": e.behaviour, "source": "event"}
        for e in events
    ]
    place = np.array([catalogue.find(e.item) for e in events], np.int64)
    _name(catalogue, found, place)
    if inner >= 0:
        found += _data(catalogue, inner)
    return {"user": catalogue.version.users.ids[inner] if inner >= 0 else user, "items": found[:MOST]}


def _data(catalogue: Catalogue, inner: int) -> list[dict[str, Any]]:
    rows = catalogue.version.record.of_user(inner)
    times = [None] * len(rows.item) if rows.time is None else rows.time.tolist()
    found: list[dict[str, Any]] = [
        {"item": None, "time": time, "weight": weight, "behaviour": None, "source": "data"}
        for time, weight in zip(times, rows.weight.tolist())
    ]
    _name(catalogue, found, rows.item)
    return found[::-1]


def _name(catalogue: Catalogue, rows: list[dict[str, Any]], place: np.ndarray) -> None:
    """Ids as the data has them, and titles, of those that are known."""
    known = np.flatnonzero(place >= 0)
    for row in rows:
        row["title"] = None
    for at, id, title in zip(known.tolist(), *catalogue.named(place[known])):
        rows[at]["item"], rows[at]["title"] = id, title
