"""Plugin cards as text."""

from __future__ import annotations

from collections.abc import Sequence

import click

from recbox.cli.terminal import console, safe
from recbox.errors import PluginError, nearest
from recbox.registry import Card


def find(cards: Sequence[Card], name: str) -> list[Card]:
    """The cards that `name` or `distribution:name` means, at least one, or a `PluginError`."""
    wanted, _, short = name.rpartition(":")
    found = [c for c in cards if c.name == short and wanted in ("", c.distribution)]
    if not found:
        known = sorted({c.name for c in cards})
        raise PluginError(f"there is no plugin {name!r}", instead=nearest(short, known))
    return found


def print_rows(cards: Sequence[Card]) -> None:
    """One row a plugin, and under a broken one its entry point, cause and remedy."""
    kinds, names = max(len(c.kind) for c in cards), max(len(c.name) for c in cards)
    owners = max(len(_owner(c)) for c in cards)
    for card in cards:
        click.echo(
            f"{card.kind:<{kinds}}  {safe(card.name):<{names}}  {safe(_owner(card)):<{owners}}  "
            f"{safe('BROKEN' if card.error else card.summary)}"
        )
        _print_error(card, f"entry point {card.name} = {card.entry_point}: ")


def print_card(card: Card) -> None:
    """Everything that is known of a plugin."""
    click.echo(f"{card.kind} {safe(card.name)}: {safe(card.summary)}")
    click.echo(f"  from       {safe(_owner(card))} ({safe(card.entry_point)})")
    if card.reference:
        click.echo(f"  reference  {safe(card.reference)}")
    for name, value in card.capabilities:
        click.echo(f"  {safe(name):<10} {safe(value)}")
    _print_error(card)
    _print_fields(card)


def _print_fields(card: Card) -> None:
    from rich.table import Table
    from rich.text import Text

    if not card.fields:
        return
    table = Table("option", "type", "default", "help", box=None, padding=(0, 2, 0, 2), pad_edge=True)
    for field in card.fields:
        table.add_row(
            *(Text(safe(v)) for v in (field.name, field.type, field.default, " ".join(field.help.split())))
        )
    console().print(table)


def _print_error(card: Card, place: str = "") -> None:
    if card.error:
        click.echo(f"    {safe(place + card.error)}")
    if card.warning:
        click.echo(f"    {safe(card.warning)}")
    if card.remedy:
        click.echo(f"    try: {safe(card.remedy)}")


def _owner(card: Card) -> str:
    return f"{card.distribution} {card.version}".strip()
