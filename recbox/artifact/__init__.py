"""Artifacts: what a run leaves behind, in one folder, readable without the code that wrote it."""

from recbox.artifact.bringing import require
from recbox.artifact.content import Content, Facts, Parts, Used
from recbox.artifact.longer import Taken, longer
from recbox.artifact.opening import Artifact, open_artifact, read_manifest
from recbox.artifact.target import check_target
from recbox.artifact.writing import measured, write

__all__ = [
    "Artifact",
    "Content",
    "Facts",
    "Parts",
    "Taken",
    "Used",
    "check_target",
    "longer",
    "measured",
    "open_artifact",
    "read_manifest",
    "require",
    "write",
]
