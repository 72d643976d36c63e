"""The source `lightgcn`: the text files of LightGCN and many papers after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, final

from pydantic import Field

from recbox.plugin import Provides, Sample, Source

if TYPE_CHECKING:
    from pathlib import Path

    from recbox.context import Context
    from recbox.data import Tables

KNOWN = {
    "gowalla": {"users": 29_858, "items": 40_981, "interactions": 1_027_370},
    "yelp2018": {"users": 31_668, "items": 38_048, "interactions": 1_561_406},
    "amazon-book": {"users": 52_643, "items": 91_599, "interactions": 2_984_108},
}
"""Sizes of the data sets of the paper."""


@final
class LightGCNText(Source):
    """Text files with lines `user item item ...`, one for each part of a given split."""

    reference: ClassVar[str] = "He et al. 2020, LightGCN, arXiv:2002.02126 (the format of its public data)"
    folder: Annotated[str, Field(min_length=1)]
    """The folder of the files: relative to the recipe's, or else to one of the data directories."""
    train: Annotated[str, Field(min_length=1)] = "train.txt"
    """The file of the training part."""
    valid: Annotated[str, Field(min_length=1)] | None = None
    """The file of the validation part; null: the data has none, and `split` takes it from train."""
    test: Annotated[str, Field(min_length=1)] | None = "test.txt"
    """The file of the test part; null: the data has none."""

    def provides(self, context: Context) -> Provides:
        return Provides(part=True)

    @classmethod
    def sample(cls, folder: Path) -> Sample:
        from recbox.source._sample import lightgcn

        return lightgcn(folder)

    def read(self, context: Context) -> Tables:
        from recbox.source._lightgcn import read_lightgcn

        return read_lightgcn(self, context)

    def shape(self) -> dict[str, int] | None:
        return KNOWN.get(self.folder.rstrip("/").rpartition("/")[2])

    def locate(self, context: Context) -> Path | None:
        from recbox.data.find import find, search_path

        folders = [base / self.folder for base in (context.folder, *search_path(context.data_dir))]
        return find((name for _, name in self.files), folders)

    def absent(self, context: Context) -> tuple[str, ...]:
        here = self.locate(context) is not None
        return () if here else tuple(f"{self.folder.rstrip('/')}/{name}" for _, name in self.files)

    @property
    def files(self) -> tuple[tuple[str, str], ...]:
        """Each part that the data has, and its file."""
        parts = (("train", self.train), ("valid", self.valid), ("test", self.test))
        return tuple((part, name) for part, name in parts if name is not None)
