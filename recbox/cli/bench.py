"""`recbox bench`: how fast the kernels are on this machine."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from recbox.cli import option
from recbox.cli.progress import progress_for
from recbox.cli.terminal import write_json


@click.command
@click.argument("suite", type=click.Choice(["kernel"]), default="kernel")
@option.data_option
@option.threads_option
@option.json_option
def command(suite: str, data_dir: tuple[Path, ...], threads: int | None, as_json: bool) -> None:
    """Time SUITE. kernel: each sparse kernel, and its bandwidth against the STREAM triad of this machine."""
    from recbox.bench import bench_kernel
    from recbox.context import Context
    from recbox.data import search_path

    context = Context(progress=progress_for(sys.stderr), data_dir=search_path(data_dir))
    report = bench_kernel(context.with_(threads=threads) if threads else context)
    if as_json:
        write_json(report)
        return
    from recbox.cli.timing import print_timings

    print_timings(report)
