"""What came into the version in use during a run: folded into the new one before that is promoted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from recbox.api.refreshing import refresh
from recbox.api.updating import Asked, Update
from recbox.artifact import Artifact, open_artifact
from recbox.context import Context
from recbox.errors import ArtifactError, OptionError, UnsupportedError
from recbox.updating.promoting import Promotion, leads_to, promote
from recbox.updating.since import Since, missing, since
from recbox.updating.version import trained_as

if TYPE_CHECKING:
    from recbox.progress import Progress
    from recbox.registry import Registry

TRIES = 10


@dataclass(frozen=True)
class InUse:
    """A link when a run began. target: what it led to, as it is written in it; artifact: that one, opened
    while it was there; None: there was none, or it can't be read."""

    link: Path
    target: str | None
    artifact: Artifact | None
    registry: Registry
    progress: Progress

    @classmethod
    def of(cls, link: Path, registry: Registry, progress: Progress) -> InUse:
        target, found = leads_to(link), None
        if target is not None:
            try:
                found = open_artifact(link, registry)
                _ = found.dataset
            except ArtifactError as error:
                progress.notice(f"what {link} leads to can't be read: {error.what}", "warning")
        return cls(link, target, found, registry, progress)

    def promote(self, folder: Path, why: str) -> Promotion:
        """Have the link lead to the new version, or to one with what came into the one in use meanwhile. Who
        was forgotten there meanwhile is forgotten in it, too."""
        self._tell_missing(folder)
        for _ in range(TRIES):
            now = leads_to(self.link)
            whole = folder if now in (None, self.target) else self._with_newer(folder, str(now))
            try:
                return promote(self.link, whole, why, was=(now,))
            except OptionError:
                if leads_to(self.link) == now:
                    raise
        return promote(self.link, folder, why, was=(self.target,))  # says that others go on promoting

    def _with_newer(self, folder: Path, now: str) -> Path:
        """The new version with what came in since the run began; itself where nothing did."""
        newest = open_artifact(self.link.parent / now, self.registry)
        if self.artifact is None or not _descends(newest, self.artifact):
            self.progress.notice(
                f"{self.link} leads to {now} by now, which wasn't made of {self.target}: what was folded "
                f"into it stays there; recbox update {folder} EVENTS folds it in",
                "warning",
            )
            return folder
        new = open_artifact(folder, self.registry)
        found = since(self.artifact, newest, new)
        if not found.something:
            return folder
        done = self._folded(new, found)
        self.progress.notice(
            f"{found.events.height:,} events came into {now} meanwhile, and {len(found.gone):,} users were "
            f"forgotten in it: {done.folder} is the new version with that"
        )
        return done.folder

    def _folded(self, new: Artifact, found: Since) -> Update:
        events = found.events if found.events.height else None
        names = {name: name for name in found.events.columns}
        asked = Asked(events, found.items, found.users, found.gone, names)
        context = Context(progress=self.progress)
        try:
            return refresh(new, self.registry, context, asked)
        except UnsupportedError as error:
            if "--skip-new" not in error.instead:
                raise
            skipping = Asked(asked.events, asked.items, asked.users, asked.forget, asked.columns, True, True)
            done = refresh(new, self.registry, context, skipping)
            self.progress.notice(f"{done.counts['skipped']:,} events left out: {error.what}", "warning")
            return done

    def _tell_missing(self, folder: Path) -> None:
        """Events that were folded in before the run began, and that its data doesn't have."""
        if self.artifact is None:
            return
        if not (count := missing(self.artifact, open_artifact(folder, self.registry))):
            return
        self.progress.notice(
            f"{count:,} events that were folded into {self.target} aren't in the data of this run: they are "
            f"not in {folder}; recbox update {folder} EVENTS folds them in",
            "warning",
        )


def _descends(newest: Artifact, before: Artifact) -> bool:
    """Whether one version was made of the other by updates: of the same run, later, and with nobody gone but
    those who were forgotten."""
    now, was = newest.manifest.updated, before.manifest.updated
    if now is None or trained_as(newest) != trained_as(before) or newest.name != before.name:
        return False
    gone = np.count_nonzero(~before.user.ids.is_in(newest.user.ids.implode()).to_numpy())
    forgotten = now.forgotten - (0 if was is None else was.forgotten)
    return gone <= forgotten and (was is None or now.at >= was.at)
