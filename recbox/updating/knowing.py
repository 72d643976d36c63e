"""By what a method can know users and items that weren't there when it was fitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recbox.artifact import scoring
from recbox.recommender import Growth
from recbox.recommender.received import INTERACTION
from recbox.updating.welcoming import Welcome

if TYPE_CHECKING:
    from recbox.artifact import Artifact
    from recbox.registry import Registry


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


def welcome_of_model(artifact: Artifact, registry: Registry) -> dict[str, Welcome]:
    """Users by their events. Of new items a model knows nothing: who took them is what it was fitted by."""
    head = artifact.manifest.scorer
    accepts = getattr(scoring.options_of(head, registry, str(artifact.path)), "accepts", frozenset())
    by_events, by_features = "user-history" in accepts, "user-features" in accepts
    why = f"what {head.use} knows of items was fitted, and stays as it is"
    return {
        "user": Welcome(by_events, by_features, _why("user", by_events, by_features)),
        "item": Welcome(False, False, why),
    }


def _why(type: str, by_events: bool, by_features: bool) -> str:
    if by_events:
        return f"nothing is known of them: no event is theirs, and no encoder reads columns of {type}s"
    if by_features:
        return "nothing is said of them, and no layer brings them what their events are of"
    return f"{type}s are known by their ids alone, and no layer brings them what their events are of"
