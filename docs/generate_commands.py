"""Every command with its options: from click."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click
from generate_promises import grid

from recbox.cli.front import recbox

WIDTH = 80


def commands(_: str) -> str:
    """The help of every command."""
    return "\n\n".join(_commands(recbox, "recbox", None))


def _commands(command: click.Command, path: str, parent: click.Context | None) -> Iterator[str]:
    context = click.Context(command, info_name=path.rpartition(" ")[2], parent=parent, terminal_width=WIDTH)
    group = isinstance(command, click.Group)
    if not group:
        yield f"### {path}\n\n{_command(command, context)}"
    elif parent is not None:
        yield f"### {path}\n\n{inspect.cleandoc(command.help or '')}"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None:
                yield from _commands(child, f"{path} {name}", context)


def _command(command: click.Command, context: click.Context) -> str:
    usage = " ".join(command.collect_usage_pieces(context))
    options = [p for p in command.get_params(context) if "--help" not in p.opts]
    records = [r for p in options if isinstance(p, click.Option) and (r := p.get_help_record(context))]
    rows = [(f"`{name}`", text) for name, text in records]
    help_table = grid(("option", "meaning"), rows) if rows else ""
    text = inspect.cleandoc(command.help or "")
    return "\n\n".join(filter(None, (f"```text\n{context.command_path} {usage}\n```", text, help_table)))
