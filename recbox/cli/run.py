"""`recbox run`: all of it, from a recipe to a judged and saved recommender."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recbox.cli import option
from recbox.cli.progress import progress_for
from recbox.cli.terminal import results_alone

if TYPE_CHECKING:
    from recbox.api.run import Outcome

INTERRUPTED = 130
WARM = "Begin with this artifact's weights, where names and ids are the same."
IF = "When it is good enough, as in 'ndcg@20 >= A - 1%'; A: that artifact, or where LINK leads."
LINK = "A link that leads to the new artifact afterwards, if CONDITION holds."


@click.command
@option.recipe_options
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the artifact; default: runs/NAME.")
@option.machine_options
@click.option("--resume", is_flag=True, help="Continue an interrupted run from its last checkpoint.")
@option.track_option
@click.option("--warm-start", type=click.Path(path_type=Path), metavar="ARTIFACT", help=WARM)
@click.option("--promote-if", default="", metavar="CONDITION", help=IF)
@click.option("--promote", type=click.Path(path_type=Path), metavar="LINK", help=LINK)
@option.json_option
def command(as_json: bool, **options: Any) -> int:
    """Train, judge and save what RECIPE describes."""
    from recbox.api.run import run

    with results_alone():
        outcome = run(options.pop("recipe"), progress=progress_for(sys.stderr), **options)
    if as_json:
        from recbox.cli.terminal import write_json

        asked = {} if outcome.promoted is None else {"promoted": outcome.promoted}
        write_json({**outcome.metrics, "artifact": str(outcome.folder), **asked})
    else:
        _show(outcome)
    return INTERRUPTED if outcome.status == "interrupted" else 0


def _show(outcome: Outcome) -> None:
    from recbox.cli.result import result_lines
    from recbox.cli.terminal import note, safe

    if outcome.status == "interrupted":
        note(
            "interrupted: the best epoch so far is saved, without test metrics; the same command with "
            "--resume goes on"
        )
    else:
        result_lines(outcome.name, outcome.metrics, outcome.sentence)
    _show_promotion(outcome)
    folder = shlex.quote(safe(_short(outcome.folder)))
    click.echo(f"\nartifact: {folder}")
    click.echo(f"next:     recbox recommend {folder} --user {shlex.quote(safe(_some_user(outcome.folder)))}")


def _show_promotion(outcome: Outcome) -> None:
    from recbox.cli.terminal import safe

    told = outcome.metrics.get("promotion")
    if told:
        click.echo(f"\n{safe(told['said'])}; A: {safe(told['from'])}")
        click.echo(
            f"  on this run's test part, of which A had learned {told['test_seen']:,} of {told['test']:,} "
            f"interactions; it doesn't know {told['unknown_users']:,} of the users and "
            f"{told['unknown_items']:,} items, which count against it"
        )
    if outcome.promoted is not None:
        click.echo("promoted" if outcome.promoted else "not promoted")
    if told and told["holds"] and not outcome.promoted:
        click.echo("  the condition holds, and no --promote LINK was named")


def _short(folder: Path) -> Path:
    """The path as one would type it here."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def _some_user(folder: Path) -> str:
    """A user's id that `recommend` will know."""
    from recbox.api.load import load

    return str(load(folder).some_user())
