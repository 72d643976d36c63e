"""What came in since: files, frames and stores of events, as tables of a source."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from recbox.context import Context
from recbox.data import Tables
from recbox.errors import DataError, OptionError, nearest
from recbox.recommend import frames
from recbox.registry import Registry
from recbox.store import is_store
from recbox.updating import store
from recbox.updating.framing import ROLES, of_frame

if TYPE_CHECKING:
    from recbox.data import Dataset

LINES = (".jsonl", ".ndjson")


def read_events(
    source: object,
    data: Dataset,
    recipe: Mapping[str, Any],
    registry: Registry,
    columns: Mapping[str, str] | None = None,
) -> Tables:
    """Events as a source reads them: rows that can't be read are among `bad`.

    source: a CSV, TSV, JSON lines or Parquet file, the store that a server keeps, a frame of polars or
    pandas, or a mapping of columns. recipe: as it is written; where its source is `table`, columns have the
    names that it says. columns: other names, by role. A `DataError` where a column is missing.
    """
    if unknown := [role for role in columns or () if role not in ROLES]:
        raise OptionError(f"events have no column {unknown[0]!r}", instead=nearest(unknown[0], ROLES))
    path = Path(source) if isinstance(source, str | Path) else None
    if path is not None and is_store(path):
        return store.read(path)
    if path is None:
        table, where = frames.read(source, "events")
        told = _told(recipe)
        names = _chosen(table.columns, told.get("columns") or {}, columns, data, where)
        return of_frame(_renamed(table, names), where, told.get("time", "auto"))
    if not path.is_file():
        raise OptionError("there is no such file of events", where=str(path))
    told = _told(recipe)
    if told.get("header") is False and _alike(path, told) and not columns:
        return _by_position(path, told, registry)
    names = _chosen(_header(path, told), told.get("columns") or {}, columns, data, str(path))
    form = {k: told[k] for k in ("delimiter", "quote", "encoding") if k in told and _alike(path, told)}
    if "time" in told and "time" in names:
        form["time"] = told["time"]
    return _read(path, {**form, "columns": names}, registry)


def _by_position(path: Path, told: Mapping[str, Any], registry: Registry) -> Tables:
    """A file without a header, as that of the recipe is."""
    places = {role: at for role, at in (told.get("columns") or {}).items() if role in ROLES and at}
    form = {k: v for k, v in told.items() if k not in ("path", "part", "columns")}
    return _read(path, {**form, "columns": places}, registry)


def _read(path: Path, form: Mapping[str, Any], registry: Registry) -> Tables:
    """Through the source `table`, which knows what rows of files may be."""
    file = {**form, "path": str(path.absolute())}
    options: Any = registry.load("source", "table").parse({"interaction": [file]})
    tables: Tables = options.read(Context(folder=path.absolute().parent, offline=True))
    return tables


def _renamed(table: pl.DataFrame, names: Mapping[str, str]) -> pl.DataFrame:
    return table.select(pl.col(name).alias(role) for role, name in names.items())


def _told(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """What the recipe says of its first file of interactions; empty where its source is another."""
    source = (recipe.get("data") or {}).get("source") or {}
    files = source.get("interaction") if source.get("use") == "table" else None
    return dict(files[0]) if files else {}


def _alike(path: Path, told: Mapping[str, Any]) -> bool:
    """Whether a file is written as that of the recipe."""
    return path.suffix.lower() == Path(str(told.get("path", ""))).suffix.lower()


def _header(path: Path, told: Mapping[str, Any]) -> list[str]:
    """The names of a file's columns."""
    ending = path.suffix.lower()
    try:
        if ending == ".parquet":
            return list(pl.read_parquet_schema(path))
        encoding = str(told.get("encoding") or "utf-8") if _alike(path, told) else "utf-8"
        with open(path, encoding=encoding, errors="replace", newline="") as file:
            first = file.readline(1 << 20).lstrip("\ufeff")
        if ending in LINES:
            found = json.loads(first)
            return list(found) if isinstance(found, dict) else []
        own = told.get("delimiter") if _alike(path, told) else None
        return next(csv.reader([first], delimiter=own or ("\t" if ending == ".tsv" else ",")), [])
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a damaged file makes polars panic, which is no Exception
        why = " ".join(str(error).split())[:200]
        raise DataError("the file can't be read", where=str(path), why=why) from None


def _chosen(
    there: list[str],
    told: Mapping[str, Any],
    columns: Mapping[str, str] | None,
    data: Dataset,
    where: str,
) -> dict[str, str]:
    """By role, the column: as asked, as the recipe has it, or as the role is called. Times and behaviours
    are read where the data has them."""
    has = {"time": data.interaction.time is not None, "behaviour": bool(data.behaviours)}
    found: dict[str, str] = {}
    for role in ROLES:
        asked = (columns or {}).get(role)
        names = [asked] if asked else [told.get(role), role]
        name = next((n for n in names if n in there), None)
        if name is not None and has.get(role, True):
            found[role] = str(name)
        elif (asked and name is None) or role in ("user", "item") or (role == "time" and has["time"]):
            missing = asked or str(told.get(role) or role)
            raise DataError(
                f"there is no column {missing!r}",
                where=where,
                why=f"it has {', '.join(map(str, there)) or 'none'}"[:300],
                instead=f"--columns {role}=NAME",
            )
    return found
