"""`recbox bench`: how fast and how large recbox is on this machine."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import click

from recbox.bench.suites import QUICK, SUITES
from recbox.cli import option
from recbox.cli.progress import progress_for
from recbox.cli.terminal import results_alone, write_json

_LIST = "; ".join(f"{name}, {suite.summary}" for name, suite in SUITES.items())


class Fanout(click.ParamType):
    """`5` or `5,3,2`."""

    name = "N,N,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[int]:
        parts = value.split(",") if isinstance(value, str) else [str(part) for part in value]
        if not all(part.strip().isdecimal() and int(part) for part in parts):
            self.fail(f"{value!r} is no number of neighbours, or one for each hop, as in 5,3,2", param, ctx)
        return [int(part) for part in parts]


class Sizes(click.ParamType):
    """`1e5,3e5,1e6`."""

    name = "N,N,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[int]:
        try:
            found = [float(part) for part in str(value).split(",")]
        except ValueError:
            found = []
        if len(found) < 2 or not all(100 <= n <= 1e10 and n.is_integer() for n in found):
            self.fail(f"{value!r} is not two or more numbers of at least 100, as in 1e5,1e6", param, ctx)
        return sorted({int(n) for n in found})


@click.command(help=f"Measure SUITEs; without one: {', '.join(QUICK)}.\n\nThere are: {_LIST}.")
@click.argument("suites", type=click.Choice(list(SUITES)), nargs=-1, metavar="[SUITE]...")
@click.option("--repeat", type=click.IntRange(1, 1000), default=11, show_default=True, help="Rounds.")
@click.option("--nodes", type=click.IntRange(4), help="Of a random graph in place of Gowalla's.")
@click.option("--edges", type=click.IntRange(8), help="Of a random graph; an interaction is two edges.")
@click.option("--dim", type=click.IntRange(1, 4096), default=64, show_default=True, help="Of vectors.")
@click.option("--propagation", default="full", show_default=True, help="As train.propagation in a recipe.")
@click.option("--fanout", type=Fanout(), default=(), help="As train.fanout, for --propagation sampled.")
@click.option(
    "--sizes",
    type=Sizes(),
    default="1e5,3e5,1e6",
    show_default=True,
    help="Of suite scale: numbers of interactions.",
)
@click.option(
    "--recipe",
    "recipes",
    type=option.RecipeName(),
    multiple=True,
    default=["gowalla_spectral"],
    show_default=True,
    help="Of suite quality: a recipe to run.",
)
@click.option(
    "--peer",
    "peers",
    multiple=True,
    metavar="NAME=PYTHON",
    help="Of suite peers: one that is installed for this Python.",
)
@click.option(
    "--steps",
    type=click.IntRange(1, 1_000_000),
    default=20,
    show_default=True,
    help="Of suite peers: steps that each process times.",
)
@click.option("--judge", is_flag=True, help="Of suite peers: recbox's own scorer judges the vectors of all.")
@option.device_option
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder for SUITE.json, SUITE.md and SUITE.svg.",
)
@click.option(
    "--compare",
    "earlier",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="An earlier JSON document: what changed since, beyond noise or not.",
)
@option.data_option
@option.threads_option
@option.json_option
def command(
    suites: tuple[str, ...], as_json: bool, out: Path | None, earlier: Path | None, **options: Any
) -> None:
    from recbox.bench import bench, compare, load, write
    from recbox.bench.writing import opened

    with results_alone():
        before = load(earlier) if earlier else None
        if out:  # before minutes are spent on what can't be kept
            with opened(out):
                pass
        document = bench(suites, progress=progress_for(sys.stderr), **options)
        if before:
            document["compared"] = compare(before, document)
        if out:
            write(document, out, command_line())
    if as_json:
        write_json(document)
        return
    from recbox.cli.timing import print_bench

    print_bench(document)


def command_line() -> str:
    """As it was typed."""
    return shlex.join(["recbox", *sys.argv[1:]])
