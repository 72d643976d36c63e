"""`recbox export`: a fitted method for use without recbox."""

from __future__ import annotations

from pathlib import Path

import click

from recbox.cli import option
from recbox.cli.terminal import results_alone, safe, write_json

FORMATS = ("numpy", "onnx")
FORMS = {
    "vectors": "vectors of users and items",
    "history": "a matrix of items by items, and histories",
    "network": "vectors, and a network over them",
}


@click.command
@option.artifact_argument
@click.option("--to", type=click.Choice(FORMATS), required=True, help="Arrays, or graphs in ONNX.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="A new or empty folder; default: NAME-numpy or NAME-onnx."
)
@option.code_option
@option.json_option
def command(artifact: Path, to: str, out: Path | None, code: tuple[Path, ...], as_json: bool) -> None:
    """Write ARTIFACT's method for use without recbox, with ids, titles, and lines of code that recommend.

    Its scores equal those of recbox to 1e-5. For the split as files, that other tools can train on, see
    `recbox data export`.
    """
    from recbox.api.load import load

    with results_alone():
        found = load(artifact, code=code).export(to, out)
    if as_json:
        document = {"folder": str(found.folder), "to": to, "form": found.form, "file": found.files}
        write_json(document | {"off": found.off})
        return
    click.echo(f"{safe(str(found.folder))}: {FORMS[found.form]}")
    for name, size in found.files.items():
        click.echo(f"  {name:<20} {size:>15,} bytes")
    off = (
        "not compared: onnxruntime isn't installed"
        if found.off is None
        else f"off by {found.off:.1g} at most"
    )
    click.echo(f"scores: {off}; README.md says how to use it")
