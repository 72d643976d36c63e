"""Opening an artifact: everything is compared with the manifest before anything of it is used."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from recbox.artifact import knowledge, parts, scoring, strict, tables, tensors
from recbox.artifact import manifest as manifests
from recbox.artifact.bringing import require
from recbox.artifact.folder import Folder
from recbox.artifact.manifest import Manifest
from recbox.data import Dataset, Interactions, Knowledge, Nodes, Split
from recbox.data.dataset import NONE
from recbox.errors import ArtifactError
from recbox.plugin import Scorer
from recbox.registry import Registry

if TYPE_CHECKING:
    from recbox.recommender import Growth


def open_artifact(folder: Path, registry: Registry | None = None, *, mapped: bool = False) -> Artifact:
    """Open and check the artifact in `folder`: names, sizes, hashes, tensor headers, finiteness, formats.

    Every file is read once; tables and arrays are unpacked when they are asked for, and the checks that need
    them (ids within range, the data's fingerprint, the scorer's shape) come then. A damaged or hostile folder
    gives an `ArtifactError` that names the file and the reason. Plugins are found in `registry` by name.
    mapped: the scorer's arrays are those of the file, for processes that share them; then it must not be
    written to, and may be removed or replaced.
    """
    where = Path(folder)
    # A link may lead elsewhere while the artifact is read: all files are those of where it leads to now.
    where = where.resolve() if where.is_symlink() else where
    place, found = Folder(where), read_manifest(where)
    place.expect(set(found.file))
    for name, file in found.file.items():
        described = found.tensor.get(name)
        expected = None if described is None else {n: (t.dtype, t.shape) for n, t in described.items()}
        place.verify(name, file, expected)
    artifact = Artifact(place, found, registry or Registry(), mapped)
    artifact.check_documents()
    return artifact


def read_manifest(folder: Path) -> Manifest:
    """What the artifact in `folder` says of itself; its files are neither read nor checked."""
    place = Folder(Path(folder))
    return manifests.read(place.manifest(manifests.LIMIT), place.where("manifest.json"))


class Artifact:
    """An artifact that has been checked. Nothing in it is changed, ever."""

    def __init__(self, folder: Folder, manifest: Manifest, registry: Registry, mapped: bool = False) -> None:
        self._folder, self._registry, self._mapped = folder, registry, mapped
        self.manifest = manifest

    @property
    def path(self) -> Path:
        return self._folder.path

    @property
    def name(self) -> str:
        return self.manifest.name

    @cached_property
    def recipe(self) -> str:
        """The text of `recipe.yaml`."""
        return self._text("recipe.yaml")

    def page(self, name: str) -> str:
        """The text of `report.html` or `README.md`."""
        return self._text(name)

    @cached_property
    def metrics(self) -> dict[str, Any]:
        """The document `metrics.json`."""
        where = self._folder.where("metrics.json")
        document = strict.parse_object(self._folder.read("metrics.json"), where, 16 << 20)
        if document.get("format") != 1 or document.get("status") != self.manifest.status:
            raise self._folder.damaged("metrics.json", "its format or status isn't the manifest's")
        return document

    @cached_property
    def history(self) -> list[dict[str, Any]]:
        """One row for each epoch."""
        where = self._folder.where("history.jsonl")
        lines = self._folder.read("history.jsonl").splitlines()
        return [strict.parse_object(line, where, 1 << 20) for line in lines]

    @cached_property
    def user(self) -> Nodes:
        return self._nodes("user")

    @cached_property
    def item(self) -> Nodes:
        return self._nodes("item")

    @cached_property
    def per_user(self) -> pl.DataFrame | None:
        """`user` (external id) and one column for each metric, or None where nothing was tested."""
        if "per-user.parquet" not in self.manifest.file:
            return None
        raw = self._folder.read("per-user.parquet")
        return tables.read_per_user(raw, self.manifest.node["user"], self._folder.where("per-user.parquet"))

    @cached_property
    def dataset(self) -> Dataset:
        """The data set, as it was when it was split; relations between nodes are not stored."""
        data, known = self.manifest.data, self._known
        dataset = Dataset(
            data.name, self.user, self.item, self._stored[0],
            entity=known[0], knowledge=known[1],
            behaviours=data.behaviours, facts=data.facts, synthetic=data.synthetic, origin=data.origin,
        )  # fmt: skip
        if dataset.fingerprint != data.fingerprint:
            raise self._folder.damaged("interaction.safetensors", "its fingerprint isn't the manifest's")
        return dataset

    @property
    def split(self) -> Split:
        """Row numbers of train, valid and test in `dataset.interaction`."""
        return self._stored[1]

    @cached_property
    def fitted(self) -> np.ndarray:
        """int64, ascending: the rows that the method was fitted on: the training part, with validation where
        it was fitted again on both."""
        return parts.fitted_rows(self.split, refit=self.refitted)

    @property
    def refitted(self) -> bool:
        """Whether the method was fitted again on train and validation."""
        from recbox.recipe.loading import written

        said = written(self.recipe).get("evaluate")
        return self.manifest.status == "done" and isinstance(said, dict) and said.get("refit") is True

    @cached_property
    def scorer(self) -> Scorer:
        """The fitted method, on the CPU."""
        where, head = self._folder.where("scorer.safetensors"), self.manifest.scorer
        kind = "model" if head.kind == "model" else "head"
        own = [p for p in self.manifest.plugin if (p.kind, p.name) == (kind, head.use)]
        require(own, self._registry, self._folder.where("manifest.json"))
        shape = self.manifest.node["user"].count, self.manifest.node["item"].count
        arrays = self.tensors("scorer", mapped=True) if self._mapped else self.tensors("scorer")
        return scoring.load(head, arrays, shape, self._registry, where, self._grow)

    def _grow(self) -> Growth:
        return self.growth

    @cached_property
    def growth(self) -> Growth:
        """The recommender behind the scorer's vectors, built again for new nodes."""
        from recbox.artifact.growing import growth

        return growth(self, self._registry)

    def tensors(self, name: str, mapped: bool = False) -> dict[str, np.ndarray]:
        """All arrays of `NAME.safetensors`, such as `scorer`, `interaction`, `weights`, `layer0`. mapped: the
        file's, not copies."""
        file = f"{name}.safetensors"
        if file not in self.manifest.tensor:
            raise ArtifactError(f"the artifact has no {file}", where=str(self.path))
        size, where = self.manifest.file[file].size, self._folder.where(file)
        with self._folder.open(file) as stream:
            _, entries = tensors.read_header(stream, size, where)
            return {
                n: tensors.read_array(stream, entry, where, mapped=mapped) for n, entry in entries.items()
            }

    def check_documents(self) -> None:
        """The small files are read at once, so that an artifact that opens can be shown."""
        self._text("recipe.yaml")
        _ = self.metrics, self.history

    def __repr__(self) -> str:
        return f"<Artifact {self.name!r} in {str(self.path)!r}>"

    @cached_property
    def _stored(self) -> tuple[Interactions, Split]:
        found = self.manifest
        where = self._folder.where("interaction.safetensors")
        users, items = found.node["user"].count, found.node["item"].count
        interaction, split = parts.restore(
            self.tensors("interaction"),
            users,
            items,
            len(found.data.behaviours),
            found.split.fingerprint,
            where,
        )
        sizes = tuple(len(getattr(split, n)) for n in parts.NAMES)
        if sizes != (found.split.train, found.split.valid, found.split.test):
            raise self._folder.damaged("interaction.safetensors", "its parts aren't of the manifest's sizes")
        return interaction, split

    @cached_property
    def _known(self) -> tuple[Nodes, Knowledge | None]:
        if "entity" not in self.manifest.node:
            return NONE, None
        counts, where = self.manifest.node, self._folder.where(f"{knowledge.FILE}.safetensors")
        nodes, names = counts["item"].count + counts["entity"].count, self.manifest.data.relations
        stored = self.tensors(knowledge.FILE)
        return self._nodes("entity"), knowledge.restore(stored, nodes, names, where)

    def _nodes(self, type: Literal["user", "item", "entity"]) -> Nodes:
        name = f"node/{type}.parquet"
        expected = self.manifest.node[type]
        return tables.read_nodes(self._folder.read(name), expected, self._folder.where(name))

    def _text(self, name: str) -> str:
        try:
            return self._folder.read(name).decode("utf-8")
        except UnicodeDecodeError as error:
            raise self._folder.damaged(name, "it is no UTF-8") from error
