"""Ways to damage an artifact, and to forge its manifest so that the damage isn't seen by the hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from recbox.artifact import Artifact
from recbox.artifact.strict import canonical


def rehash(
    folder: Path,
    *,
    tensors: dict[str, Any] | None = None,
    edit: Callable[[dict[str, Any]], Any] = lambda document: None,
) -> None:
    """What an attacker does after an edit: sizes, hashes and checksum are made to fit again."""
    document = json.loads((folder / "manifest.json").read_text())
    document["tensor"] |= tensors or {}
    for name, entry in document["file"].items():
        raw = (folder / name).read_bytes()
        entry |= {"size": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
    edit(document)
    document.pop("checksum", None)
    document["checksum"] = hashlib.sha256(canonical(document)).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(document))


def use_all(artifact: Artifact) -> dict[str, Any]:
    """Everything that can be asked of an artifact, as values to compare."""
    data, split, per_user = artifact.dataset, artifact.split, artifact.per_user
    return {
        "manifest": artifact.manifest.model_dump_json(),
        "recipe": artifact.recipe,
        "metrics": artifact.metrics,
        "history": artifact.history,
        "data": data.fingerprint,
        "item": data.item.table.to_dicts(),
        "split": [getattr(split, n).tolist() for n in ("train", "valid", "test")],
        "per_user": None if per_user is None else per_user.to_dicts(),
        "layer0": {k: v.tolist() for k, v in artifact.tensors("layer0").items()},
        "score": artifact.scorer.block(np.arange(len(data.user))).tolist(),
    }
