"""A fresh virtual environment with recbox from a wheel, as somebody has it who never saw the source.

Installing torch takes minutes, so that the other packages may be borrowed from the Python that runs this:
a folder of links, in which nothing of recbox's is, stands on the new environment's path behind its own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Fresh:
    """A virtual environment, and the folder in which its commands are run."""

    venv: Path
    folder: Path

    def attempt(self, *command: object, timeout: float = 600) -> Done:
        """A command of the environment: `recbox`, `pip`, `python`."""
        name, *args = map(str, command)
        done = subprocess.run(
            [str(self.venv / "bin" / name), *args],
            cwd=self.folder,
            env=self._environ(),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def __call__(self, *command: object) -> str:
        """The same, for one that has to end well; what it printed."""
        done = self.attempt(*command)
        if done.code:
            raise RuntimeError(f"{' '.join(map(str, command))}: {done.code}\n{done.out}\n{done.err}")
        return done.out

    def _environ(self) -> dict[str, str]:
        """Nothing of the Python that runs this gets in but by the links."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "RECBOX", "VIRTUAL_ENV"))}
        path = f"{self.venv / 'bin'}{os.pathsep}{kept.get('PATH', '')}"
        return kept | {"PATH": path, "OMP_NUM_THREADS": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def wheel(source: Path, into: Path) -> Path:
    """The wheel of a project, built by this Python's own hatchling."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    return next(into.glob("*.whl"))


def environment(folder: Path) -> Fresh:
    """An empty virtual environment in `folder`, beside a folder to work in."""
    venv, work = folder / "venv", folder / "work"
    work.mkdir(parents=True)
    # `python -m venv` of an environment's Python makes one that hangs on the environment's own base.
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True, capture_output=True)
    return Fresh(venv, work)


def borrow(fresh: Fresh) -> None:
    """Put this Python's packages, without recbox's and pip's own, behind those of the environment."""
    links = linked(fresh.venv / "borrowed")
    own = fresh("python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    Path(own, "borrowed.pth").write_text(f"{links}\n")


def linked(folder: Path) -> Path:
    """A new folder with links to these packages."""
    folder.mkdir()
    for site in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for entry in Path(site).iterdir():
            if not re.match(r"_*(editable_*(impl)?_*)?(recbox|pip)([-_.]|$)|.*\.pth$", entry.name):
                (folder / entry.name).symlink_to(entry)
    return folder
