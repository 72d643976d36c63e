"""A source's sample, written anew into a folder where there is nothing else."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recbox.context import Context
from recbox.contract.case import Case
from recbox.contract.law import Skip, hold
from recbox.contract.place import alone
from recbox.data import Tables
from recbox.plugin import Sample, Source


@dataclass(frozen=True, eq=False)
class Inputs:
    """root: the folder of `folder`, which holds the sample's files; it goes with this object."""

    sample: Sample
    root: Path

    @property
    def options(self) -> Source:
        """What reads the sample."""
        return self.sample.options

    @property
    def folder(self) -> Path:
        return self.root / "data"

    @property
    def files(self) -> list[Path]:
        """All that the sample wrote."""
        return sorted(path for path in self.folder.rglob("*") if path.is_file())

    def context(self, context: Context | None = None) -> Context:
        """A run whose recipe and whose data lie in the folder, without a network."""
        seen = context or Case(self.options).context
        return seen.with_(folder=self.folder, data_dir=(self.folder,), offline=True)

    def alone(self) -> AbstractContextManager[Path]:
        """For the block, there is no other data."""
        return alone(self.root)

    def name(self, path: str) -> str:
        """A file of the sample, as `Sample.bad` names it: by its name, or its path from the folder."""
        names = {name for name, _ in self.sample.bad}
        inside = Path(path)
        if inside.is_relative_to(self.folder) and str(inside.relative_to(self.folder)) in names:
            return str(inside.relative_to(self.folder))
        return inside.name


def inputs(case: Case, double: bool = False) -> Inputs:
    root = Path(tempfile.mkdtemp(prefix="recbox-contract-"))
    folder = root / "data"
    folder.mkdir()
    try:
        given = Inputs(_written(case, folder), root)
    except BaseException:
        shutil.rmtree(root, ignore_errors=True)
        raise
    weakref.finalize(given, shutil.rmtree, root, ignore_errors=True)
    return given


def _written(case: Case, folder: Path) -> Sample:
    assert isinstance(case.options, Source)  # noqa: S101
    sample = type(case.options).sample(folder)
    if sample is None:
        raise Skip("it has no sample(), so that there is nothing to read")
    hold(isinstance(sample, Sample), f"sample() returns a {type(sample).__name__}")
    hold(type(sample.options) is case.cls, f"the sample is read by {type(sample.options).__name__}")
    return sample


@contextmanager
def placed(case: Case) -> Iterator[Inputs]:
    """The sample in a fresh folder; for the block, there is no other data."""
    given = inputs(case)
    with given.alone():
        yield given


def read(given: Inputs) -> Tables:
    """What the source reads there."""
    return given.options.read(given.context())


def frames(tables: Tables) -> dict[str, Any]:
    """All that was read, but for where it was."""
    return {
        "interactions": tables.interaction.drop("file", strict=False),
        "users": tables.user,
        "items": tables.item,
        "relations": tables.relation,
        "counts": [tables.rows, tables.bad_count],
        "bad rows": [(Path(bad.file).name, bad.line, bad.reason) for bad in tables.bad],
    }
