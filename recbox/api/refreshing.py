"""What an update does, step by step: forget, read, fold in, one pass, write, search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from recbox.api.updating import Asked, Update, check_asked
from recbox.api.weighing import weighed
from recbox.artifact import Artifact, check_target, open_artifact
from recbox.artifact.growing import base_of
from recbox.artifact.scoring import options_of
from recbox.context import Context
from recbox.data import Dataset, Nodes, Tables
from recbox.errors import OptionError
from recbox.plugin import Model, Scorer
from recbox.recipe import written
from recbox.recommend.lookup import find_some, find_users
from recbox.registry import Registry
from recbox.store import is_store, opened
from recbox.updating.arriving import read_events
from recbox.updating.describing import read_described
from recbox.updating.folding import Folded, fold, unmentioned
from recbox.updating.knowing import welcome_of_graph, welcome_of_model
from recbox.updating.leaving import State, whole, without_users
from recbox.updating.left import left_beside, left_in_logs, named_beside, purge
from recbox.updating.promoting import promote
from recbox.updating.proof import proof
from recbox.updating.refolding import refolded
from recbox.updating.regrowing import regrown
from recbox.updating.rules import Rules
from recbox.updating.version import NOTHING, Version, remembers, save, trained_as
from recbox.updating.way import AGAIN, Plan, Way, plan

STAY = (
    "vectors are trained, and nothing passes over the graph: what known users did since leaves their vectors "
    "as they are, and is left out of their lists"
)
DATA = "the data that its recipe reads: whoever is in it comes back with the next run"


def refresh(artifact: Artifact, registry: Registry, context: Context, asked: Asked) -> Update:
    """A new version of the artifact, and what it came to."""
    check_asked(asked)
    if asked.out is not None:
        check_target(asked.out)
    _check_stores(asked)
    gone, ids = _gone(artifact, asked)
    recipe, plan = written(artifact.recipe), _planned(artifact, registry, context, asked)
    before = State(artifact.dataset, artifact.split, base_of(artifact))
    kept = np.delete(np.arange(len(artifact.user)), gone)
    folded = _folded(artifact, registry, without_users(before, gone), asked, recipe, ids, plan)
    folded = unmentioned(folded, ids)
    if plan.way == "fit":
        folded = replace(folded, state=whole(folded.state))
    scorer, extra = _fitted(artifact, registry, context, folded.state, kept, plan.way)
    version = Version(folded.state, scorer, extra, folded.counts, gone, plan.way)
    folder = save(artifact, version, asked.out)
    notes, trained = _notes(artifact, folded, recipe, plan), trained_as(artifact)
    done = Update(folder, artifact.path, folded.counts, plan.way, notes=notes, trained=trained)
    if asked.link is not None:  # before older versions are purged, which nobody may be using then
        promote(asked.link, folder, "update", was=(asked.was,))
    return _forgotten(artifact, registry, done, asked, ids) if ids else done


def _gone(artifact: Artifact, asked: Asked) -> tuple[np.ndarray, list[str]]:
    """Inner ids of those to forget, and all ids that were named, as text. One whom the artifact doesn't have
    may still be in a store, or in an older version, as where a command was cut off."""
    if not asked.forget:
        return np.zeros(0, np.int64), []
    ids = list(dict.fromkeys(str(id) for id in asked.forget))
    elsewhere = set[str]()
    for path in asked.stores:
        with opened(path) as store:
            elsewhere |= store.having(ids)
    known = set(artifact.user.ids.cast(pl.String)) | elsewhere
    elsewhere |= named_beside(artifact, [id for id in ids if id not in known])
    find_users(artifact.user.ids, [id for id in ids if id not in elsewhere])  # else a mistake
    return np.sort(find_some(artifact.user.ids, ids)), ids


def _check_stores(asked: Asked) -> None:
    for path in asked.stores:
        if not is_store(path):
            raise OptionError("this is no store of events", where=str(path), instead="--events STORE.db")
        with opened(path, write=True) as store:  # a damaged one, or of another kind, is no late surprise
            store.count([])


def _folded(
    artifact: Artifact,
    registry: Registry,
    state: State,
    asked: Asked,
    recipe: Mapping[str, Any],
    ids: list[str],
    plan: Plan,
) -> Folded:
    data = state.data
    user, bad_users = _described(asked.users, asked.events, "user", data.user, recipe)
    item, bad_items = _described(asked.items, asked.events, "item", data.item, recipe)
    if asked.events is None and not user.height + item.height:
        return Folded(state, {})
    if asked.events is None:
        tables = _none(data)
    else:
        tables = read_events(asked.events, data, recipe, registry, asked.columns)
    if plan.way == "pass":
        welcome = welcome_of_graph(artifact.growth)
    else:
        welcome = welcome_of_model(_model(artifact, registry), artifact.manifest.scorer.use, plan.way)
    stored = _is_store(asked.events)
    welcome = {
        "user": replace(welcome["user"], skip=asked.skip_new_users or (stored and asked.users is None)),
        "item": replace(welcome["item"], skip=asked.skip_new_items or (stored and asked.items is None)),
    }
    rules = Rules.of(recipe).of_store() if stored else Rules.of(recipe)
    found = fold(state, tables, {"user": user, "item": item}, rules, welcome, frozenset(ids))
    bad = {"bad_users": bad_users, "bad_items": bad_items}
    return replace(found, counts={**found.counts, **{name: n for name, n in bad.items() if n}})


def _none(data: Dataset) -> Tables:
    """No events."""
    columns = {role: data.nodes(role).ids.dtype for role in ("user", "item")}
    time = {} if data.interaction.time is None else {"time": pl.Int64}
    return Tables("events", pl.DataFrame(schema={**columns, "weight": pl.Float64, **time}))


def _described(
    given: object, events: object, type: str, nodes: Nodes, recipe: Mapping[str, Any]
) -> tuple[pl.DataFrame, int]:
    """What is said of new nodes, in a file of its own, or else in the store that has the events; and how much
    of that is left out."""
    if given is None and _is_store(events):
        given = events
    return (nodes.table.clear(), 0) if given is None else read_described(given, type, nodes, recipe)


def _is_store(events: object) -> bool:
    return isinstance(events, str | Path) and is_store(Path(events))


def _fitted(
    artifact: Artifact,
    registry: Registry,
    context: Context,
    state: State,
    kept: np.ndarray,
    way: Way,
) -> tuple[Scorer, Mapping[str, Mapping[str, np.ndarray]]]:
    """The method on the data as it is now, and the artifact's other tensors."""
    if way != "pass":
        return refolded(artifact, registry, context, state, kept, way), {}
    with context.progress.task("pass over the graph"):
        found = regrown(artifact, state, kept)
    return found.scorer, found.extra | weighed(found.growth)


def _planned(artifact: Artifact, registry: Registry, context: Context, asked: Asked) -> Plan:
    if artifact.manifest.scorer.kind != "model":
        if asked.fit:
            raise OptionError("graph parts aren't fitted at one go", where="--fit", instead=AGAIN)
        return Plan("pass")
    use, where = artifact.manifest.scorer.use, str(artifact.path)
    return plan(_model(artifact, registry), use, artifact.dataset, asked.fit, context, where)


def _model(artifact: Artifact, registry: Registry) -> Model:
    found: Model = options_of(artifact.manifest.scorer, registry, str(artifact.path))
    return found


def _notes(artifact: Artifact, folded: Folded, recipe: Mapping[str, Any], plan: Plan) -> tuple[str, ...]:
    """What is to be said besides of how events count."""
    found = []
    if plan.way == "keep" or (plan.way == "pass" and not recipe.get("layer")):
        found += [STAY] * bool(folded.counts.get("new"))
    if plan.why:
        found.append(f"what {artifact.manifest.scorer.use} was fitted of items stays as it is: {plan.why}")
    return tuple(found)


def _forgotten(artifact: Artifact, registry: Registry, done: Update, asked: Asked, ids: list[str]) -> Update:
    """Search the new version, and see to stores and older versions."""
    searched = proof(open_artifact(done.folder, registry), ids, registry)
    stores = {}
    for path in asked.stores:
        with opened(path, write=True) as store:
            stores[str(path)] = store.forget(ids)
    left = left_beside(
        done.folder.resolve(), artifact, ids, (*asked.links, *([asked.link] if asked.link else ()))
    )
    stay = purge(left) if asked.purge and not searched.found else left
    unsaid = _undeleted(asked, ids)
    said = (f"left: {DATA}",) + ((unsaid,) if unsaid else ())
    return replace(
        done,
        proof=searched,
        left=(*stay, *left_in_logs(asked.stores)),
        removed=tuple(each for each in left if each not in stay),
        stores=stores,
        remembers=remembers(artifact, done.way, True) or NOTHING,
        notes=done.notes + said,
    )


def _undeleted(asked: Asked, ids: list[str]) -> str:
    """Of a store whose events were read, and which wasn't named to be cleared."""
    events = asked.events
    path = Path(str(events))
    if not _is_store(events) or path in asked.stores:
        return ""
    with opened(path) as store:
        count = store.count(ids)
    return f"left: {count:,} events of them in {path}; --events {path} deletes them" if count else ""
