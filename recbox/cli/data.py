"""`recbox data`: public data sets by name, where they were found, and how to get them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recbox.api.blaming import blaming
from recbox.cli import exporting, option
from recbox.cli.terminal import note, results_alone, safe, write_json

if TYPE_CHECKING:
    from recbox.context import Context
    from recbox.plugin import Source
    from recbox.registry import Registry


@click.group
def command() -> None:
    """Data sets: which there are, where they were found, how to get them; a split as files."""


command.add_command(exporting.command, "export")


@command.command("list")
@option.data_option
@option.json_option
def list_(data_dir: tuple[Path, ...], as_json: bool) -> None:
    """Data sets that a recipe can name, and where each was found."""
    registry, context = _setting(data_dir)
    with results_alone():
        rows = list(known(registry, context))
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
    with results_alone(), blaming(registry):
        source = one(registry, name, context)
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
    """Get a data set from its publisher or a mirror into the cache, unless it is here already; check it."""
    from recbox.cli.progress import progress_for

    registry, context = _setting(data_dir)
    context = context.with_(offline=offline, progress=progress_for(sys.stderr))
    with results_alone(), blaming(registry):
        source = one(registry, name, context)
        if source.locate(context) is None:
            source.fetch(context)
        source.check(context)
        row = facts(name, source, context)
    if as_json:
        write_json(row)
    else:
        click.echo(f"{safe(name)}: {row['interactions']:,} interactions, in {safe(row['found'])}")


def known(registry: Registry, context: Context) -> Iterator[dict[str, Any]]:
    """Facts of each public set; one whose plugin fails is left out, and said to be."""
    from recbox.errors import PluginError

    for name in _sound(registry):
        try:
            with blaming(registry):
                if source := public(registry, name):
                    yield facts(name, source, context)
        except PluginError as error:
            note(safe(f"left out: {error}", keep_lines=True))


def one(registry: Registry, name: str, context: Context) -> Source:
    """The data set called `name`, or an error with the nearest one; no other plugin is imported for it."""
    from recbox.errors import DataError, nearest

    if name in registry.names("source") and (source := public(registry, name)):
        return source
    sets = [row["name"] for row in known(registry, context)]
    raise DataError(f"there is no data set {name!r}", instead=nearest(name, sets))


def public(registry: Registry, name: str) -> Source | None:
    """The source, if it needs no options and knows the size of its data."""
    cls: Any = registry.load("source", name)
    if any(field.is_required() for field in cls.model_fields.values()):
        return None
    source: Source = cls()
    return source if source.shape() else None


def _sound(registry: Registry) -> list[str]:
    """Sources that can be imported; `plugins list` shows the others with their cause."""
    from recbox.registry.probing import cards

    sound = cards(registry, list(registry.rows("source")))
    return list(dict.fromkeys(card.name for card in sound if not card.error))


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
