"""The source `table`: a user's own files."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Literal, Self, final

from pydantic import Field, model_validator

from recbox.plugin import Provides, Sample, Source
from recbox.source._files import (
    FeatureColumn,
    FeatureFile,
    InteractionFile,
    KnowledgeFiles,
    RelationFile,
    Text,
)

if TYPE_CHECKING:
    from pathlib import Path

    from recbox.context import Context
    from recbox.data import Tables


@final
class Table(Source):
    """CSV, TSV, JSON lines and Parquet files: interactions, features of users and items, relations."""

    name: Text = "table"
    """What the data set is called in reports."""
    interaction: Annotated[tuple[InteractionFile, ...], Field(min_length=1)]
    """Files of interactions; several are read one after the other."""
    user: tuple[FeatureFile, ...] = ()
    """Files that describe users."""
    item: tuple[FeatureFile, ...] = ()
    """Files that describe items."""
    relation: tuple[RelationFile, ...] = ()
    """Files of links between users or between items."""
    knowledge: KnowledgeFiles | None = None
    """Files of a knowledge graph around the items, for edges of type `knowledge`."""

    @model_validator(mode="after")
    def _all_or_none(self) -> Self:
        for name in ("time", "part"):
            if len({file.has(name) for file in self.interaction}) > 1:
                raise ValueError(f"some interaction files give the {name} and some don't; all must, or none")
        for type in ("user", "item"):
            _check_same(type, getattr(self, type))
        by_name: dict[str, set[str]] = {}
        for file in self.relation:
            by_name.setdefault(file.name, set()).add(file.between)
            if len(by_name[file.name]) > 1:
                raise ValueError(f"the relation {file.name!r} can't link users and items at once")
        return self

    def features(self, type: Literal["user", "item"]) -> dict[str, FeatureColumn]:
        """All features of a node type, by name."""
        return {name: column for file in getattr(self, type) for name, column in file.columns.items()}

    def provides(self, context: Context) -> Provides:
        relations: dict[str, tuple[str, ...]] = {}
        for file in self.relation:
            names = relations.get(f"{file.between}-relation", ())
            relations[f"{file.between}-relation"] = tuple(dict.fromkeys((*names, file.name)))
        types: tuple[Literal["user", "item"], ...] = ("user", "item")
        columns: dict[str, dict[str, str]] = {
            type: {name: c.type for name, c in self.features(type).items()} for type in types
        }
        first = self.interaction[0]
        return Provides(
            edges=frozenset({"interaction", *relations, *(["knowledge"] if self.knowledge else [])}),
            columns=columns,
            relations=relations,
            behaviours=self._behaviours(),
            time=first.has("time"),
            part=first.has("part"),
        )

    def _behaviours(self) -> tuple[str, ...] | None:
        if any(file.columns.behaviour is not None for file in self.interaction):
            return None
        if not any(file.behaviour for file in self.interaction):
            return ()
        return tuple(sorted({file.behaviour or "interaction" for file in self.interaction}))

    @classmethod
    def sample(cls, folder: Path) -> Sample:
        from recbox.source._sample import table

        return table(folder)

    def read(self, context: Context) -> Tables:
        from recbox.source._table import read_table

        return read_table(self, context)

    def locate(self, context: Context) -> Path | None:
        """The folder of the first file of interactions, where every file is there."""
        found = self._found(context).values()
        return None if None in found else next(path.parent for path in found if path is not None)

    def absent(self, context: Context) -> tuple[str, ...]:
        return tuple(path for path, found in self._found(context).items() if found is None)

    def _found(self, context: Context) -> dict[str, Path | None]:
        """Each file's path as it is written, interactions first, and where it lies."""
        from recbox.data.find import resolve_file, search_path

        folders = search_path(context.data_dir)
        files = (*self.interaction, *self.user, *self.item, *self.relation)
        if self.knowledge is not None:
            files = (*files, *self.knowledge.triple, *self.knowledge.link)
        return {file.path: resolve_file(file.path, context.folder, folders) for file in files}


def _check_same(type: str, files: tuple[FeatureFile, ...]) -> None:
    """Files of one node type continue each other (the same features) or complete each other (others)."""
    for one, other in combinations([file.columns for file in files], 2):
        shared = one.keys() & other.keys()
        if shared and (one.keys() != other.keys() or any(_differ(one[n], other[n]) for n in shared)):
            raise ValueError(f"two {type} files give the feature {min(shared)!r} differently")


def _differ(one: FeatureColumn, other: FeatureColumn) -> bool:
    return (one.type, one.role) != (other.type, other.role)
