"""`recbox profile`: texts about users and items, written by a model into a file that a person can edit."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from recbox.cli import option
from recbox.cli.terminal import results_alone, safe, write_json

if TYPE_CHECKING:
    from recbox.api.profile_desk import Profiled

ONLY = "A profile of the recipe, such as item.profile; may be given many times. Default: all."
LIMIT = "New texts at most, of each profile: enough to look at."
AGAIN = "Write anew what is there already; what a person wrote or changed stays."


@click.command
@option.recipe_options
@click.option("--only", multiple=True, metavar="NODE.COLUMN", help=ONLY)
@click.option("--limit", type=click.IntRange(min=1), help=LIMIT)
@click.option("--again", is_flag=True, help=AGAIN)
@option.device_option
@option.threads_option
@option.memory_option
@option.offline_option
@option.json_option
def command(as_json: bool, **options: Any) -> None:
    """Write the texts of RECIPE's `data.profile` with the models that it names.

    Each text goes into the profile's file, a CSV, as soon as it is there: what is interrupted goes on where
    it was. A text is written anew when its prompt or its model has changed; one that a person wrote or
    changed stays as it is. To have it written anew, remove its row.
    """
    from recbox.api.profiling import profile
    from recbox.cli.progress import progress_for

    same = _same(options)
    with results_alone():
        done = profile(options.pop("recipe"), progress=progress_for(sys.stderr), **options)
    if as_json:
        write_json({"profile": [one.document() for one in done]})
        return
    for one in done:
        _show(one)
    whole = not any(one.left for one in done)
    click.echo(f"\nnext: recbox {'run' if whole else 'profile'} {safe(same)}")


def _same(options: Mapping[str, Any]) -> str:
    """The recipe, and what of this command another one needs to see the same texts."""
    words = [options["recipe"]]
    for flag, name in (("--set", "sets"), ("--data-dir", "data_dir"), ("--code", "code")):
        words += [word for value in options[name] for word in (flag, str(value))]
    return shlex.join(words if options["seed"] is None else [*words, "--seed", str(options["seed"])])


def _show(one: Profiled) -> None:
    node = one.label.partition(".")[0]
    there = one.nodes - one.written - one.left - one.unknown
    said = [f"{one.nodes:,} {node}s", f"{one.written:,} written"]
    said += [f"{there:,} there already"] if there else []
    said += [f"{one.kept:,} as a person wrote them"] if one.kept else []
    said += [f"{one.left:,} still to be written"] if one.left else []
    said += [f"{one.unknown:,} of which nothing is known"] if one.unknown else []
    click.echo(f"{safe(one.label)}: {', '.join(said)}; in {safe(one.path)}")
    for key, _, text in one.example:
        click.echo(f"  {safe(key)}: {safe(text) or '(nothing)'}")
