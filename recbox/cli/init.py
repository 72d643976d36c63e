"""`recbox init`: a recipe for files of a user's own."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recbox.cli import option
from recbox.cli.progress import progress_for
from recbox.cli.sketched import command as typed
from recbox.cli.sketched import rehearsed
from recbox.cli.sketched import said as takes
from recbox.cli.terminal import safe, write_json

if TYPE_CHECKING:
    from recbox.sketching import Question, Sketch

CROWD = 0.1
"""A user with more than this share of all interactions may be nobody: NULL, a till, a robot."""
FILE = click.Path(path_type=Path)


@click.command
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@click.option("--user", multiple=True, type=FILE, help="A file that describes users.")
@click.option("--item", multiple=True, type=FILE, help="A file that describes items.")
@click.option("--out", type=FILE, help="The recipe; default: the first file's name with .yaml, here.")
@click.option("--yes", is_flag=True, help="Take the guess wherever something is in doubt.")
@click.option(
    "--estimate/--no-estimate",
    default=None,
    help="Rehearse the run for some seconds and say what it takes; default: on a terminal.",
)
@option.memory_option
@option.scratch_option
@option.json_option
def command(
    files: tuple[Path, ...],
    user: tuple[Path, ...],
    item: tuple[Path, ...],
    out: Path | None,
    yes: bool,
    estimate: bool | None,
    memory: float | None,
    scratch: Path | None,
    as_json: bool,
) -> None:
    """Look at FILEs of interactions (CSV, TSV, JSON lines, Parquet) and write a recipe for them.

    It says what it found, and asks where it is in doubt, if there is a terminal to ask on.
    """
    from recbox.sketching import first, sketch

    asks = sys.stdin.isatty() and sys.stderr.isatty() and not yes and not as_json
    progress = progress_for(sys.stderr)
    made = sketch(
        *files,
        user=user,
        item=item,
        out=out,
        ask=_ask if asks else first,
        memory=memory,
        scratch=scratch,
        progress=progress,
    )
    run = _options(memory, scratch)
    wanted = sys.stdout.isatty() and not as_json if estimate is None else estimate
    found = rehearsed(made, run, progress) if wanted else None
    if as_json:
        write_json(_document(made) | ({} if found is None else {"estimate": found}))
        return
    rows = [*_lines(made), *_after(made, run, found)]
    width = max(len(label) for label, _ in rows)
    for label, text in rows:
        click.echo(f"{safe(label):<{width}}  {safe(text)}")


def _options(memory: float | None, scratch: Path | None) -> list[str]:
    """What a run needs to be as it is taken for here."""
    said = [] if memory is None else ["--memory", f"{memory:g}"]
    return said + ([] if scratch is None else ["--scratch", str(scratch)])


def _after(made: Sketch, run: list[str], found: dict[str, Any] | None) -> Iterator[tuple[str, str]]:
    """The recipe, what it takes, and what to type."""
    yield "recipe", f"{made.path}, checked"
    better = typed("check", made, run, "--estimate")
    yield "takes", f"{better} says it" if found is None else takes(found, better)
    yield "next", typed("run", made, run)


def _ask(question: Question) -> str:
    """On the terminal: a number, or return for the guess."""
    click.echo(safe(question.what), err=True)
    for number, answer in enumerate(question.answers, 1):
        click.echo(f"  {number}  {safe(answer)}", err=True)
    count = click.IntRange(1, len(question.answers))
    return question.answers[click.prompt("number", type=count, default=1, err=True) - 1]


def _lines(made: Sketch) -> Iterator[tuple[str, str]]:
    """What was found, and what is in doubt."""
    for one in made.events:
        yield str(one.peek.path), _form(one.entry)
        for role, guess in one.found.items():
            if (column := one.entry["columns"].get(role)) is not None:
                written = f", {one.entry['time']}" if role == "time" and "time" in one.entry else ""
                yield f"  {role}", f"{column}{written}{_doubt(guess.doubt)}"
            elif guess.doubt:
                yield f"  no {role}", guess.doubt
    for side in made.sides:
        yield str(side.peek.path), f"{side.node}s by {side.id.sample.at}"
        for name, column in side.columns.items():
            yield f"  {name}", column.get("role") or column["type"]
        for name, why in side.left.items():
            yield f"  not {name}", why
    yield from _aimed(made)
    yield from _counted(made)


def _form(entry: Mapping[str, Any]) -> str:
    said = {
        "header": "no header",
        "encoding": "latin-1",
        "delimiter": f"divided by {entry.get('delimiter')!r}",
    }
    more = [text for key, text in said.items() if key in entry]
    more += [f"{key} {entry[key]}" for key in ("behaviour", "part") if key in entry]
    return ", ".join(more) or "interactions"


def _doubt(why: str) -> str:
    return f"   (in doubt: {why})" if why else ""


def _aimed(made: Sketch) -> Iterator[tuple[str, str]]:
    """What is recommended for, where people do several things."""
    aim = made.aim
    if aim.target:
        beside = f", beside {', '.join(aim.others)}" if aim.others else ""
        yield "target", f"{aim.target}{beside}{_doubt(aim.doubt)}"
    elif aim.doubt:
        yield "no target", f"all that people do counts alike: {aim.doubt}"
    for kind, count in aim.left.items():
        yield f"  not {kind}", f"{count:,} rows alone"


def _counted(made: Sketch) -> Iterator[tuple[str, str]]:
    counts = made.counts
    yield (
        "rows",
        f"{counts.rows:,}, of which {counts.repeated:,} repeat another; {counts.bad:,} can't be read",
    )
    for bad in counts.shown[:5]:
        yield "  bad", f"{Path(bad.file).name}:{bad.line}: {bad.reason}"
    yield "users", f"{counts.users:,}, a median of {counts.usual:,} interactions each"
    who, share = counts.crowd
    if share > CROWD and counts.users > 2 / CROWD:
        yield "  doubtful", f"{who!r} has {share:.0%} of all interactions: is it anybody?"
    for line in counts.doubtful:
        yield "  doubtful", line
    yield "items", f"{counts.items:,}"
    if counts.span:
        from datetime import UTC, datetime

        begin, end = (datetime.fromtimestamp(at, UTC).date().isoformat() for at in counts.span)
        yield "times", f"{begin} to {end}"


def _document(made: Sketch) -> dict[str, object]:
    counts = made.counts
    return {
        "recipe": str(made.path),
        "file": [dict(one.entry) for one in made.events],
        "side": [
            {
                "node": s.node,
                "path": str(s.peek.path),
                "id": s.id.sample.at,
                "column": s.columns,
                "left": s.left,
            }
            for s in made.sides
        ],
        "doubt": [
            {"file": str(one.peek.path), "role": role, "why": guess.doubt}
            for one in made.events
            for role, guess in one.found.items()
            if guess.doubt
        ],
        "target": {
            "name": made.aim.target,
            "others": made.aim.others,
            "left": made.aim.left,
            "why": made.aim.doubt,
        },
        "doubtful": counts.doubtful,
        "rows": counts.rows,
        "repeated": counts.repeated,
        "bad": [{"file": b.file, "line": b.line, "reason": b.reason} for b in counts.shown],
        "bad_count": counts.bad,
        "users": counts.users,
        "items": counts.items,
        "interactions": counts.kept,
    }
