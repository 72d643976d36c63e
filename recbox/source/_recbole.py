"""Reading atomic files: tab-separated, with a header of `name:type`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from recbox.data import Column, Tables, Triples
from recbox.data.columns import ColumnType
from recbox.data.find import search_path
from recbox.errors import DataError, nearest
from recbox.plugin import Provides
from recbox.source._block import Bad
from recbox.source._convert import Field, FieldType, alike
from recbox.source._delimited import Layout, header_of
from recbox.source._knowledge import ATOMIC_LINK, ATOMIC_TRIPLE, read_knowledge
from recbox.source._reading import File, read_file
from recbox.source.recbole import RecBoleAtomic

if TYPE_CHECKING:
    from recbox.context import Context

_LAYOUT = Layout("\t", quote=False)
_TYPES: dict[str, ColumnType] = {"token": "categorical", "float": "numeric", "token_seq": "multi"}
"""A float_seq is a vector; recbox has no column of that type, so it is left out."""


def atomic_provides(options: RecBoleAtomic, context: Context) -> Provides:
    """What the headers say; incomplete where the files aren't there yet."""
    folder = options.locate(context)
    edges = frozenset({"interaction", "knowledge"} if options.knowledge else {"interaction"})
    if folder is None:
        return Provides(edges, time=options.columns.time is not None, complete=False)
    time = options.columns.time in _header(folder / f"{options.stem}.inter")
    columns: dict[str, dict[str, str]] = {
        type: {column.name: column.type for column in _columns(options, folder, type)}
        for type in ("user", "item")
    }
    return Provides(edges, columns=columns, time=time)


def read_atomic(options: RecBoleAtomic, context: Context) -> Tables:
    """Interactions and features, and where asked for triples; .net is left alone."""
    folder = options.locate(context)
    if folder is None:
        raise _missing(options, context)
    bad = Bad()
    interaction, rows = _interactions(options, folder / f"{options.stem}.inter", bad)
    features: dict[str, pl.DataFrame] = {}
    for type in ("user", "item"):
        columns = _columns(options, folder, type)
        if columns:
            frame = _features(options, folder, type, columns, bad)
            ids, own = alike([interaction[type], frame["id"]])
            interaction, features[type] = interaction.with_columns(ids), frame.with_columns(own)
    return Tables(
        name=options.stem,
        interaction=interaction,
        knowledge=_knowledge(options, folder, bad) if options.knowledge else None,
        user=features.get("user"),
        item=features.get("item"),
        columns={type: _columns(options, folder, type) for type in features},
        bad=tuple(bad.rows),
        bad_count=bad.count,
        rows=rows,
        origin=str(folder),
    )


def _knowledge(options: RecBoleAtomic, folder: Path, bad: Bad) -> Triples:
    triple, link = (File(folder / f"{options.stem}.{kind}", layout=_LAYOUT) for kind in ("kg", "link"))
    return read_knowledge([(triple, ATOMIC_TRIPLE)], [(link, ATOMIC_LINK)], bad)


def _missing(options: RecBoleAtomic, context: Context) -> DataError:
    names = " and ".join(name.rpartition("/")[2] for name in options.absent(context))
    places = [str(base / options.folder) for base in (context.folder, *search_path(context.data_dir))]
    return DataError(
        f"there is no folder {options.folder} with {names}",
        why=f"looked at {', '.join(places)}",
        instead=f"put the files into {places[0]}, or name the folder above with --data-dir or RECBOX_DATA",
    )


def _header(path: Path) -> dict[str, str]:
    """Names and types of the columns; empty where the file isn't there."""
    try:
        named = header_of(path, _LAYOUT) if path.is_file() else []
    except OSError as error:
        raise DataError(f"can't read: {error.strerror or error}", where=str(path)) from error
    return {name: type for name, _, type in (column.partition(":") for column in named)}


def _field(name: str, column: str, type: FieldType, header: Mapping[str, str], path: Path) -> Field:
    if column not in header:
        instead = nearest(column, list(header))
        raise DataError(f"there is no column {column!r} in the header", where=f"{path}:1", instead=instead)
    kind = header[column]
    return Field(name, f"{column}:{kind}" if kind else column, type, separator=" ")


def _interactions(options: RecBoleAtomic, path: Path, bad: Bad) -> tuple[pl.DataFrame, int]:
    header, columns = _header(path), options.columns
    fields = [
        _field("user", columns.user, "id", header, path),
        _field("item", columns.item, "id", header, path),
    ]
    if columns.weight in header:
        fields.append(_field("weight", columns.weight or "", "weight", header, path))
    if columns.time in header:
        fields.append(_field("time", columns.time or "", "time", header, path))
    frame, rows = read_file(File(path, layout=_LAYOUT), fields, bad)
    return frame.with_columns(file=pl.lit(str(path), pl.String)), rows


def _columns(options: RecBoleAtomic, folder: Path, type: str) -> tuple[Column, ...]:
    header = _header(folder / f"{options.stem}.{type}")
    id = getattr(options.columns, type)
    return tuple(
        _column(name, kind, options, type) for name, kind in header.items() if name != id and kind in _TYPES
    )


def _column(name: str, kind: str, options: RecBoleAtomic, type: str) -> Column:
    if type == "item" and name == options.title:
        return Column(name, "text", "title")
    return Column(name, "text", "text") if name in options.text else Column(name, _TYPES[kind])


def _features(
    options: RecBoleAtomic, folder: Path, type: str, columns: tuple[Column, ...], bad: Bad
) -> pl.DataFrame:
    path = folder / f"{options.stem}.{type}"
    header = _header(path)
    fields = [_field("id", getattr(options.columns, type), "id", header, path)]
    fields += [_field(column.name, column.name, column.type, header, path) for column in columns]
    frame, _ = read_file(File(path, layout=_LAYOUT), fields, bad)
    again = ~frame["id"].is_first_distinct()
    bad.add(
        str(path),
        ((line, "the id was there already") for line in frame.filter(again)["line"]),
        int(again.sum()),
    )
    return frame.filter(~again).drop("line")
