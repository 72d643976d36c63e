"""Whether the files are those that were written."""

from __future__ import annotations

from pathlib import Path

from recbox.artifact import read_manifest
from recbox.artifact.folder import Folder
from recbox.artifact.manifest import Manifest
from recbox.errors import ArtifactError
from recbox.verification.check import Check, checked

MANIFEST = "the manifest was changed after it was written, or is of no recbox artifact"
FILES = (
    "a file was changed, added or lost after the run wrote it: no figure of this folder can be relied on; "
    "the other checks are not made"
)


def sealing(folder: Path) -> list[Check]:
    """The manifest fits its checksum; every file is as it says, and no other is there."""
    try:
        manifest = read_manifest(folder)
    except ArtifactError as error:
        return [checked("manifest", _said(error), "", MANIFEST)]
    wrong = _wrong(folder, manifest)
    seen = f"{len(manifest.file)} files, {sum(f.size for f in manifest.file.values()):,} bytes, by SHA-256"
    return [
        checked("manifest", "", f"format {manifest.format}, sealed", ""),
        checked("files", "; ".join(wrong[:5]), seen, FILES),
    ]


def _wrong(folder: Path, manifest: Manifest) -> list[str]:
    place, found = Folder(folder), []
    try:
        place.expect(set(manifest.file))
    except ArtifactError as error:
        found.append(_said(error))
    for name, file in manifest.file.items():
        described = manifest.tensor.get(name)
        expected = None if described is None else {n: (t.dtype, t.shape) for n, t in described.items()}
        try:
            place.verify(name, file, expected)
        except ArtifactError as error:
            found.append(_said(error))
    return list(dict.fromkeys(found))


def _said(error: ArtifactError) -> str:
    name = Path(error.where).name if error.where else ""
    return f"{name}: {error.why or error.what}"
