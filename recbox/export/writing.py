"""Writing a fitted method for use elsewhere: a new folder, whole or not at all, and checked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from recbox.artifact import Artifact, disk, target
from recbox.errors import OptionError, nearest
from recbox.export import arrays, onnx_files
from recbox.export.checking import USERS, check
from recbox.export.form import Form, Network, Sum, form_of
from recbox.export.page import page
from recbox.plugin import Scorer, sparse

FORMATS = ("numpy", "onnx")


@dataclass(frozen=True)
class Exported:
    """folder: what was written; files: their sizes in bytes, by name. form: `vectors`, `history` or
    `network`. off: how far scores are off, of the largest one's size; None where nothing could run them."""

    folder: Path
    form: str
    files: dict[str, int]
    off: float | None


def export(artifact: Artifact, to: str, out: str | Path | None = None) -> Exported:
    """Write the artifact's method for numpy or ONNX.

    out: a new or empty folder; None: `NAME-numpy` or `NAME-onnx` in this one. Scores are compared with the
    method's own, to 1e-5: those of ONNX where onnxruntime is installed. An `UnsupportedError` for a method
    that can't be written so, an `OptionError` for another format.
    """
    if to not in FORMATS:
        raise OptionError(f"there is no format {to!r} to export to", instead=nearest(to, list(FORMATS)))
    if to == "onnx":
        onnx_files.need_onnx()
    place = target.resolved(Path(f"{artifact.path.resolve().name}-{to}") if out is None else Path(out))
    target.refuse_taken(place)
    form = form_of(artifact.scorer, sparse.history(artifact.dataset.take(artifact.fitted)))
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        disk.sweep(place.parent, place.name)
        with disk.staging(place.parent, place.name) as folder:
            off = _fill(folder, artifact, form, to)
            files = {p.name: p.stat().st_size for p in sorted(folder.iterdir())}
            disk.move(folder, place)
    except OSError as error:
        raise disk.refusal(error, place, "write the files") from error
    return Exported(place, _name(form), files, off)


def _fill(folder: Path, artifact: Artifact, form: Form, to: str) -> float | None:
    """All files; how far the scores are off."""
    data, facts = artifact.dataset, _facts(artifact)
    off = (
        _numpy(folder, form, artifact.scorer)
        if to == "numpy"
        else _onnx(folder, form, artifact.scorer, facts)
    )
    arrays.lists(folder, "seen", sparse.history(data))
    column = data.item.column("title")
    title = [None] * len(data.item) if column is None else data.item.table[column].to_list()
    ids = {"user": data.user.ids.to_list(), "item": data.item.ids.to_list(), "title": title}
    (folder / "ids.json").write_text(json.dumps(ids), encoding="utf-8")
    said = page(form, to, facts, ids["user"][0] if ids["user"] else None, _checked(off))
    (folder / "README.md").write_text(said, encoding="utf-8")
    return off


def _numpy(folder: Path, form: Form, scorer: Scorer) -> float:
    arrays.save(form, folder)
    return check(scorer, lambda users: arrays.scores(form, folder, users), "arrays")


def _onnx(folder: Path, form: Form, scorer: Scorer, facts: dict[str, str]) -> float | None:
    onnx_files.save(form, folder, facts)
    if find_spec("onnxruntime") is None:
        return None
    return check(scorer, lambda users: onnx_files.check_scores(form, folder, users), "a graph")


def _checked(off: float | None) -> str:
    if off is None:
        return "Its scores weren't compared: onnxruntime wasn't installed."
    return (
        f"The scores of {USERS} users were compared with those of recbox: they differ by {off:.1g} at most."
    )


def _facts(artifact: Artifact) -> dict[str, str]:
    found = artifact.manifest
    return {
        "name": found.name,
        "recbox": found.version.get("recbox") or "",
        "status": found.status,
        "fingerprint": found.data.fingerprint,
        "synthetic": json.dumps(found.data.synthetic),
    }


def _name(form: Form) -> str:
    return "history" if isinstance(form, Sum) else "network" if isinstance(form, Network) else "vectors"
