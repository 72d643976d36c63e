"""What each part of `gowalla_fast` brings: `python benchmarks/fast.py [WAY ...] [--out PAGE]`.

The recipe, and the recipe with one thing changed at a time, trained once on what isn't validation and judged
on validation; the test part isn't looked at. Seconds are of training and validation, after the data is read.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from output_block import machine, told

from recbox.api.fitting import fit_method
from recbox.api.judging import Bench
from recbox.api.machine import processor
from recbox.api.reading import read
from recbox.api.setting import on_device, settle

ID = "encoder.{}.init=normal"
WAYS: dict[str, list[str]] = {
    "as it is": [],
    "first vectors drawn": [ID.format("user"), ID.format("item")],
    "no prior": ["head.popularity=0"],
    "two layers": ["layer.0.repeat=2"],
    "dim 128": ["dim=128"],
    "dim 64": ["dim=64"],
    "float32": ["train.precision=fp32"],
    "bpr over a dot": ["head.use=dot", "objective.0={use: bpr}"],
}


def main() -> None:
    """Train all that are asked for, and print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("way", nargs="*", metavar="WAY", help=", ".join(WAYS))
    parser.add_argument("--threads", type=int)
    parser.add_argument("--out", type=Path, help="Markdown")
    asked = parser.parse_args()
    if unknown := sorted(set(asked.way) - set(WAYS)):
        parser.error(f"there is no way {unknown[0]!r}; there are: {', '.join(WAYS)}")
    rows = [row(way, tried(WAYS[way], asked.threads)) for way in asked.way or WAYS]
    words = "".join(f" '{way}'" for way in asked.way)
    command = f"python benchmarks/fast.py{words}{told(parser, asked, 'threads')}"
    text = "\n".join(page(command, rows)) + "\n"
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")
    print(text)


def tried(changes: list[str], threads: int | None) -> tuple[dict[str, float], float]:
    """Metrics on validation, and seconds."""
    setting = settle("gowalla_fast", sets=[*changes, "evaluate.refit=false"], threads=threads)
    job = read(setting, on_device(setting, "cpu"))
    method = fit_method(job, Bench(job).validate, None, False)
    return method.valid, method.seconds


def row(way: str, found: tuple[dict[str, float], float]) -> str:
    """A line of the table."""
    valid, seconds = found
    line = f"| {way} | {valid['recall@20']:.4f} | {valid['ndcg@20']:.4f} | {seconds:.0f} s |"
    print(line, flush=True)
    return line


def page(command: str, rows: list[str]) -> list[str]:
    """Its lines."""
    head = ["| | Recall@20 | NDCG@20 | trained in |", "| --- | --- | --- | --- |"]
    said = f"`{command}`; {processor()}, {machine()}."
    what = "`gowalla_fast` on Gowalla's validation part, and with one thing changed at a time."
    return ["# What makes it fast", "", what, "", *head, *rows, "", said]


if __name__ == "__main__":
    main()
