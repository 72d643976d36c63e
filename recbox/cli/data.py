"""`recbox data`: public data sets by name, where they were found, and how to get them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recbox.cli import option
from recbox.cli.terminal import safe, write_json

if TYPE_CHECKING:
    from recbox.context import Context
    from recbox.plugin import Source
    from recbox.registry import Registry


@click.group
def command() -> None:
    """Data sets: which there are, where they were found, and how to get them."""


@command.command("list")
@option.data_option
@option.json_option
def list_(data_dir: tuple[Path, ...], as_json: bool) -> None:
    """Data sets that a recipe can name, and where each was found."""
    registry, context = _setting(data_dir)
    rows = [facts(name, source, context) for name, source in named(registry).items()]
    if as_json:
        write_json(rows)
        return
    width = max((len(row["name"]) for row in rows), default=0)
    for row in rows:
        size = f"{row['users']:>9,} users  {row['items']:>7,} items  {row['interactions']:>11,} interactions"
        click.echo(f"{safe(row['name']):<{width}}  {size}  {safe(row['found'] or 'not here')}")


@command.command()
@click.argument("name")
@option.data_option
@option.json_option
def show(name: str, data_dir: tuple[Path, ...], as_json: bool) -> None:
    """One data set: its size, its columns, where it was found."""
    registry, context = _setting(data_dir)
    source = one(registry, name)
    row = facts(name, source, context)
    provides = source.provides(context)
    row |= {
        "summary": (type(source).__doc__ or "").strip().split("\n", 1)[0],
        "reference": source.reference,
        "licence": source.licence,
        "edge": sorted(provides.edges),
        "column": provides.columns,
        "time": provides.time,
        "part": provides.part,
    }
    if as_json:
        write_json(row)
        return
    for label, value in row.items():
        click.echo(f"{label:<13} {safe(_plain(value))}")


@command.command()
@click.argument("name")
@option.data_option
@option.offline_option
@option.json_option
def fetch(name: str, data_dir: tuple[Path, ...], offline: bool, as_json: bool) -> None:
    """Get a data set from its publisher or a mirror into the cache, unless it is here already."""
    from recbox.cli.progress import progress_for

    registry, context = _setting(data_dir)
    source = one(registry, name)
    context = context.with_(offline=offline, progress=progress_for(sys.stderr))
    if source.locate(context) is None:
        source.fetch(context)
    row = facts(name, source, context)
    if as_json:
        write_json(row)
    else:
        click.echo(f"{safe(name)}: {row['interactions']:,} interactions, in {safe(row['found'])}")


def named(registry: Registry) -> dict[str, Source]:
    """Sources that need no options and know the size of their data: public sets, by name."""
    from recbox.errors import PluginError

    found: dict[str, Source] = {}
    for name in registry.names("source"):
        try:
            cls: Any = registry.load("source", name)
        except PluginError:
            continue  # `plugins list` shows it with its cause; the others can be listed
        if not any(field.is_required() for field in cls.model_fields.values()) and cls().shape():
            found[name] = cls()
    return found


def one(registry: Registry, name: str) -> Source:
    """The data set called `name`, or an error with the nearest one."""
    from recbox.errors import DataError, nearest

    sets = named(registry)
    if name not in sets:
        raise DataError(f"there is no data set {name!r}", instead=nearest(name, list(sets)))
    return sets[name]


def facts(name: str, source: Source, context: Context) -> dict[str, Any]:
    """Name, size and place (None: not found) of a data set."""
    found = source.locate(context)
    return {"name": name, **(source.shape() or {}), "found": None if found is None else str(found)}


def _setting(data_dir: tuple[Path, ...]) -> tuple[Registry, Context]:
    from recbox.context import Context
    from recbox.data import search_path
    from recbox.registry import Registry

    return Registry(), Context(data_dir=search_path(data_dir))


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{k}: {_plain(v)}" for k, v in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    if value is None or isinstance(value, bool):
        return {True: "yes", False: "no", None: "not here"}[value]
    return f"{value:,}" if isinstance(value, int) else str(value)
