"""Measured figures as tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recbox.bench import cells
from recbox.cli.terminal import console, safe

WORD = 20
"""Characters up to which a word isn't broken."""


def print_bench(document: Mapping[str, Any]) -> None:
    """The machine, then each suite: what it was measured on, and a row for each figure."""
    from rich.text import Text

    out = console()
    if document["machine"]:
        out.print(Text(safe(cells.place(document["machine"]))))
    for name, part in document["suite"].items():
        out.print(Text(safe(f"{name}: {cells.about(part)}")))
        out.print(Text(cells.rounds(part)))
        print_table(cells.table(part))
        for note in part.get("note", ()):
            out.print(Text(safe(note)))
    if "compared" in document:
        for line in ("", *cells.apart(document["compared"])):
            out.print(Text(safe(line)))
        print_table(cells.changes(document["compared"]))


def print_table(table: cells.Table) -> None:
    """Words to the left, figures to the right; only words are folded, and where they end."""
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, padding=(0, 1), pad_edge=False)
    for number, heading in enumerate(table.headings):
        if number < table.left:
            words = (word for row in table.rows for word in row[number].split())
            widest = max(map(len, words), default=0)
            shown.add_column(heading, overflow="fold", min_width=min(widest, WORD))
        else:
            shown.add_column(heading, justify="right", no_wrap=True)
    for row in table.rows:
        shown.add_row(*(Text(safe(cell)) for cell in row))
    console().print(shown)
