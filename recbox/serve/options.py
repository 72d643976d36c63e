"""What a server is told at its start."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, replace
from ipaddress import ip_address
from pathlib import Path

from recbox.errors import OptionError

LOOPBACK = ("localhost", "127.0.0.1", "::1")
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,252}[a-z0-9_])?\.?")


@dataclass(frozen=True)
class Options:
    """artifact: a folder, or a link to one, which may be swapped. store: the file of events. hosts: more
    names by which clients may call. reload_every: seconds; 0: only when asked by SIGHUP. concurrency:
    requests at once, connections: clients at once, in each process. code: files of plugins."""

    artifact: Path
    store: Path
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    token: str | None = None
    hosts: tuple[str, ...] = ()
    concurrency: int = 128
    connections: int = 1000
    reload_every: float = 1.0
    code: tuple[Path, ...] = ()

    @property
    def local(self) -> bool:
        """Whether only this machine can connect."""
        try:
            return self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def names(self) -> frozenset[str]:
        """What `Host` may say; empty: anything, where a token or the network decides who comes in."""
        return frozenset({*LOOPBACK, self.host, *self.hosts}) if self.local or self.hosts else frozenset()

    def dumped(self) -> str:
        """As text, for a process that serves; the token isn't in it."""
        return json.dumps(asdict(replace(self, token=None)), default=str)

    @classmethod
    def loaded(cls, text: str, token: str | None) -> Options:
        found = json.loads(text)
        paths = {name: Path(found[name]) for name in ("artifact", "store")}
        tuples = {"hosts": tuple(found["hosts"]), "code": tuple(Path(each) for each in found["code"])}
        return cls(**{**found, **paths, **tuples, "token": token})


def name_of(host: str) -> str:
    """A name by which clients may call, as a `Host` has it without its port. An `OptionError` for what none
    could have."""
    name = host.strip().lower()
    plain = name.removeprefix("[").removesuffix("]")
    try:
        return ip_address(plain).compressed
    except ValueError:
        if _NAME.fullmatch(name):
            return name
    raise OptionError(
        f"{host[:200]!r} is no name of a host",
        where="--allow-host",
        why="it would be compared with the name that clients ask for, and be none",
        instead="a name or an address alone, such as shop.example: no scheme, port or path",
    )


def store_of(artifact: Path) -> Path:
    """Where events of an artifact lie by default: `NAME.events.db` beside it."""
    path = Path(artifact)
    return path.absolute().parent / f"{path.absolute().name}.events.db"
