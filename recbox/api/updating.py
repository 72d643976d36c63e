"""`Fitted.update`: a new version, with events folded in or users forgotten, without training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recbox.api.blaming import blaming
from recbox.errors import ArtifactError, OptionError

if TYPE_CHECKING:
    from recbox.api.load import Fitted
    from recbox.artifact import Artifact
    from recbox.context import Context
    from recbox.registry import Registry
    from recbox.updating.left import Left
    from recbox.updating.proof import Proof
    from recbox.updating.way import Way


@dataclass(frozen=True)
class Asked:
    """What an update is to do. events, items, users: files, frames, mappings of columns; events may be the
    store of a server, which has items and users too. forget: users' ids. stores: stores of events in which
    they are to be forgotten, too. purge: whether older versions that have them are removed. link: it leads
    to the new version afterwards; was: what it led to when the artifact was opened. links: others that lead
    to versions in use. fit: whether a model is fitted again, see `Fitted.update`."""

    events: object = None
    items: object = None
    users: object = None
    forget: tuple[object, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    skip_new_users: bool = False
    skip_new_items: bool = False
    stores: tuple[Path, ...] = ()
    purge: bool = False
    out: Path | None = None
    link: Path | None = None
    was: str | None = None
    links: tuple[Path, ...] = ()
    fit: bool | None = None


@dataclass(frozen=True)
class Update:
    """A new version. counts: what became of each event, and of new nodes. way: how the method was brought to
    the data, see `recbox.updating.way`. proof: what was searched for those
    who were forgotten. left: where they may still be; removed: where they were. stores: events that were
    deleted, by store. notes: what is to be said besides. trained: the version whose figures it shows."""

    folder: Path
    parent: Path
    counts: Mapping[str, int]
    way: Way
    proof: Proof | None = None
    left: tuple[Left, ...] = ()
    stores: Mapping[str, int] = field(default_factory=dict)
    removed: tuple[Left, ...] = ()
    remembers: str = ""
    notes: tuple[str, ...] = ()
    trained: str = ""

    def document(self) -> dict[str, Any]:
        """All of it as plain data."""
        proof = self.proof
        searched = {} if proof is None else {"proof": asdict(proof)}
        return {
            "artifact": str(self.folder),
            "parent": str(self.parent),
            "count": dict(self.counts),
            "way": self.way,
            **searched,
            "left": [{"path": str(x.path), "kind": x.kind, "held": x.held} for x in self.left],
            "removed": [str(x.path) for x in self.removed],
            "stores": dict(self.stores),
            "remembers": self.remembers,
            "notes": list(self.notes),
        }


class Updating:
    """The part of `Fitted` that makes new versions."""

    artifact: Artifact
    _registry: Registry
    _context: Context

    def update(
        self,
        events: object = None,
        items: object = None,
        users: object = None,
        forget: object = (),
        out: str | Path | None = None,
        *,
        columns: Mapping[str, str] | None = None,
        skip_new_users: bool = False,
        skip_new_items: bool = False,
        fit: bool | None = None,
    ) -> Fitted:
        """A new version with events, and new users and items, folded in; nothing is trained.

        events: a CSV, TSV, JSON lines or Parquet file, the store of a server, a frame of polars or pandas, or
        a mapping of columns: user, item, and time, weight and behaviour where the data has them; columns:
        other names of these. Those that the data has already aren't applied twice. items, users: what is said
        of new ones, a row each with every feature column of the data's. forget: ids of users of whom nothing
        may be left in it. out: the new folder; by default the next free name beside this one.

        Vectors come of the same parameters, by one full pass over the graph as it is now. A model that is
        fitted at one go, drawing nothing, is fitted again on all that there is now; one that is trained
        keeps what it learned of items. fit: False keeps it of the first kind, too; True fits however long
        that takes; None: where it takes about a minute at most. Figures stay those of this version.
        `UnsupportedError`: the method can't take in what is new.
        """
        from recbox.api.load import Fitted
        from recbox.artifact import open_artifact

        gone = (forget,) if isinstance(forget, str | int) else tuple(forget)  # type: ignore[arg-type]
        place = None if out is None else Path(out)
        skip = {"skip_new_users": skip_new_users, "skip_new_items": skip_new_items}
        asked = Asked(events, items, users, gone, columns or {}, **skip, out=place, fit=fit)
        found = self.updated(asked)
        return Fitted(open_artifact(found.folder, self._registry), self._registry, self._context)

    def updated(self, asked: Asked) -> Update:
        """The same, with what it came to."""
        from recbox.api.refreshing import refresh

        with blaming(self._registry):
            return refresh(self.artifact, self._registry, self._context, asked)

    def _measurable(self) -> None:
        """An `ArtifactError` where test metrics can't be measured again."""
        if self.artifact.manifest.status == "interrupted":
            raise ArtifactError(
                "an interrupted run has no test metrics",
                where=str(self.artifact.path),
                why="it may still go on, and a test part that was looked at before is none",
                instead="finish it with `recbox run RECIPE --resume`; metrics.json has validation metrics",
            )
        check_figures(self.artifact)


def check_figures(artifact: Artifact) -> None:
    """An `ArtifactError` for a version that was updated: none of its figures is its own."""
    if artifact.manifest.updated is not None:
        trained = artifact.metrics.get("updated", {}).get("trained")
        raise ArtifactError(
            "an artifact that was updated has no test metrics of its own",
            where=str(artifact.path),
            why="it was told of what came after the test part, so that figures on it would say nothing",
            instead=f"what it came from ({trained}), or run its recipe again",
        )


def check_asked(asked: Asked) -> None:
    """An `OptionError` where there is nothing to do, or something without a use."""
    if all(each is None for each in (asked.events, asked.items, asked.users)) and not asked.forget:
        raise OptionError(
            "there is nothing to update with",
            instead="EVENTS, --item FILE, --user FILE, or --forget-user ID",
        )
    if not asked.forget and (asked.stores or asked.purge):
        flag = "--events" if asked.stores else "--purge-old"
        raise OptionError(f"{flag} goes with somebody to forget", instead="--forget-user ID")
