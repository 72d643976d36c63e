"""What `recbox plugins new` prints: the files, and the commands to type next."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recbox.cli.terminal import safe
from recbox.registry.kinds import COMMAND_KINDS

if TYPE_CHECKING:
    from recbox.scaffold import Package


def document(package: Package) -> dict[str, Any]:
    """The package as plain data, for programs."""
    return {
        "kind": package.kind,
        "name": package.name,
        "distribution": package.distribution,
        "folder": str(package.folder),
        "file": sorted(package.files),
        "next": following(package),
    }


def following(package: Package) -> list[str]:
    """What one types to have the new plugin in a run."""
    folder = package.folder
    at = str(folder) if folder.is_absolute() else os.path.join(".", folder)
    track = f" --track {package.name}" if package.kind in COMMAND_KINDS else ""
    recipe = shlex.quote(str(Path(at, "recipe.yaml")))
    return [
        f"pip install -e {shlex.quote(at)}",
        f"recbox plugins test {package.name}",
        *([f"recbox profile {recipe}"] if package.kind == "writer" else []),
        f"recbox run {recipe}{track}",
    ]


def print_package(package: Package) -> None:
    """The folder, its files, and what to type next."""
    click.echo(f"{safe(package.folder)}")
    for file in sorted(package.files):
        click.echo(f"  {file}")
    for number, command in enumerate(following(package)):
        click.echo(f"{'' if number else 'next:':<6}{safe(command)}")
