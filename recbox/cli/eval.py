"""`recbox eval`: an artifact's metrics, measured again; or anybody's ranking, judged on its split."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from recbox.cli import option
from recbox.cli.terminal import note, results_alone, safe, write_json
from recbox.errors import OptionError

FORMATS = ("auto", "parquet", "csv", "tsv", "jsonl", "trec")
ALONE = ("form", "part", "columns", "no_baseline", "sets", "data_dir", "memory", "offline")
"""Options that mean something with --scores alone."""


@click.command
@click.argument("target", type=option.RecipeName(), metavar="TARGET")
@click.option(
    "--scores",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A ranking to judge: columns user, item, and score or rank; or a TREC run. May be given many times.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="auto",
    show_default=True,
    help="Of these files; auto goes by their suffix.",
)
@click.option(
    "--columns",
    metavar="ROLE=NAME,...",
    help="Their columns: user=u,item=i,score=s; without a header, positions: user=1,item=2,score=3.",
)
@click.option(
    "--part",
    type=click.Choice(["test", "valid"]),
    default="test",
    show_default=True,
    help="By which part of the split they are judged.",
)
@click.option("--no-baseline", is_flag=True, help="Without the baselines of a recipe.")
@option.set_option
@option.data_option
@option.code_option
@option.threads_option
@option.memory_option
@option.offline_option
@option.json_option
@click.pass_context
def command(
    context: click.Context,
    /,
    target: str,
    scores: tuple[Path, ...],
    as_json: bool,
    no_baseline: bool,
    **options: Any,
) -> None:
    """Measure an artifact again on the test part of its split; with --scores, judge other tools' rankings.

    TARGET is the folder of an artifact; with --scores it may be a recipe too, whose data is then read and
    split, and whose baselines are tuned and tested beside the rankings.
    """
    if scores:
        from recbox.cli.judging import judge

        judge(target, scores, as_json, baseline=not no_baseline, **options)
        return
    given = [p for p in ALONE if context.get_parameter_source(p) is click.core.ParameterSource.COMMANDLINE]
    if given:
        flag = next(p.opts[0] for p in context.command.params if p.name == given[0])
        raise OptionError(f"{flag} says how rankings are judged", instead="name one with --scores FILE")
    if _is_recipe(target):
        raise OptionError(
            f"{target} is a recipe, and there is nothing to measure yet",
            instead="`recbox run` trains and measures it; --scores FILE judges a ranking on its split",
        )
    _again(Path(target), options["code"], as_json)


def _is_recipe(target: str) -> bool:
    """A file, or a name that ships; a folder that isn't there is more likely meant as an artifact."""
    return Path(target).is_file() or not (Path(target).exists() or os.sep in target)


def _again(artifact: Path, code: tuple[Path, ...], as_json: bool) -> None:
    from recbox.api.load import load
    from recbox.api.touching import said
    from recbox.cli.progress import progress_for
    from recbox.context import Context

    with results_alone():
        fitted = load(artifact, code=code, context=Context(progress=progress_for(sys.stderr)))
        values = fitted.evaluate()
    if as_json:
        ledger = {"ledger": fitted.touches} if fitted.touches else {}
        write_json({"artifact": str(artifact), "test": values, **ledger})
        return
    width = max(map(len, values), default=0)
    for name, value in values.items():
        click.echo(f"{safe(name):<{width}}  {value:.4f}")
    if touches := said(fitted.touches):
        note(touches)
