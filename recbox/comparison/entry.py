"""What is compared: each argument as a recipe on its data, whether it was trained already or not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recbox.errors import ArtifactError

if TYPE_CHECKING:
    from recbox.api.reading import Job
    from recbox.api.setting import Setting, Where
    from recbox.artifact import Artifact
    from recbox.data import Dataset, Split
    from recbox.recipe import Recipe
    from recbox.registry import Registry

ASIDE = ("name", "seed", "search")
"""What at the top of a recipe doesn't change the method."""
JUDGING = ("metric", "baseline", "k")
"""What of `evaluate` doesn't."""


@dataclass(frozen=True, eq=False)
class Entry:
    """One argument. key: SHA-256 of what makes the method, seeds, name and data's fingerprints left out.
    data: the `data` document, as in metrics.json. artifact: the finished run, of a folder. setting, job: of a
    recipe, with its data read and split."""

    argument: str
    recipe: Recipe
    key: str
    data: Mapping[str, Any]
    registry: Registry
    artifact: Artifact | None = None
    where: Where = ""
    setting: Setting | None = None
    job: Job | None = None

    @property
    def dataset(self) -> Dataset:
        """All interactions, as the artifact holds them or as they were read."""
        return self._held.dataset

    @property
    def split(self) -> Split:
        """Their parts."""
        return self._held.split

    @property
    def _held(self) -> Artifact | Job:
        held = self.artifact or self.job
        if held is None:
            raise ValueError("an entry has an artifact or a job")
        return held

    @property
    def fingerprints(self) -> tuple[str, str]:
        """Of the data and of the split."""
        return self.data["fingerprint"], self.data["split"]["fingerprint"]

    @property
    def data_seed(self) -> int:
        """The seed that the recipe's data and split follow."""
        return self.recipe.seed if self.recipe.data.seed is None else self.recipe.data.seed

    @property
    def draws(self) -> bool:
        """Whether another seed may give another scorer."""
        model = self.recipe.model
        return model is None or getattr(type(model.options), "draws", True) is not False


def is_folder(argument: Where) -> bool:
    """Whether an argument means an artifact: a folder does, all else is a recipe."""
    return isinstance(argument, str | Path) and Path(argument).is_dir()


def of_artifact(folder: Path, code: Iterable[Path]) -> Entry:
    """A finished run; an `ArtifactError` for one that is damaged, or was never tested."""
    from recbox.artifact import open_artifact
    from recbox.registry import Registry

    registry = Registry(code)
    return of_opened(open_artifact(folder, registry), registry)


def of_opened(artifact: Artifact, registry: Registry) -> Entry:
    """The same, of an artifact that has been opened."""
    from recbox.api.updating import check_figures
    from recbox.context import Context
    from recbox.recipe import load

    folder = artifact.path
    check_figures(artifact)
    if artifact.manifest.status != "done" or artifact.per_user is None:
        raise ArtifactError(
            "the run was interrupted, so it has no test metrics to compare",
            where=str(folder),
            instead="finish it with `recbox run RECIPE --resume`",
        )
    recipe = load(folder / "recipe.yaml", registry=registry, context=Context(folder=folder))
    made = {(p.kind, p.name): (p.distribution, p.version) for p in artifact.manifest.plugin}
    key = key_of(recipe, made, artifact.manifest.code)
    return Entry(str(folder), recipe, key, _data(artifact), registry, artifact)


def of_recipe(where: Where, setting: Setting) -> Entry:
    """A recipe, with its data read and split: what doesn't fit is refused before anything is trained."""
    from recbox.api.blaming import blaming
    from recbox.api.judging import data_document
    from recbox.api.reading import read

    with blaming(setting.registry):
        job = read(setting, setting.context)
    registry, recipe = setting.registry, setting.recipe
    made = {(p.kind, p.name): registry.distribution(p.kind, p.name) for p in recipe.parts()}
    key = key_of(recipe, made, {file.path.name: file.sha256 for file in registry.code})
    name = recipe.name if isinstance(where, Mapping) else str(where)
    data = data_document(recipe, job.dataset, job.split)
    return Entry(name, recipe, key, data, registry, None, where, setting, job)


def _data(artifact: Artifact) -> dict[str, Any]:
    """The document of the data, with the fingerprints that the manifest vouches for."""
    data, found = artifact.metrics["data"], artifact.manifest
    split = {**data["split"], "fingerprint": found.split.fingerprint}
    return {**data, "fingerprint": found.data.fingerprint, "split": split}


def key_of(recipe: Recipe, made: Mapping[tuple[str, str], tuple[str, str]], code: Mapping[str, str]) -> str:
    """made: name and version of each plugin's distribution. Two runs of one key differ in seeds alone."""
    plain = {k: v for k, v in recipe.resolved.items() if k not in ASIDE}
    plain["data"] = {k: v for k, v in plain["data"].items() if k != "seed"}
    plain["evaluate"] = {k: v for k, v in plain["evaluate"].items() if k not in JUDGING}
    judges = {id(p) for p in (*recipe.metric, *recipe.baseline)}
    parts = {(p.kind, p.name) for p in recipe.parts() if id(p) not in judges}
    used = sorted((*part, *made.get(part, ("", ""))) for part in parts)
    document = json.dumps([plain, used, dict(code)], sort_keys=True, default=str)
    return hashlib.sha256(document.encode()).hexdigest()
