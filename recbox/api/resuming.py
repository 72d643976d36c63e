"""What must be the same for a run to go on from another one's checkpoint, and where that lies."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any

import torch

from recbox.api.reading import Job
from recbox.data import Dataset
from recbox.errors import ArtifactError
from recbox.recipe.recipe import Recipe
from recbox.train import CheckpointFile


def checkpoint_of(job: Job, out: Path | None, runs: Path) -> CheckpointFile:
    """The checkpoint of a run: `.NAME.checkpoint` beside where its artifact goes."""
    registry, context = job.setting.registry, job.context
    parts = {(p.kind, p.name) for p in job.recipe.parts()}
    identity = {
        "recipe": _digest(_without_epochs(job.recipe)),
        "data": job.dataset.fingerprint,
        "features": features(job.dataset),
        "split": job.split.fingerprint,
        "code": {file.path.name: file.sha256 for file in registry.code},
        "plugins": sorted({" ".join(registry.distribution(*part)) for part in parts}),
        "kernel": context.kernel,
        "device": context.device,
        "precision": context.precision,
        "threads": context.threads,
        "recbox": version("recbox-graph"),
        "torch": torch.__version__,
        **({} if job.warm is None else {"warm": job.warm.identity}),
    }
    target = Path(out) if out is not None else runs / job.recipe.name
    return CheckpointFile(target.absolute().parent / f".{target.absolute().name}.checkpoint", identity)


def _without_epochs(recipe: Recipe) -> dict[str, Any]:
    """The recipe without name, search and stages' epochs; under a cosine schedule epochs make the rate."""
    plan = {k: v for k, v in recipe.resolved.items() if k not in ("name", "train", "search")}
    stages = [stage.training.values() for stage in recipe.stage]
    for training in stages:
        if training["schedule"]["by"] != "cosine":
            del training["epochs"]
    terms = [[(p.name, p.weight, p.options.values()) for p in stage.objective] for stage in recipe.stage]
    return plan | {"train": stages, "objective": terms}


def features(dataset: Dataset) -> str:
    """SHA-256 over feature tables, relations and triples, which the data's fingerprint leaves out."""
    digest = hashlib.sha256()
    nodes = (dataset.user, dataset.item, *(() if dataset.knowledge is None else (dataset.entity,)))
    for each in nodes:
        table = BytesIO()
        each.table.write_ipc(table)
        digest.update(table.getvalue())
    for name, relation in sorted(dataset.relation.items()):
        digest.update(name.encode())
        for array in (relation.source, relation.target, relation.weight):
            digest.update(array.tobytes())
    if (known := dataset.knowledge) is not None:
        digest.update("\x1f".join(known.relations).encode())
        for array in (known.head, known.relation, known.tail):
            digest.update(array.tobytes())
    return digest.hexdigest()


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def is_interrupted(folder: Path) -> bool:
    """Whether the folder is an artifact of a run that was interrupted; a damaged one is not."""
    from recbox.artifact import open_artifact

    try:
        return bool(open_artifact(folder).manifest.status == "interrupted")
    except ArtifactError:
        return False


def free_beside(folder: Path) -> Path:
    """`FOLDER-2`, or the next number that is free."""
    from recbox.artifact.target import candidates

    return next(candidates(folder.absolute().name, folder.absolute().parent))
