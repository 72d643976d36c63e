"""The source `recbole`: atomic files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, final

from pydantic import Field

from recbox.plugin import Options, Provides, Sample, Source

if TYPE_CHECKING:
    from pathlib import Path

    from recbox.context import Context
    from recbox.data import Tables

Name = Annotated[str, Field(min_length=1)]


@final
class AtomicColumns(Options):
    """Names of the columns, without their types. One that the file lacks is left out, but for the ids."""

    user: Name = "user_id"
    item: Name = "item_id"
    weight: Name | None = "rating"
    """null: every interaction counts 1."""
    time: Name | None = "timestamp"
    """null: the data doesn't say."""


@final
class RecBoleAtomic(Source):
    """Atomic files of RecBole: NAME.inter, NAME.item and NAME.user where they are there, NAME.kg if asked."""

    reference: ClassVar[str] = "Zhao et al. 2021, RecBole, arXiv:2011.01731 (the format of its data)"
    folder: Name
    """The folder of the files: relative to the recipe's, or else to one of the data directories."""
    name: Name | None = None
    """What the files are called before the dot; null: like the folder."""
    columns: AtomicColumns = AtomicColumns()
    """Which column is what."""
    title: Name | None = None
    """The column of .item that is a title to show; a token_seq is read as one text then."""
    text: tuple[Name, ...] = ()
    """Columns of .item and .user that language models read; a token_seq is read as one text then."""
    knowledge: bool = False
    """Read NAME.kg and NAME.link, for edges of type `knowledge`."""

    def provides(self, context: Context) -> Provides:
        from recbox.source._recbole import atomic_provides

        return atomic_provides(self, context)

    @classmethod
    def sample(cls, folder: Path) -> Sample:
        from recbox.source._sample import recbole

        return recbole(folder)

    def read(self, context: Context) -> Tables:
        from recbox.source._recbole import read_atomic

        return read_atomic(self, context)

    def locate(self, context: Context) -> Path | None:
        from recbox.data.find import find, search_path

        folders = [base / self.folder for base in (context.folder, *search_path(context.data_dir))]
        return find(self._names, folders)

    def absent(self, context: Context) -> tuple[str, ...]:
        if self.locate(context) is not None:
            return ()
        return tuple(f"{self.folder.rstrip('/')}/{name}" for name in self._names)

    @property
    def _names(self) -> tuple[str, ...]:
        """The files that must be there."""
        kinds = ("inter", "kg", "link") if self.knowledge else ("inter",)
        return tuple(f"{self.stem}.{kind}" for kind in kinds)

    @property
    def stem(self) -> str:
        """What the files are called before the dot."""
        return self.name or self.folder.rstrip("/").rpartition("/")[2]
