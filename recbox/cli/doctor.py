"""`recbox doctor`: what this machine can do, and what is wrong with it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from recbox.cli import option
from recbox.cli.terminal import console, safe, write_json

MARK = {"ok": ("ok", "green"), "info": ("--", ""), "warning": ("!!", "yellow"), "error": ("XX", "bold red")}


@click.command
@option.data_option
@option.json_option
def command(data_dir: tuple[Path, ...], as_json: bool) -> None:
    """Say what this machine can do, what is wrong with it, and how to mend that."""
    from recbox.context import Context
    from recbox.data import search_path
    from recbox.doctor import examine

    findings = examine(Context(data_dir=search_path(data_dir)))
    if as_json:
        write_json([asdict(finding) for finding in findings])
        return
    from rich.text import Text

    out = console()
    for finding in findings:
        mark, style = MARK.get(finding.level, ("??", ""))
        out.print(Text(mark, style=style), Text(f"{safe(finding.what)}: {safe(finding.detail)}"))
        if finding.remedy:
            out.print(Text(f"   try: {safe(finding.remedy)}"))
