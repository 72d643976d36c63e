"""`recbox update`: a new version of an artifact, with what happened since, or without somebody."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recbox.cli import option
from recbox.cli.terminal import note, results_alone, safe, write_json

if TYPE_CHECKING:
    from recbox.api.updating import Update
    from recbox.updating.way import Way

EVENTS = "Stores of events in which they are forgotten, too; may be given many times."
PURGE = "Remove other versions that name them, here and beside the new one, and checkpoints of runs."
COLUMNS = "Names of the columns of EVENTS: user=u,item=i,time=t,weight=w,behaviour=b."
FIT = (
    "Fit a model again that is fitted at one go, or keep what it was fitted of items; default: again, where "
    "that takes about a minute at most."
)
LINK = "A link that leads to the new version afterwards."
SAID = {
    "new": "new",
    "repeated": "in place of older ones of the same user and item",
    "merged": "into another of the same user and item",
    "known": "there already, or older than what is",
    "held_out": "of pairs that are held out, and stay so",
    "bad": "bad rows, left out",
    "forgotten": "of those who are forgotten",
    "below_threshold": "below the recipe's threshold",
    "other_behaviour": "of behaviours that the method wasn't made of",
    "skipped": "of users or items that it can't take in",
}
NODES = {
    "users": "new users",
    "items": "new items",
    "skipped_users": "new users left out",
    "skipped_items": "new items left out",
    "bad_users": "ids and values of users in the store that can't be read, left out",
    "bad_items": "ids and values of items in the store that can't be read, left out",
    "users_described_before": "known users whose columns stay as they are",
    "items_described_before": "known items whose columns stay as they are",
    "forgotten_users": "users forgotten",
    "mentions": "mentions of them in columns of other users and of items taken out",
}
WAYS: dict[Way, str] = {
    "pass": "one pass of the same weights over the graph as it is now",
    "fit": "fitted again on all that there is now",
    "histories": "users by their histories as they are now; what was fitted of items stays",
    "solve": "solved again for what is new; all else stays",
    "keep": "its vectors stay as they are",
}


@click.command
@option.artifact_argument
@click.argument("events", required=False, type=click.Path(path_type=Path), metavar="[EVENTS]")
@click.option("--item", "items", type=click.Path(path_type=Path), help="What is said of new items: a file.")
@click.option("--user", "users", type=click.Path(path_type=Path), help="What is said of new users: a file.")
@click.option("--columns", metavar="ROLE=NAME,...", help=COLUMNS)
@click.option("--out", type=click.Path(path_type=Path), help="Folder; default: the next free name beside it.")
@click.option("--skip-new-users", is_flag=True, help="Leave out new users that the method can't know.")
@click.option("--skip-new-items", is_flag=True, help="Leave out new items that the method can't know.")
@click.option(
    "--forget-user", "forget", multiple=True, metavar="ID", help="Nothing of this user stays in it."
)
@click.option("--events", "stores", multiple=True, type=click.Path(path_type=Path), help=EVENTS)
@click.option("--purge-old", "purge", is_flag=True, help=PURGE)
@click.option("--promote", "link", type=click.Path(path_type=Path), metavar="LINK", help=LINK)
@click.option("--fit/--no-fit", default=None, help=FIT)
@option.code_option
@option.json_option
def command(
    artifact: Path,
    code: tuple[Path, ...],
    columns: str | None,
    link: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Fold EVENTS, and new users and items, into a new version of ARTIFACT; or forget users. Nothing is
    trained.

    EVENTS: a CSV, TSV, JSON lines or Parquet file with columns user and item, and time, weight and behaviour
    where the data has them; or the store that a server keeps.
    """
    from recbox.api.load import load
    from recbox.api.updating import Asked
    from recbox.cli.judging import columns_of
    from recbox.cli.progress import progress_for
    from recbox.context import Context
    from recbox.updating.promoting import checked, leads_to

    place = None if link is None else checked(link)
    was = None if place is None else leads_to(place)
    links = (artifact,) if artifact.is_symlink() else ()
    with results_alone():
        fitted = load(artifact, code=code, context=Context(progress=progress_for(sys.stderr)))
        found = fitted.updated(
            Asked(columns=columns_of(columns), link=place, was=was, links=links, **options)
        )
    if as_json:
        write_json({**found.document(), **({} if place is None else {"promoted": True})})
    else:
        _show(found)
        if place is not None:
            click.echo(f"{safe(str(link))} leads to it")


def _show(found: Update) -> None:
    counts = found.counts
    if "rows" in counts:
        click.echo(f"{counts['rows']:,} events" + (":" if counts["rows"] else ""))
    for name, said in SAID.items():
        if counts.get(name):
            click.echo(f"  {counts[name]:>9,} {said}")
    for name, said in NODES.items():
        if counts.get(name):
            click.echo(f"{counts[name]:,} {said}")
    _show_forgotten(found)
    for said in found.notes:
        note(safe(said))
    folder = shlex.quote(safe(str(found.folder)))
    click.echo(f"\nartifact: {folder}\nmethod:   {WAYS[found.way]}")
    click.echo(f"figures:  those of {safe(found.trained)}; this state wasn't measured")


def _show_forgotten(found: Update) -> None:
    if found.proof is None:
        return
    for line in found.proof.lines():
        note(safe(line), alarm=True) if found.proof.found else click.echo(safe(line))
    for path, count in found.stores.items():
        click.echo(f"{safe(path)}: {count:,} events deleted")
    for each in found.removed:
        click.echo(f"removed: {safe(str(each.path))}")
    for each in found.left:
        note(f"left: {safe(str(each))}", alarm=True)
    if any(not each.held for each in found.left) and not found.proof.found:
        note("--purge-old removes them")
    note(safe(found.remembers))
