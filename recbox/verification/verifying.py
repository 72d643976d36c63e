"""`recbox.verify`: all checks of an artifact, each made although another fails, where that can be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from recbox.api.blaming import blaming
from recbox.artifact import Artifact, open_artifact
from recbox.artifact.folder import missing
from recbox.context import Context
from recbox.errors import ArtifactError, RecboxError
from recbox.progress import SILENT, Progress
from recbox.registry import Registry
from recbox.verification.check import Check, checked, skipped, unproven
from recbox.verification.epoch import epoch
from recbox.verification.measuring import measuring, untested
from recbox.verification.parting import parting, rule
from recbox.verification.retraining import Conditions, not_asked, retraining
from recbox.verification.rivals import rivals
from recbox.verification.sealing import sealing
from recbox.verification.showing import showing
from recbox.verification.stating import stating
from recbox.verification.subject import Subject
from recbox.verification.touches import touches
from recbox.verification.updated import updated

DAMAGED = "the artifact holds something that no run writes"

WARM = "no recipe gives these weights: what they began with isn't in the artifact"
LACKING = "the check couldn't be made here: nothing is known of it; bring what is missing, and verify again"


@dataclass(frozen=True)
class Verification:
    """What `verify` found; `holds` where no check fails, `proven` where nothing is left unproven either."""

    folder: Path
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        return not self.failed

    @property
    def proven(self) -> bool:
        return self.holds and not self.unproven

    @property
    def failed(self) -> list[Check]:
        return [check for check in self.checks if check.state == "fails"]

    @property
    def unproven(self) -> list[Check]:
        return [check for check in self.checks if check.state == "unproven"]

    def document(self) -> dict[str, Any]:
        """All of it as plain data."""
        checks = [asdict(check) for check in self.checks]
        sums = {"holds": self.holds, "proven": self.proven}
        return {"artifact": str(self.folder), **sums, "check": checks}

    def __repr__(self) -> str:
        told = [f"{check.name} {check.state}: {check.seen}" for check in (*self.failed, *self.unproven)]
        sums = f"holds={self.holds} proven={self.proven}"
        return "\n".join([f"<recbox.Verification {str(self.folder)!r}: {sums}>", *told])


def verify(
    folder: str | Path,
    *,
    ledger: str | Path | None = None,
    retrain: bool = False,
    code: Iterable[str | Path] = (),
    data_dir: Iterable[str | Path] = (),
    offline: bool = False,
    progress: Progress = SILENT,
) -> Verification:
    """Check the artifact in `folder` against itself, its recipe and its ledger; nothing is written.

    ledger: the file, by default the one beside the folder. retrain: also read the data and train again, as
    stated and blind. code, data_dir, offline: as for `recbox.run`. An `ArtifactError` where there is no
    artifact at all; everything else that is wrong is a check that fails.
    """
    place = Path(folder)
    if not place.is_dir():
        raise missing(place)
    sealed = sealing(place)
    if any(check.state == "fails" for check in sealed):
        rest = skipped("everything else", "the files aren't those that the run wrote")
        return Verification(place, (*sealed, rest))
    files = tuple(Path(c) for c in code)
    conditions = Conditions(tuple(Path(d) for d in data_dir), files, offline, progress)
    with blaming(registry := Registry(files)):
        artifact = open_artifact(place, registry)
        _as_it_was(artifact)
        subject = Subject(artifact, registry, Context(progress=progress))
        found = _made(subject, None if ledger is None else Path(ledger), conditions if retrain else None)
        return Verification(place, (*sealed, *found))


def _as_it_was(artifact: Artifact) -> None:
    """As many threads as the run had: with others the last digits of sums may differ."""
    import torch

    torch.set_num_threads(max(1, artifact.manifest.run.threads))


def _made(subject: Subject, ledger: Path | None, conditions: Conditions | None) -> Iterator[Check]:
    if subject.artifact.manifest.updated is not None:
        yield from _guarded("update", lambda: updated(subject))
        return
    groups: list[tuple[str, Callable[[], list[Check]]]] = [("data and split", lambda: parting(subject))]
    groups.append(("split by the rule", lambda: rule(subject)))
    groups.append(("what is stated", lambda: stating(subject)))
    if subject.artifact.manifest.status == "interrupted":
        groups.append(("figures", lambda: untested(subject)))
    else:
        groups += [
            ("figures", lambda: measuring(subject)),
            ("report and card", lambda: showing(subject)),
            ("chosen epoch", lambda: epoch(subject)),
            ("baselines", lambda: rivals(subject, conditions is not None)),
            ("ledger", lambda: touches(subject, ledger)),
        ]
    for name, group in groups:
        yield from _guarded(name, group)
    if conditions is None:
        yield from not_asked()
    elif subject.artifact.manifest.status == "done":
        yield from _retrained(subject, conditions)


def _guarded(name: str, group: Callable[[], list[Check]]) -> list[Check]:
    """What the artifact's own content makes impossible fails; what this machine lacks leaves it unproven."""
    try:
        return group()
    except ArtifactError as error:
        return [checked(name, f"{error.what}: {error.why or error.where}", "", DAMAGED)]
    except RecboxError as error:
        return [unproven(name, _line(error), LACKING)]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return [checked(name, f"{type(error).__name__}: {str(error)[:100]}", "", DAMAGED)]


def _retrained(subject: Subject, conditions: Conditions) -> list[Check]:
    if "warm_start" in subject.metrics:
        return [unproven("trained again", "it began with the weights of another artifact", WARM)]
    try:
        return retraining(subject, conditions)
    except RecboxError as error:
        return [unproven("trained again", _line(error), LACKING)]


def _line(error: RecboxError) -> str:
    return " ".join(str(error).split())[:300]
