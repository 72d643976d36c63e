"""Who is measured beside recbox, and by which interpreter."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from recbox.bench.turns import Runner, environment
from recbox.errors import OptionError, nearest


@dataclass(frozen=True)
class Peer:
    """module: what has to be importable. title: in tables. goals: by kernel, how many times faster recbox's
    epoch is to be."""

    module: str
    title: str
    goals: Mapping[str, float] = field(default_factory=dict)


_FAR = {"dgl": 8.0, "torch": 4.5}
ROSTER = {
    "recbole": Peer("recbole", "RecBole LightGCN", _FAR),
    "pyg": Peer("torch_geometric", "PyG LightGCN", _FAR),
    "cornac": Peer("cornac", "cornac LightGCN", _FAR),
    "warprec": Peer("warprec", "WarpRec LightGCN", {"dgl": 4.0, "torch": 2.0}),
    "lenskit": Peer("lenskit", "LensKit LightGCN"),
    "implicit": Peer("implicit", "implicit ALS"),
}
"""By the name of the runner in `recbox.bench.peer`, and of `benchmarks/peers/requirements-NAME.txt`."""


def chosen(said: Sequence[str]) -> list[Runner]:
    """The runners of `NAME=PYTHON`, or an `OptionError`: also for a Python that lacks the peer."""
    if not said:
        raise OptionError(
            "the suite peers needs a peer, installed for a Python of its own",
            where="--peer",
            why=f"known are {', '.join(ROSTER)}, whose requirements exclude one another",
            instead=f"{install('pyg')}; then --peer pyg=DIR/bin/python",
        )
    found: dict[str, Runner] = {}
    for one in said:
        name, python = parted(one)
        if name in found:
            raise OptionError(f"{name} is named twice", where=f"--peer {one}")
        found[name] = Runner(ROSTER[name].title, name, python)
    for name, runner in found.items():
        _look(name, runner.python)
    return list(found.values())


def parted(said: str) -> tuple[str, Path]:
    """The peer's name and its interpreter."""
    where = f"--peer {said}"
    name, equals, path = said.partition("=")
    if not equals or not path:
        raise OptionError("this isn't NAME=PYTHON", where=where, instead="--peer pyg=DIR/bin/python")
    if name not in ROSTER:
        raise OptionError(f"there is no peer {name!r}", where=where, instead=nearest(name, list(ROSTER)))
    python = Path(os.path.abspath(Path(path).expanduser()))  # a link is left: it says which environment
    if not (python.is_file() and os.access(python, os.X_OK)):
        raise OptionError(f"there is no interpreter {path}", where=where, instead=install(name))
    return name, python


def _look(name: str, python: Path) -> None:
    module = ROSTER[name].module
    seek = f"import importlib.util as u, sys; sys.exit(u.find_spec({module!r}) is None)"
    command = [python, "-I", "-c", seek]
    done = subprocess.run(command, env=environment(1, apart=True), capture_output=True, check=False)
    if done.returncode:
        where = f"--peer {name}={python}"
        raise OptionError(f"this Python can't import {module}", where=where, instead=install(name))


def install(name: str) -> str:
    """How to get a peer."""
    file = f"benchmarks/peers/requirements-{name}.txt"
    return f"python -m venv DIR && DIR/bin/pip install -r {file} (of recbox's source)"
