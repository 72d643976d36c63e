"""What a cheat does: an artifact's files written anew, with sizes, hashes and the seal put right."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import recbox
from recbox.api.judging import said
from recbox.artifact import manifest as manifests
from recbox.artifact import parts, tables, tensors
from recbox.context import Context
from recbox.data import Dataset, Split
from recbox.evaluate import Truth, at_test, judge
from recbox.plugin import Scorer
from recbox.recipe import load
from recbox.recipe.recipe import Recipe
from recbox.registry import Registry
from recbox.verification import showing
from recbox.verification.subject import Subject


def copied(folder: Path, to: Path) -> Path:
    """The artifact and the ledger beside it."""
    shutil.copytree(folder, to / folder.name)
    shutil.copy(folder.parent / "ledger.jsonl", to)
    return to / folder.name


def document(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "metrics.json").read_text())
    return found


def sealed(folder: Path, files: Mapping[str, bytes], **change: Any) -> None:
    """Write files, and the manifest with their hashes; change: fields of the manifest."""
    found = json.loads((folder / "manifest.json").read_text())
    found.pop("checksum")
    for name, raw in files.items():
        (folder / name).write_bytes(raw)
        found["file"][name] = {"size": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
    for key, value in change.items():
        found[key] |= value
    (folder / "manifest.json").write_bytes(manifests.seal(found))


def metrics(folder: Path, found: Mapping[str, Any]) -> None:
    """Other figures, with the sentence that follows from them, and hashes that fit."""
    whole = {**found, "sentence": said(found, recipe_of(folder))[1]}
    sealed(folder, {"metrics.json": json.dumps(whole).encode()})
    pages(folder)


def pages(folder: Path) -> None:
    """The report and the card are drawn anew."""
    made = showing.pages(Subject(recbox.load(folder).artifact, Registry(), Context()))
    sealed(folder, {name: text.encode() for name, text in made.items()})


def recipe_of(folder: Path) -> Recipe:
    return load(folder / "recipe.yaml", registry=Registry(), context=Context())


def history(folder: Path, rows: list[dict[str, Any]]) -> None:
    sealed(folder, {"history.jsonl": b"".join(json.dumps(row).encode() + b"\n" for row in rows)})
    pages(folder)


def scorer(folder: Path, arrays: dict[str, np.ndarray]) -> None:
    """Another stored scorer of the same kind."""
    raw = b"".join(bytes(chunk) for chunk in tensors.chunks(arrays, "scorer"))
    sealed(folder, {"scorer.safetensors": raw}, tensor={"scorer.safetensors": tensors.described(arrays)})


def split(folder: Path, dataset: Dataset, made: Split, fingerprint: bool = True) -> None:
    """Other parts; fingerprint: the manifest and metrics.json are brought up to date."""
    arrays = parts.arrays(dataset.interaction, made)
    raw = b"".join(bytes(chunk) for chunk in tensors.chunks(arrays, "interaction"))
    sizes = {name: len(getattr(made, name)) for name in parts.NAMES}
    change: dict[str, Any] = {
        "tensor": {"interaction.safetensors": tensors.described(arrays)},
        "split": sizes,
    }
    if fingerprint:
        change["split"] = sizes | {"fingerprint": made.fingerprint}
        change["data"] = {"fingerprint": dataset.fingerprint}
        found = document(folder)
        found["data"]["fingerprint"] = dataset.fingerprint
        found["data"]["split"] |= sizes | {"fingerprint": made.fingerprint}
        metrics(folder, found)
    sealed(folder, {"interaction.safetensors": raw}, **change)


def honest(folder: Path, fitted: Scorer | None = None, truth: Truth | None = None) -> None:
    """Figures and values of users, measured with the stored scorer and split, or with others."""
    artifact, recipe = recbox.load(folder).artifact, recipe_of(folder)
    truth = truth or at_test(artifact.dataset, artifact.split)
    found = judge(fitted or artifact.scorer, truth, recipe.metric, recipe.evaluate.k, Context())
    users = {"judged": len(found.users), "left_out": found.left_out}
    raw = tables.per_user_bytes(artifact.user.ids, found.users, found.per_user)
    sealed(folder, {"per-user.parquet": raw})
    metrics(folder, document(folder) | {"test": found.values, "segment": found.segment, "users": users})
