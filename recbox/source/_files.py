"""The files of a table, as a recipe describes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal, Self, final

from pydantic import Field, field_validator, model_validator

from recbox.plugin import Options, mistake

Where = Annotated[int, Field(ge=1, le=100_000)] | Annotated[str, Field(min_length=1)]
"""A column: its name in the header, or its position, counted from 1."""
Format = Literal["auto", "csv", "tsv", "jsonl", "parquet"]
Text = Annotated[str, Field(min_length=1)]
RESERVED = {"\n": "a line feed", "\r": "a carriage return", '"': "a double quote", "\0": "a NUL"}
"""Characters that mean something else in a delimited file."""


@final
class InteractionColumns(Options):
    """Where the columns of an interaction are. A file without a header has positions, counted from 1."""

    user: Where | None = None
    """By default `user`, or the first column where there is no header."""
    item: Where | None = None
    """By default `item`, or the second column where there is no header."""
    time: Where | None = None
    """When it happened; null: the data doesn't say."""
    weight: Where | None = None
    """A rating or a count; null: every interaction counts 1."""
    behaviour: Where | None = None
    """What the user did (view, cart, buy), where one file holds several."""
    part: Where | None = None
    """train, valid or test, where the data brings its own split."""


@final
class FeatureColumn(Options):
    """A column that describes users or items."""

    column: Where | None = None
    """Where it is in the file; by default the column of the feature's own name."""
    type: Literal["categorical", "numeric", "multi", "text"] = "categorical"
    """multi: several categories in one value, or a list."""
    separator: Text = "|"
    """Between the categories of a multi."""
    role: Literal["", "title", "text", "user"] = ""
    """title: what people read in lists. text: what language models read. user: it holds ids of users, such as
    friends: whoever is forgotten is taken out of it, too."""

    @model_validator(mode="after")
    def _held(self) -> Self:
        if self.role == "user" and self.type not in ("categorical", "multi"):
            raise mistake("ids of users are categories", at="role", instead="type: categorical, or multi")
        return self


@final
class RelationColumns(Options):
    """Where the two ends of a link are."""

    source: Where | None = None
    """By default `source`, or the first column where there is no header."""
    target: Where | None = None
    """By default `target`, or the second column where there is no header."""
    weight: Where | None = None
    """How strong it is; null: every link counts 1."""


class _File(Options):
    path: Text
    """Relative to the recipe's folder, or else to one of the data directories."""
    format: Format = "auto"
    """auto: by the name's ending (.csv, .tsv, .jsonl, .ndjson, .parquet)."""
    header: bool = True
    """Whether the first line of a CSV or TSV names the columns."""
    delimiter: Text | None = None
    """What separates columns; null: a comma in CSV, a tab in TSV."""
    quote: bool = True
    """Whether double quotes enclose values."""
    encoding: Literal["utf-8", "latin-1"] = "utf-8"
    """Of CSV and TSV."""

    @field_validator("delimiter")
    @classmethod
    def _separates(cls, delimiter: str | None) -> str | None:
        for character, name in RESERVED.items():
            if character in (delimiter or ""):
                raise ValueError(f"{name} can't separate columns; give another delimiter, such as ';' or '|'")
        return delimiter


@final
class InteractionFile(_File):
    """A file of interactions, one a row."""

    columns: InteractionColumns = InteractionColumns()
    """Which column is what."""
    time: Literal["auto", "seconds", "milliseconds", "iso"] = "auto"
    """How times are written. auto: ISO 8601, or Unix time, in milliseconds above 1e11."""
    behaviour: Text | None = None
    """What users did in all rows of this file."""
    part: Literal["train", "valid", "test"] | None = None
    """The part of the split that all rows of this file belong to."""

    @model_validator(mode="after")
    def _once(self) -> Self:
        for name in ("behaviour", "part"):
            if getattr(self, name) is not None and getattr(self.columns, name) is not None:
                raise ValueError(f"{name} is given for the file and as a column; say it once")
        _check_positions(self, self.columns.values().values())
        return self

    def has(self, name: str) -> bool:
        """Whether the rows say this: time, weight, behaviour or part."""
        return getattr(self.columns, name) is not None or (
            name != "time" and getattr(self, name, None) is not None
        )


@final
class FeatureFile(_File):
    """A file that describes users or items, one a row."""

    id: Where | None = None
    """The column of the id; by default `id`, or the first where there is no header."""
    columns: dict[Text, FeatureColumn]
    """The features, by the name that the recipe uses."""

    @model_validator(mode="after")
    def _named(self) -> Self:
        if taken := {"id", "line"} & set(self.columns):
            raise ValueError(
                f"a feature can't be called {taken.pop()}; name it otherwise and give its `column`"
            )
        _check_positions(self, (f.column or name for name, f in self.columns.items()))
        return self


@final
class RelationFile(_File):
    """A file of links between users, or between items, one a row."""

    name: Text
    """What `graph.edge` calls it with `by`."""
    between: Literal["user", "item"]
    """What it links."""
    columns: RelationColumns = RelationColumns()
    """Which column is what."""

    @model_validator(mode="after")
    def _placed(self) -> Self:
        _check_positions(self, self.columns.values().values())
        return self


@final
class TripleColumns(Options):
    """Where the parts of a triple are."""

    head: Where | None = None
    """By default `head`, or the first column where there is no header."""
    relation: Where | None = None
    """By default `relation`, or the second column where there is no header."""
    tail: Where | None = None
    """By default `tail`, or the third column where there is no header."""


@final
class TripleFile(_File):
    """A file of triples (head, relation, tail), one a row."""

    columns: TripleColumns = TripleColumns()
    """Which column is what."""

    @model_validator(mode="after")
    def _placed(self) -> Self:
        _check_positions(self, self.columns.values().values())
        return self


@final
class LinkColumns(Options):
    """Where an item and its entity are."""

    item: Where | None = None
    """By default `item`, or the first column where there is no header."""
    entity: Where | None = None
    """By default `entity`, or the second column where there is no header."""


@final
class LinkFile(_File):
    """A file of links from items to the entities that they are, one a row."""

    columns: LinkColumns = LinkColumns()
    """Which column is what."""

    @model_validator(mode="after")
    def _placed(self) -> Self:
        _check_positions(self, self.columns.values().values())
        return self


AnyFile = InteractionFile | FeatureFile | RelationFile | TripleFile | LinkFile


@final
class KnowledgeFiles(Options):
    """The files of a knowledge graph."""

    triple: Annotated[tuple[TripleFile, ...], Field(min_length=1)]
    """Files of triples; several are read one after the other."""
    link: tuple[LinkFile, ...] = ()
    """Which items are which entities; none: a head or tail that is called like an item is that item."""


def _check_positions(file: _File, columns: Iterable[Where | None]) -> None:
    if not file.header and (names := [c for c in columns if isinstance(c, str)]):
        raise ValueError(
            f"without a header a column is a position, counted from 1; {names[0]!r} is a name: "
            "write `column: 3`, or the like"
        )
