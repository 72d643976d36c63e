"""`recbox plugins`: what is installed, where it comes from, and what its options are."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from recbox.cli import option
from recbox.cli.terminal import note, safe, write_json
from recbox.registry.kinds import ALL_KINDS

kind_option = click.option("--kind", type=click.Choice(ALL_KINDS), help="Only this kind.")


timeout_option = click.option(
    "--timeout",
    type=option.FinitePositive(),
    metavar="SECONDS",
    default=10.0,
    show_default=True,
    help="What the import of one plugin may take.",
)


@click.group
def command() -> None:
    """What is installed, where from, with which options; and one of your own, with its tests."""


@command.command("list")
@kind_option
@timeout_option
@option.json_option
def list_(kind: str | None, timeout: float, as_json: bool) -> None:
    """All plugins; a broken one is a row with its cause and remedy.

    They are imported in a process of their own, so that one that hangs or ends it is a row too.
    """
    from recbox.cli.cards import print_rows
    from recbox.registry import Registry
    from recbox.registry.probing import cards as probed

    registry = Registry()
    cards = probed(registry, list(registry.rows(kind)), timeout)
    write_json([asdict(card) for card in cards]) if as_json else print_rows(cards)


@command.command()
@click.argument("name")
@kind_option
@timeout_option
@option.json_option
def show(name: str, kind: str | None, timeout: float, as_json: bool) -> None:
    """One plugin: its options, its reference, what it can do.

    Each option has its type, its default and its help. NAME may be `distribution:name`; a name that several
    kinds have shows each of them.
    """
    from recbox.cli.cards import find, print_card
    from recbox.registry import Registry
    from recbox.registry.probing import cards as probed

    registry = Registry()
    cards = probed(registry, find(list(registry.rows(kind)), name), timeout)
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
    """A new package, recbox-NAME, with a small plugin that works.

    It has the plugin's code, a test, a recipe that uses it, and a README. Nothing is overwritten.

    KIND is one of source, writer, encoder, layer, objective, head, model, metric, tracker.
    """
    from recbox.cli.scaffolding import document, print_package
    from recbox.scaffold import create

    package = create(kind, name, parent)
    write_json(document(package)) if as_json else print_package(package)


@command.command()
@click.argument("asked", metavar="PATH_OR_NAME")
@kind_option
@click.option(
    "--timeout",
    type=option.FinitePositive(),
    metavar="SECONDS",
    default=60.0,
    show_default=True,
    help="What one check may take.",
)
@option.json_option
def test(asked: str, kind: str | None, timeout: float, as_json: bool) -> int:
    """Check that a plugin keeps the laws of its kind.

    PATH_OR_NAME is a package's folder, a Python file, an installed plugin, or a distribution (all of its
    plugins are tested). The exit code is 0 where at least one check ran and none failed, else 2.
    """
    from recbox.cli.testing import print_report, watched

    report = watched(asked, kind, timeout)
    write_json(report.document()) if as_json else print_report(report)
    return 0 if report.ok else 2


@command.command()
@timeout_option
def schema(timeout: float) -> None:
    """A JSON schema of recipes, for editors.

    It has the options of every plugin that is installed.
    """
    from recbox.recipe import schema as recipe_schema
    from recbox.registry import Registry
    from recbox.registry.probing import cards as probed

    registry = Registry()
    cards = probed(registry, list(registry.rows()), timeout)
    for card in (card for card in cards if card.error):
        owner = f"{card.distribution} {card.version}"
        note(safe(f"left out: the {card.kind} {card.name!r} of {owner}: {card.error}; {card.remedy}"))
    write_json(recipe_schema(registry, cards))
