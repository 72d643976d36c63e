"""An artifact that was updated: what it holds fits together, and its figures are another one's."""

from __future__ import annotations

from dataclasses import replace

from recbox.data import fingerprint_of
from recbox.errors import ArtifactError
from recbox.verification.check import Check, checked, unproven
from recbox.verification.parting import apart
from recbox.verification.subject import Subject

DATA = "the interactions are not those that the update wrote"
SPLIT = "the parts were exchanged or edited"
VECTORS = "the vectors are not those that the stored parameters give on the stored interactions"
FIGURES = "verify that one: an update measures nothing, and says whose figures it shows"


def updated(subject: Subject) -> list[Check]:
    """Data, split and vectors against the manifest; figures can't be measured again."""
    manifest, data = subject.artifact.manifest, subject.dataset
    prints = [
        ("data", manifest.data.fingerprint, replace(data).fingerprint, DATA),
        (
            "split",
            manifest.split.fingerprint,
            fingerprint_of(data.interaction, subject.split),
            SPLIT,
        ),
    ]
    found = [_same(*each) for each in prints]
    found.append(apart(subject))
    if manifest.scorer.kind == "graph":
        found.append(_vectors(subject))
    said = subject.metrics.get("updated")
    trained = said.get("trained") if isinstance(said, dict) else None
    return [*found, unproven("figures", f"they are those of {str(trained)[:100]}", FIGURES)]


def _same(name: str, stated: str, found: str, means: str) -> Check:
    wrong = "" if stated == found else f"the manifest says {stated[:12]}, the rows give {found[:12]}"
    return checked(name, wrong, f"fingerprint {found[:12]}", means)


def _vectors(subject: Subject) -> Check:
    try:
        count = len(subject.artifact.growth.known.final)
    except ArtifactError as error:
        return checked("vectors", f"{error.what}: {error.why}", "", VECTORS)
    return checked("vectors", "", f"one full pass gives those of {count:,} nodes", VECTORS)
