"""A new version of an artifact: another state of the data, the same parameters, the figures of its parent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recbox.artifact import Content, Facts, write
from recbox.artifact.manifest import used
from recbox.artifact.target import folder_name
from recbox.data.ids import position
from recbox.report import Document, Portrait, render
from recbox.updating.leaving import State
from recbox.updating.way import Way

if TYPE_CHECKING:
    from recbox.artifact import Artifact
    from recbox.plugin import Scorer

FIGURES = (
    "it was updated: its figures are those of {parent}, measured before {events:,} events, {users:,} users "
    "and {items:,} items were folded in, and {forgotten:,} users forgotten"
)
NO_LISTS = Portrait(
    left_out=dict.fromkeys(("quality", "spread", "example", "map"), "it was updated, and not measured since")
)
"""In place of what a report shows of lists: those of its parent may name who was forgotten."""
REMEMBERS = (
    "parameters were trained with the interactions of those who were forgotten, too, and what is learned "
    "from many isn't taken out of them again: run the recipe again without them to be rid of that"
)
FITTED = (
    "what the method says of items was fitted with the interactions of those who were forgotten, too: run "
    "the recipe again without them to be rid of that"
)


NOTHING = "training remembers nothing of them: the method was fitted again, on what there is without them"


@dataclass(frozen=True)
class Version:
    """scorer, extra: as `Content` has them. counts: what became of events and nodes. gone: int64, inner ids
    of the parent's users who were forgotten. way: how the method was brought to the data."""

    state: State
    scorer: Scorer
    extra: Mapping[str, Mapping[str, np.ndarray]]
    counts: Mapping[str, int]
    gone: np.ndarray
    way: Way


def save(artifact: Artifact, version: Version, out: Path | None) -> Path:
    """Write it and return its folder: by default the next free name beside its parent's."""
    parent = artifact.path.resolve()
    content = _content(artifact, version, parent.name)
    return write(content, out, runs=parent.parent, stem=stem_of(parent, artifact.name))


def stem_of(folder: Path, name: str) -> str:
    """What versions of an artifact are called, before their number. name: the recipe's."""
    own = folder_name(name)
    numbered = re.fullmatch(rf"{re.escape(own)}(-\d+)?", folder.name)
    return own if numbered else re.sub(r"-\d+$", "", folder.name)


def remembers(artifact: Artifact, way: Way, anybody: bool) -> str:
    """What training keeps of those who were forgotten, in this version or before. anybody: whether some are
    forgotten now. Empty: nothing."""
    if way == "fit":
        return ""
    before = artifact.metrics.get("updated", {}).get("remembers", "")
    return (REMEMBERS if way in ("pass", "keep") else FITTED) if anybody else str(before)


def _content(artifact: Artifact, version: Version, parent: str) -> Content:
    found, head, state = artifact.manifest, artifact.manifest.scorer, version.state
    metrics = _metrics(artifact, version, parent)
    names = artifact.name, metrics, artifact.history, artifact.recipe
    values, users = _per_user(artifact, state)
    return Content(
        name=artifact.name,
        recipe_text=artifact.recipe,
        dataset=state.data,
        split=state.split,
        scorer=version.scorer,
        scorer_head={"kind": head.kind, "use": head.use, "options": head.options},
        metrics=metrics,
        report=render(Document(*names, str(metrics.get("sentence", "")), NO_LISTS)),
        facts=Facts(**found.run.model_dump(), plugins=used(found), code=found.code),
        history=artifact.history,
        extra=version.extra,
        per_user=values,
        users=users,
        status=found.status,
        updated={
            "parent": parent,
            "checksum": found.checksum,
            "at": metrics["updated"]["at"],
            **_sums(artifact, version),
            "base": dict(state.base),
        },
    )


def _sums(artifact: Artifact, version: Version) -> dict[str, int]:
    """Since training."""
    was, counts = artifact.manifest.updated, version.counts
    now = {
        "events": counts.get("new", 0) + counts.get("repeated", 0) + counts.get("merged", 0),
        "users": counts.get("users", 0),
        "items": counts.get("items", 0),
        "forgotten": len(version.gone),
    }
    return {name: n + (0 if was is None else getattr(was, name)) for name, n in now.items()}


def _metrics(artifact: Artifact, version: Version, parent: str) -> dict[str, Any]:
    """The parent's, which say of which state they are."""
    data, sums = version.state.data, _sums(artifact, version)
    trained, kept = trained_as(artifact), remembers(artifact, version.way, bool(len(version.gone)))
    updated = {
        "from": parent,
        "trained": trained,
        "checksum": artifact.manifest.checksum,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "count": dict(version.counts) | {"forgotten_users": len(version.gone)},
        "since_training": sums,
        "users": len(data.user),
        "items": len(data.item),
        "interactions": len(data.interaction),
        "fingerprint": data.fingerprint,
        "way": version.way,
        **({"remembers": kept} if kept else {}),
    }
    said = FIGURES.format(parent=trained, **sums)
    others = [w for w in artifact.metrics.get("warning", ()) if w.get("code") != "updated"]
    warning = [*others, {"code": "updated", "message": said}]
    return {**artifact.metrics, "warning": warning, "updated": updated}


def trained_as(artifact: Artifact) -> str:
    """The folder's name of the version that was trained, and tested."""
    was, own = artifact.metrics.get("updated"), artifact.path.resolve().name
    return str(was.get("trained", own)) if isinstance(was, Mapping) else own


def _per_user(artifact: Artifact, state: State) -> tuple[dict[str, np.ndarray], np.ndarray | None]:
    """Values of those who are still there."""
    table = artifact.per_user
    if table is None:
        return {}, None
    users = position(table["user"], state.data.user.ids)
    there = users >= 0
    return {n: table[n].to_numpy()[there] for n in table.columns if n != "user"}, users[there]
