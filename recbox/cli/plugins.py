"""`recbox plugins`: what is installed, where it comes from, and what its options are."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from recbox.cli import option
from recbox.cli.terminal import write_json
from recbox.registry.kinds import KINDS

kind_option = click.option("--kind", type=click.Choice(KINDS), help="Only this kind.")


@click.group
def command() -> None:
    """What is installed, where from, with which options."""


@command.command("list")
@kind_option
@option.json_option
def list_(kind: str | None, as_json: bool) -> None:
    """All plugins; a broken one is a row with its cause and remedy."""
    from recbox.cli.cards import print_rows
    from recbox.registry import Registry

    cards = list(Registry().cards(kind))
    write_json([asdict(card) for card in cards]) if as_json else print_rows(cards)


@command.command()
@click.argument("name")
@kind_option
@option.json_option
def show(name: str, kind: str | None, as_json: bool) -> None:
    """One plugin: its options with types, defaults and help, its reference and capabilities.

    NAME may be `distribution:name`; a name that several kinds have shows each of them.
    """
    from recbox.cli.cards import find, print_card
    from recbox.registry import Registry

    cards = find(list(Registry().cards(kind)), name)
    if as_json:
        write_json([asdict(card) for card in cards])
        return
    for card in cards:
        print_card(card)


@command.command()
@click.argument("kind")
@click.argument("name")
@click.option(
    "--dir",
    "parent",
    default=".",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to put it; default: the current folder.",
)
@option.json_option
def new(kind: str, name: str, parent: Path, as_json: bool) -> None:
    """Write a package recbox-NAME with a small plugin that works: code, test, recipe, README.

    KIND is one of source, encoder, layer, objective, head, model, metric.
    """
    from recbox.cli.scaffolding import document, print_package
    from recbox.scaffold import create

    package = create(kind, name, parent)
    write_json(document(package)) if as_json else print_package(package)


@command.command()
def schema() -> None:
    """A JSON schema of recipes, with every installed plugin's options, for editors."""
    from recbox.recipe import schema as recipe_schema
    from recbox.registry import Registry

    write_json(recipe_schema(Registry()))
