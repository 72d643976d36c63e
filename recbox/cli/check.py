"""`recbox check`: is this recipe right, what would it do, and what would that take?"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import click

from recbox.cli import option
from recbox.cli.terminal import results_alone, safe, write_json
from recbox.errors import OptionError

if TYPE_CHECKING:
    from recbox.estimating import Estimate

ESTIMATE = (
    "Also rehearse the run and say what it will take: time, memory and disk. All data is read, some steps "
    "are made; nothing is written. The options below are those of that run."
)
MACHINE = ("device", "kernel", "threads", "memory", "scratch", "offline")


@click.command
@option.recipe_options
@click.option("--estimate", "estimated", is_flag=True, help=ESTIMATE)
@option.machine_options
@option.json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool, estimated: bool, **options: Any) -> None:
    """Validate RECIPE and say what would run, without running it."""
    from recbox.api.check import check

    machine = {name: options.pop(name) for name in MACHINE}
    recipe = options.pop("recipe")
    given = [n for n in MACHINE if ctx.get_parameter_source(n) is not click.core.ParameterSource.DEFAULT]
    if given and not estimated:
        raise OptionError(f"--{given[0]} is an option of --estimate", instead="--estimate beside it")
    with results_alone():
        plan = check(recipe, **options)
        found = _estimate(recipe, options | machine) if estimated else None
    if as_json:
        more = {} if found is None else {"estimate": found.document()}
        write_json({"plan": dict(plan.lines), "recipe": plan.recipe.resolved, **more})
        return
    width = max(len(label) for label, _ in plan.lines)
    for label, value in plan.lines:
        click.echo(f"{safe(label):<{width}}  {safe(value)}")
    click.echo("ok")
    if found is not None:
        from recbox.cli.estimating import show

        show(found)


def _estimate(recipe: str, options: dict[str, Any]) -> Estimate:
    from recbox.cli.progress import progress_for
    from recbox.estimating import estimate

    before = time.process_time()  # a run loads the same libraries
    return estimate(recipe, progress=progress_for(sys.stderr), before=before, **options)
