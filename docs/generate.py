"""Rewrites the generated halves of the pages: `python docs/generate.py` (`--check` changes nothing).

A generated part stands between `<!-- generated: WHAT -->` and `<!-- end -->`; the rest is written by hand.
WHAT is `block NAME` (a fixed block of the recipe), `kind NAME` (all of recbox's plugins of a kind), `names`
(a table of them all), `commands`, or one of those in `generate_promises.py`. Everything comes from what users
can ask for themselves: the recipe's JSON schema, the plugins' cards, and the help of the command line.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import click
from generate_promises import grid, laws, stability

from recbox.cli.front import recbox
from recbox.context import Context
from recbox.recipe import schema
from recbox.registry import KINDS, Card, Options, Registry

PAGES = Path(__file__).resolve().parent
OWN = "recbox-graph"
"""Only this distribution's plugins are described here, whatever else is installed."""
PART = re.compile(r"(<!-- generated: ([a-z]+)(?: (\S+))? -->\n).*?(<!-- end -->)", re.DOTALL)
BIGGEST = 2**31 - 1
WIDTH = 80

Schema = dict[str, Any]


def regenerated(text: str) -> str:
    """A page's text with its generated parts made anew."""
    return PART.sub(lambda m: f"{m[1]}\n{MAKERS[m[2]](m[3] or '').strip()}\n\n{m[4]}", text)


@cache
def _definitions() -> dict[str, Schema]:
    return schema(Registry())["$defs"]


@cache
def _cards() -> tuple[Card, ...]:
    return tuple(c for c in Registry().cards() if c.distribution == OWN)


# Blocks and options: from JSON schema to a table.


def block(name: str) -> str:
    """The fields of a fixed block of the recipe."""
    definition = _definitions()[name]
    return "\n\n".join(filter(None, (definition.get("description", ""), table(definition))))


def table(definition: Schema, beside: tuple[str, ...] = ()) -> str:
    """One row a field; empty for a definition without fields."""
    fields = {n: f for n, f in definition.get("properties", {}).items() if n not in beside}
    if not fields:
        return ""
    required = definition.get("required", ())
    rows = [
        (f"`{name}`", said(field), _default(field, name in required), field.get("description", ""))
        for name, field in fields.items()
    ]
    return grid(("option", "value", "default", "meaning"), rows)


def said(field: Schema) -> str:
    """What a field may hold, in words."""
    if "anyOf" in field:
        return " or ".join(dict.fromkeys(said(f) for f in field["anyOf"]))
    if "$ref" in field:
        return f"a mapping: *{field['$ref'].rpartition('/')[2]}*"
    if "enum" in field or "const" in field:
        return ", ".join(f"`{_plain(v)}`" for v in field.get("enum", [field.get("const")]))
    kind = field.get("type", "any")
    return _containers(field, kind) or {
        "integer": "whole number" + _range(field),
        "number": "number" + _range(field),
        "boolean": "`true`, `false`",
        "string": "text",
        "null": "`null`",
    }.get(kind, kind)


def _containers(field: Schema, kind: str) -> str:
    if kind == "array":
        return f"list of: {said(field['items'])}"
    if kind == "object" and isinstance(field.get("additionalProperties"), dict):
        return f"mapping from a name to {said(field['additionalProperties'])}"
    return ""


def _range(field: Schema) -> str:
    bounds = [
        f"{sign} {_plain(field[key])}"
        for key, sign in (
            ("minimum", "≥"),
            ("exclusiveMinimum", ">"),
            ("maximum", "≤"),
            ("exclusiveMaximum", "<"),
        )
        if key in field and abs(field[key]) < BIGGEST
    ]
    return f" {', '.join(bounds)}" if bounds else ""


def _default(field: Schema, required: bool) -> str:
    if required:
        return "**required**"
    value = field.get("default")
    if isinstance(value, dict):
        return "its own defaults"
    return f"`{_plain(value)}`"


def _plain(value: Any) -> str:
    """A value as a recipe writes it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list):
        return f"[{', '.join(map(_plain, value))}]"
    return '""' if value == "" else str(value)


# Plugins: from cards and classes.


def names(_: str) -> str:
    """All names, by kind."""
    rows = []
    for kind in KINDS:
        linked = ", ".join(f"[{c.name}]({kind}.md#{c.name})" for c in _cards() if c.kind == kind)
        rows.append((f"[`{kind}`]({kind}.md)", linked))
    return grid(("kind", "built in"), rows)


def kind(name: str) -> str:
    """A section for each plugin of a kind."""
    return "\n\n".join(_plugin(card) for card in _cards() if card.kind == name)


def _plugin(card: Card) -> str:
    cls = Registry().load(card.kind, f"{OWN}:{card.name}")
    definition = _definitions()[f"{card.kind}.{card.name}"]
    options = table(definition, ("use", "repeat", "weight"))
    parts = [f"### {card.name}", inspect.getdoc(cls) or card.summary, *_facts(card, cls)]
    parts.append(options or "It has no options.")
    for nested in definition.get("$defs", {}).values():
        parts.append(f"*{nested['title']}*: {nested.get('description', '')}\n\n{table(nested)}")
    return "\n\n".join(parts)


def _facts(card: Card, cls: type[Options]) -> Iterator[str]:
    facts = [("Reference", _linked(card.reference)), ("Licence", getattr(cls, "licence", ""))]
    if card.kind == "source":
        facts += _provided(cls)
    elif card.kind == "metric":
        lower = getattr(cls, "lower_is_better", False)
        facts.append(("Better", "lower" if lower else "higher"))
        facts.append(("Judges", JUDGED.get(getattr(cls, "meaning", ""), "")))
    else:
        facts.append(
            ("With default options", "; ".join(f"{n}: {v}" for n, v in card.capabilities if n != "grid"))
        )
    grid = "; ".join(f"`{n}` {', '.join(map(_plain, v))}" for n, v in getattr(cls, "grid", {}).items())
    facts.append(("Tried as a baseline", grid))
    lines = [f"- {label}: {value}" for label, value in facts if value]
    if lines:
        yield "\n".join(lines)


JUDGED = {
    "order": "pairs, clicks and others; of scores an order is enough",
    "value": "pairs and their weights; scores have to be such weights",
    "probability": "pairs, clicks and others; scores have to be probabilities",
}
"""What a metric of pairs asks of scores."""


def _provided(cls: Any) -> list[tuple[str, str]]:
    """What a source without required options has."""
    if any(field.is_required() for field in cls.model_fields.values()):
        return []
    found = cls().provides(Context())
    columns = [
        f"{node} {', '.join(f'`{n}` ({t})' for n, t in named.items())}"
        for node, named in found.columns.items()
        if named
    ]
    return [("Columns", "; ".join(columns)), ("Times", "yes" if found.time else "no")]


def _linked(reference: str) -> str:
    text = re.sub(r"arXiv:([\d.]+\d)", r"[arXiv:\1](https://arxiv.org/abs/\1)", reference)
    return re.sub(r"doi:(10\.[^\s;,]+[^\s;,.)])", r"[doi:\1](https://doi.org/\1)", text)


# Commands: from click.


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


MAKERS = {
    "block": block,
    "kind": kind,
    "names": names,
    "commands": commands,
    "laws": laws,
    "stability": stability,
}


def main(args: list[str]) -> int:
    """Rewrite the pages; with `--check` only say which would change, and return 1 if any."""
    changed = []
    for page in sorted(PAGES.rglob("*.md")):
        before = page.read_text(encoding="utf-8")
        after = regenerated(before)
        if before != after:
            changed.append(page.name)
            if "--check" not in args:
                page.write_text(after, encoding="utf-8")
    sys.stdout.write(f"changed: {', '.join(changed) or 'nothing'}\n")
    return int(bool(changed) and "--check" in args)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
