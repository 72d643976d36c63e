"""`recbox check`: is this recipe right, and what would it do?"""

from __future__ import annotations

from typing import Any

import click

from recbox.cli import option
from recbox.cli.terminal import results_alone, safe, write_json


@click.command
@option.recipe_options
@option.json_option
def command(as_json: bool, **options: Any) -> None:
    """Validate RECIPE and say what would run, without running it."""
    from recbox.api.check import check

    with results_alone():
        plan = check(options.pop("recipe"), **options)
    if as_json:
        write_json({"plan": dict(plan.lines), "recipe": plan.recipe.resolved})
        return
    width = max(len(label) for label, _ in plan.lines)
    for label, value in plan.lines:
        click.echo(f"{safe(label):<{width}}  {safe(value)}")
    click.echo("ok")
