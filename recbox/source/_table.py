"""Reading what the options of `table` name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import polars as pl

from recbox.data import Column, Tables, Triples
from recbox.data.find import resolve_file, search_path
from recbox.errors import DataError
from recbox.source._block import Bad
from recbox.source._convert import Field, alike
from recbox.source._delimited import Layout
from recbox.source._files import FeatureFile, InteractionFile, RelationFile
from recbox.source._knowledge import read_knowledge
from recbox.source._reading import SUFFIXES, File, concat, read_file
from recbox.source.table import Table

if TYPE_CHECKING:
    from recbox.context import Context
    from recbox.source._files import KnowledgeFiles, LinkFile, TripleFile, Where

NodeType = Literal["user", "item"]
_NODE_TYPES: tuple[NodeType, ...] = ("user", "item")


@dataclass
class _Read:
    """What has been read so far."""

    interaction: pl.DataFrame
    rows: int
    bad: Bad
    features: dict[NodeType, pl.DataFrame] = field(default_factory=dict)
    relation: dict[str, pl.DataFrame] = field(default_factory=dict)
    ends: dict[str, tuple[str, str]] = field(default_factory=dict)


def read_table(options: Table, context: Context, known: Tables | None = None) -> Tables:
    """All files; ids of one node type are integers only if they are in every file. known: what was read of
    the same files of interactions, which then aren't read again."""
    if known is None:
        bad = Bad()
        read = _Read(*_interactions(options, bad, context), bad)
    else:
        bad = Bad(list(known.bad), known.bad_count)
        read = _Read(known.interaction, known.rows, bad)
    for type in _NODE_TYPES:
        if files := getattr(options, type):
            read.features[type] = _features(files, bad, context)
    for name in dict.fromkeys(file.name for file in options.relation):
        files = [file for file in options.relation if file.name == name]
        read.relation[name] = concat([_links(file, bad, context) for file in files], ("source", "target"))
        read.ends[name] = (files[0].between, files[0].between)
    _match_ids(read)
    return Tables(
        name=options.name,
        interaction=read.interaction,
        user=read.features.get("user"),
        item=read.features.get("item"),
        columns={type: _columns(options, type) for type in read.features},
        relation=read.relation,
        ends=read.ends,
        knowledge=None if options.knowledge is None else _knowledge(options.knowledge, bad, context),
        bad=tuple(bad.rows),
        bad_count=bad.count,
        rows=read.rows,
        origin=", ".join(dict.fromkeys(str(_path(f.path, context).parent) for f in options.interaction)),
    )


def _columns(options: Table, type: NodeType) -> tuple[Column, ...]:
    return tuple(Column(name, c.type, c.role) for name, c in options.features(type).items())


def _path(path: str, context: Context) -> Path:
    folders = search_path(context.data_dir)
    found = resolve_file(path, context.folder, folders)
    if found is None:
        looked = [str(folder) for folder in (context.folder, *folders)]
        raise DataError(
            f"there is no file {path}",
            why=f"looked in {', '.join(looked)}",
            instead=f"put it at {context.folder / path}, or give its folder with --data-dir",
        )
    return found


def _file(
    options: InteractionFile | FeatureFile | RelationFile | TripleFile | LinkFile, context: Context
) -> File:
    path = _path(options.path, context)
    format = SUFFIXES.get(path.suffix.lower()) if options.format == "auto" else options.format
    if format is None and options.delimiter is not None:
        format = "csv"
    if format is None:
        raise DataError(
            f"the name's ending {path.suffix!r} doesn't say how the file is written",
            where=str(path),
            instead="give `format` (csv, tsv, jsonl, parquet) or `delimiter`",
        )
    delimiter = options.delimiter or ("\t" if format == "tsv" else ",")
    return File(path, format, Layout(delimiter, options.quote, options.header, options.encoding))


def _where(chosen: Where | None, name: str, position: int, header: bool) -> Where:
    return chosen if chosen is not None else name if header else position


def _interactions(options: Table, bad: Bad, context: Context) -> tuple[pl.DataFrame, int]:
    frames, rows = [], 0
    for file in options.interaction:
        frame, count = read_file(_file(file, context), _interaction_fields(file), bad)
        frames.append(_completed(frame, file, options, context))
        rows += count
    order = frames[0].columns
    return concat([frame.select(order) for frame in frames], ("user", "item")), rows


def _interaction_fields(file: InteractionFile) -> list[Field]:
    columns = file.columns
    fields = [
        Field("user", _where(columns.user, "user", 1, file.header), "id"),
        Field("item", _where(columns.item, "item", 2, file.header), "id"),
    ]
    if columns.weight is not None:
        fields.append(Field("weight", columns.weight, "weight"))
    if columns.time is not None:
        fields.append(Field("time", columns.time, "time", time=file.time))
    if columns.behaviour is not None:
        fields.append(Field("behaviour", columns.behaviour, "word"))
    if columns.part is not None:
        fields.append(Field("part", columns.part, "part"))
    return fields


def _completed(frame: pl.DataFrame, file: InteractionFile, options: Table, context: Context) -> pl.DataFrame:
    """The columns that any of the files has, with what holds for the file as a whole."""
    constant = [pl.lit(str(_path(file.path, context)), pl.String).alias("file")]
    if file.part is not None:
        constant.append(pl.lit(file.part).alias("part"))
    if not file.has("weight") and any(other.has("weight") for other in options.interaction):
        constant.append(pl.lit(1.0).alias("weight"))
    if file.columns.behaviour is None and any(other.has("behaviour") for other in options.interaction):
        constant.append(pl.lit(file.behaviour or "interaction").alias("behaviour"))
    return frame.with_columns(constant)


def _features(files: Sequence[FeatureFile], bad: Bad, context: Context) -> pl.DataFrame:
    """One row an id. Files with the same features follow each other, others are joined by id."""
    kinds = dict.fromkeys(frozenset(file.columns) for file in files)
    return reduce(_joined, (_once(_same(files, names, bad, context), bad) for names in kinds))


def _joined(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    one, other = alike([left["id"], right["id"]])
    return left.with_columns(one).join(right.with_columns(other), on="id", how="full", coalesce=True)


def _same(files: Sequence[FeatureFile], names: frozenset[str], bad: Bad, context: Context) -> pl.DataFrame:
    frames = []
    for file in files:
        if frozenset(file.columns) == names:
            frame, _ = read_file(_file(file, context), _feature_fields(file), bad)
            frames.append(frame.with_columns(file=pl.lit(str(_path(file.path, context)), pl.String)))
    return concat([frame.select(frames[0].columns) for frame in frames], ("id",))


def _feature_fields(file: FeatureFile) -> list[Field]:
    fields = [Field("id", _where(file.id, "id", 1, file.header), "id")]
    for name, column in file.columns.items():
        at = column.column if column.column is not None else name
        fields.append(Field(name, at, column.type, separator=column.separator))
    return fields


def _once(frame: pl.DataFrame, bad: Bad) -> pl.DataFrame:
    """The first row of each id; a later one is a bad row."""
    again = ~frame["id"].is_first_distinct()
    if again.any():
        for (file,), rows in frame.filter(again).group_by("file", maintain_order=True):
            bad.add(str(file), ((line, "the id was there already") for line in rows["line"]), rows.height)
    return frame.filter(~again).drop("file", "line")


def _links(file: RelationFile, bad: Bad, context: Context) -> pl.DataFrame:
    columns = file.columns
    fields = [
        Field("source", _where(columns.source, "source", 1, file.header), "id"),
        Field("target", _where(columns.target, "target", 2, file.header), "id"),
    ]
    if columns.weight is not None:
        fields.append(Field("weight", columns.weight, "weight"))
    frame, _ = read_file(_file(file, context), fields, bad)
    frame = frame if columns.weight is not None else frame.with_columns(weight=pl.lit(1.0))
    return frame.select("source", "target", "weight")


def _knowledge(files: KnowledgeFiles, bad: Bad, context: Context) -> Triples:
    def told(file: TripleFile | LinkFile, names: tuple[str, ...]) -> tuple[File, list[Where]]:
        at = [_where(getattr(file.columns, name), name, n, file.header) for n, name in enumerate(names, 1)]
        return _file(file, context), at

    triple = [told(file, ("head", "relation", "tail")) for file in files.triple]
    link = [told(file, ("item", "entity")) for file in files.link]
    return read_knowledge(triple, link or None, bad)


def _match_ids(read: _Read) -> None:
    """One type of id for each node type."""
    for type in _NODE_TYPES:
        links = [name for name, ends in read.ends.items() if ends[0] == type]
        columns = [read.interaction[type]]
        columns += [read.features[type]["id"]] if type in read.features else []
        columns += [read.relation[name][side] for name in links for side in ("source", "target")]
        same = iter(alike(columns))
        read.interaction = read.interaction.with_columns(next(same))
        if type in read.features:
            read.features[type] = read.features[type].with_columns(next(same))
        for name in links:
            read.relation[name] = read.relation[name].with_columns(next(same), next(same))
