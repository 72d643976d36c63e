"""`recbox compare`: artifacts and recipes side by side, with what chance could do."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from recbox.cli import option
from recbox.cli.progress import progress_for
from recbox.cli.terminal import results_alone, safe

FORMATS = ("table", "json", "csv", "latex", "html")


@click.command
@click.argument("arguments", nargs=-1, required=True, type=option.RecipeName(), metavar="ARTIFACT|RECIPE...")
@click.option(
    "--seeds",
    type=click.IntRange(1, 1000),
    default=5,
    show_default=True,
    help="Train each recipe with the seeds 0 to N-1; finished runs are used again.",
    metavar="N",
)
@click.option(
    "--scores",
    multiple=True,
    metavar="[NAME=]FILE",
    help="A ranking of another tool, judged on the same split; one name many times: other seeds of one tool.",
)
@click.option("--columns", metavar="ROLE=NAME,...", help="Columns of these files: user=u,item=i,score=s.")
@click.option("--metric", multiple=True, help="What to compare by: ndcg@20; default: what recipes select by.")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="table",
    show_default=True,
    help="How to print it.",
)
@option.data_option
@option.code_option
@option.machine_options
@option.track_option
def command(arguments: tuple[str, ...], form: str, columns: str | None, **options: Any) -> None:
    """Compare two or more methods, given as folders of artifacts, as recipes, or as rankings (--scores).

    Artifacts that differ in their seeds alone count as one method. All must have the same data and split.
    """
    from recbox.cli.judging import columns_of
    from recbox.comparison import compare
    from recbox.ledger import NAME

    roles = columns_of(columns)
    # `runs/*` holds the ledger and studies too.
    named = [a for a in arguments if Path(a).name != NAME and not _is_study(Path(a))]
    with results_alone():
        comparison = compare(*named, columns=roles, progress=progress_for(sys.stderr), **options)
        text = "" if form == "table" else comparison.text(form)
    if form == "table":
        from recbox.cli.comparing import comparison_lines

        comparison_lines(comparison)
    else:
        click.echo(text if form == "json" else safe(text, keep_lines=True), nl=False)


def _is_study(path: Path) -> bool:
    """Whether it is a folder of `recbox tune`; a notice says that it is left out."""
    from recbox.cli.terminal import note
    from recbox.tuning.plan import NAME as JOURNAL

    found = (path / JOURNAL).is_file() and not (path / "manifest.json").exists()
    if found:
        note(f"{path} is a study of recbox tune, and no method: left out")
    return found
