"""By what a method can know users and items that weren't there when it was fitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recbox.recommender import Growth
from recbox.recommender.received import INTERACTION
from recbox.updating.welcoming import Welcome

if TYPE_CHECKING:
    from recbox.plugin import Model
    from recbox.updating.way import Way


def welcome_of_graph(growth: Growth) -> dict[str, Welcome]:
    """By node type: their events where layers bring these, or an encoder reads them; what is said of them,
    where an encoder reads that."""
    passes = bool(growth.recipe.layer) and INTERACTION in growth.structures.csr
    found = {}
    for type in ("user", "item"):
        parts = [part.options for part in growth.recipe.encoder[type].part]
        by_events = passes or any(part.by_history for part in parts)
        by_features = any(part.inductive for part in parts)
        found[type] = Welcome(by_events, by_features, _why(type, by_events, by_features))
    return found


def welcome_of_model(model: Model, use: str, way: Way) -> dict[str, Welcome]:
    """All where it is fitted again; else those that its way takes in, with their events."""
    if way == "fit":
        return {type: Welcome(True, True) for type in ("user", "item")}
    folds = frozenset({"user"}) if way == "histories" else model.folds or frozenset()
    fitted = f"what {use} knows of {{}}s was fitted, and stays as it is"
    return {
        type: Welcome(True, False, _why(type, True, False))
        if type in folds
        else Welcome(False, False, fitted.format(type))
        for type in ("user", "item")
    }


def _why(type: str, by_events: bool, by_features: bool) -> str:
    if by_events:
        return f"nothing is known of them: no event is theirs, and nothing reads columns of {type}s"
    if by_features:
        return "nothing is said of them, and no layer brings them what their events are of"
    return f"{type}s are known by their ids alone, and no layer brings them what their events are of"
