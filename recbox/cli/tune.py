"""`recbox tune`: search a recipe's values, by validation alone."""

from __future__ import annotations

import math
import re
import sys
from typing import Any

import click

from recbox.cli import option
from recbox.cli.progress import progress_for
from recbox.cli.terminal import results_alone, write_json

EXIT = {"done": 0, "interrupted": 130, "failed": 2}
_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class Duration(click.ParamType):
    """Seconds, or a number with a unit: 90, 10m, 2h, 1h30m."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        text = str(value).strip().lower()
        seconds = math.nan
        if re.fullmatch(r"(\d+(\.\d+)?[smhd]?)+", text, re.ASCII) and len(text) < 40:
            parts = re.findall(r"(\d+(?:\.\d+)?)([smhd]?)", text, re.ASCII)
            seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
        if not (math.isfinite(seconds) and seconds > 0):
            self.fail(f"{value!r} is no time: 90 (seconds), 10m, 2h, 1h30m", param, ctx)
        return seconds


@click.command
@click.argument("recipes", nargs=-1, required=True, type=option.RecipeName(), metavar="RECIPE...")
@click.option(
    "--trials",
    type=click.IntRange(1, 100_000),
    metavar="N",
    help="Trials of each; default: 20, or all of a grid, or what --time allows.",
)
@click.option("--time", type=Duration(), metavar="T", help="Begin no trial after this: 600, 10m, 2h.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    metavar="J",
    help="Processes at one study; they share the threads.",
)
@click.option(
    "--by",
    type=click.Choice(["tpe", "random", "grid"]),
    default="tpe",
    show_default=True,
    help="How the next setting is chosen.",
)
@click.option("--baseline", is_flag=True, help="The recipes' baselines too, with the same number of trials.")
@click.option("--prune/--no-prune", default=True, show_default=True, help="End hopeless trials early.")
@click.option("--out", type=click.Path(), help="Folder of the study, which goes on; default: runs/NAME-tune.")
@option.set_option
@option.data_option
@option.seed_option
@option.code_option
@option.machine_options
@option.track_option
@option.json_option
def command(recipes: tuple[str, ...], as_json: bool, **options: Any) -> int:
    """Search the values that RECIPE's `search` names, or the stated grid of its model.

    Trials are judged on validation; the test is not touched. The same command goes on where it stopped.
    """
    from recbox.tuning import tune

    with results_alone():
        found = tune(*recipes, progress=progress_for(sys.stderr), **options)
    if as_json:
        write_json(found.document())
    else:
        from recbox.cli.tuning import tuning_lines

        tuning_lines(found)
    return EXIT[found.status]
