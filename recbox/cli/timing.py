"""Measured kernels as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recbox.cli.terminal import console, safe


def print_timings(report: Mapping[str, Any]) -> None:
    """One row a call: its time, its bandwidth, its share of the triad's, and how it compares."""
    from rich.table import Table
    from rich.text import Text

    graph, machine = report["graph"], report["machine"]
    size = f"{graph['nodes']:,} nodes, {graph['edges']:,} edges, {graph['dim']} columns"
    out = console()
    out.print(Text(", ".join(f"{safe(k)} {safe(v)}" for k, v in machine.items())))
    out.print(Text(f"{safe(graph['source'])}: {size}"))
    out.print(Text(f"STREAM triad {report['triad_gb_s']:.1f} GB/s; median of {report['repeat']} rounds"))
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for heading in ("what", "kernel"):
        table.add_column(heading, overflow="fold")
    for heading in ("ms", "GB/s", "of triad", "times"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("against", overflow="fold")
    before = None
    for row in report["row"]:
        what = row["what"] if row["what"] != before else ""
        before = row["what"]
        table.add_row(*(Text(cell) for cell in (safe(what), safe(row["name"]), *_figures(row))))
    out.print(table)


def _figures(row: Mapping[str, Any]) -> tuple[str, ...]:
    speed, share = row["gb_s"], row["of_triad"]
    return (
        f"{row['ms']:.2f}",
        "" if speed is None else f"{speed:.1f}",
        "" if share is None else f"{share:.0%}",
        f"{row['ratio']:.2f}",
        "" if row["name"] == row["against"] else safe(row["against"]),
    )
