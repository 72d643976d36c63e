"""What `recbox eval --scores` prints: rankings beside other methods, what was odd, the tests."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recbox.api.touching import said
from recbox.cli.progress import progress_for
from recbox.cli.result import best, chosen, table
from recbox.cli.terminal import console, note, results_alone, safe, write_json
from recbox.errors import OptionError
from recbox.evaluate.warning import severe

if TYPE_CHECKING:
    from recbox.api.outside import Hearing, Judged


def judge(
    target: str,
    scores: Sequence[Path],
    as_json: bool,
    *,
    form: str,
    columns: str | None,
    part: str,
    baseline: bool,
    **options: Any,
) -> None:
    """Judge files of rankings on the split of an artifact or recipe, and print it."""
    from recbox.api.ground import ground_of
    from recbox.api.outside import hear
    from recbox.outside import listing

    names = columns_of(columns)
    with results_alone():
        listings = [listing(path, form, names) for path in scores]  # a typing error costs no reading of data
        ground = ground_of(target, progress=progress_for(sys.stderr), **options)
        hearing = hear(ground, listings, part, baseline)
    if as_json:
        write_json({"target": target, **hearing.document()})
    else:
        _print(hearing)


def columns_of(text: str | None) -> dict[str, str]:
    """`user=u,item=i,score=s` as a mapping."""
    pairs = [pair.partition("=") for pair in (text or "").split(",") if pair.strip()]
    if wrong := [role for role, equals, name in pairs if not (equals and name.strip())]:
        raise OptionError(
            f"{wrong[0]!r} is not of the form ROLE=NAME", where="--columns", instead="user=u,item=i,score=s"
        )
    return {role.strip(): name.strip() for role, _, name in pairs}


def _print(hearing: Hearing) -> None:
    recipe = hearing.ground.recipe
    rows = list(hearing.rows.items())
    columns = chosen(list(hearing.rankings[0].values))
    lower = {part.label for part in recipe.metric if getattr(part.options, "lower_is_better", False)}
    left = f", {hearing.left_out:,} with nothing to find left out" if hearing.left_out else ""
    click.echo(f"\n{hearing.part} of {safe(recipe.name)}, {hearing.users:,} users judged{left}")
    partly = {judged.name for judged in hearing.rankings if not judged.whole}
    top = best([row for row in rows if row[0] not in partly], columns, lower)
    console().print(table(rows, columns, top))
    for name, reason in hearing.others.left_out.items():
        click.echo(f"left out: {safe(name)}: {safe(reason)}")
    for judged in hearing.rankings:
        _oddities(judged)
    for warning in hearing.warnings:
        note(f"warning: {safe(warning['message'])}", alarm=severe(warning))
    if hearing.ground.dataset.synthetic:
        click.echo("THE DATA IS SYNTHETIC: these figures say nothing about any real data set.")
    for sentence in hearing.sentences:
        click.echo(safe(sentence))
    if touches := said(hearing.ledger):
        click.echo(f"{touches}.")


def _oddities(judged: Judged) -> None:
    lines = judged.oddities.lines()
    rows = f"{judged.oddities.rows:,} rows"
    click.echo(f"{safe(judged.name)} ({safe(judged.where)}): {rows}{':' if lines else ', nothing odd'}")
    for line in lines:
        click.echo(f"  {safe(line)}")
