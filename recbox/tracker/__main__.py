"""The process of one tracker: `python -m recbox.tracker FD NAME WHERE [CODE...]`.

It loads the tracker, and then does what each line from the socket FD says: begin, epoch, end, and so on with
the next run. Each is answered. Where the line breaks off in the middle of a run, for the run was killed, the
tracker's run is ended as failed.
"""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import traceback
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from recbox.errors import PluginError, RecboxError
from recbox.plugin import Run, Track, Tracker
from recbox.registry import Registry
from recbox.registry.blame import said
from recbox.registry.origin import Origin
from recbox.registry.requirement import lacking
from recbox.tracker.asked import KIND

Answer = dict[str, Any]
DONE: Answer = {"done": True}
BROKEN_OFF = {"end": {"status": "failed", "metrics": {}, "folder": None}}


def main(line: socket.socket, use: str, where: str, code: list[str]) -> None:
    def tell(answer: Answer) -> bool:
        with contextlib.suppress(OSError):  # nobody is there to hear it; the next read says so too
            line.sendall(json.dumps(answer).encode() + b"\n")
        return answer == DONE

    try:
        registry = Registry(map(Path, code))
        cls, origin = registry.load(KIND, use), registry.origin(KIND, use)
        tracker = cls.parse({"where": where} if where else {})
    except ValidationError as error:
        tell(_refused(error))
        return
    except PluginError as error:
        tell({"failed": _tail(error.what), "instead": error.instead})
        return
    if tell(DONE):
        _follow(tracker, origin, line, tell)


def _follow(tracker: Any, origin: Origin, line: socket.socket, tell: Callable[[Answer], bool]) -> None:
    track: Track | None = None
    for told in _documents(line):
        try:
            track = _do(tracker, track, told)
        except BaseException as error:
            traceback.print_exc()
            tell(_failed(error, origin, next(iter(told))))
            return
        if told is BROKEN_OFF:
            return
        tell(DONE)


def _documents(line: socket.socket) -> Iterator[dict[str, Any]]:
    with contextlib.suppress(OSError):  # a run that is killed may leave an answer unread: a reset, not an end
        yield from map(json.loads, line.makefile("rb"))
    yield BROKEN_OFF


def _do(tracker: Tracker, track: Track | None, told: dict[str, Any]) -> Track | None:
    if "begin" in told:
        track = tracker.begin(Run(**told["begin"]))
        if not isinstance(track, Track):
            raise TypeError(f"begin returns a {type(track).__name__}, not a Track")
    elif track is not None and "epoch" in told:
        track.epoch(told["epoch"])
    elif track is not None:
        end = told["end"]
        track.end(end["status"], end["metrics"], None if end["folder"] is None else Path(end["folder"]))
        return None
    return track


def _refused(error: ValidationError) -> Answer:
    first = error.errors()[0]
    return {"refused": first["msg"], "instead": str(first.get("ctx", {}).get("instead", ""))}


def _failed(error: BaseException, origin: Origin, when: str) -> Answer:
    if lack := lacking(error, origin):
        return {"failed": lack[0], "instead": _extra(origin) or lack[1]}
    if isinstance(error, RecboxError):
        return {"failed": f"fails in `{when}`: {error.what}", "instead": error.instead}
    return {"failed": f"fails in `{when}`: {said(error)}", "instead": ""}


def _extra(origin: Origin) -> str:
    """How to install the extra that has the tracker's name, where its distribution has one."""
    try:
        extras = metadata(origin.distribution).get_all("Provides-Extra") or ()
    except PackageNotFoundError:
        return ""
    return f"pip install '{origin.distribution}[{origin.name}]'" if origin.name in extras else ""


def _tail(what: str) -> str:
    """`can't be loaded: ...` of a message that begins with the plugin's name, which stands there already."""
    _, found, tail = what.partition("can't be loaded: ")
    return f"{found}{tail}" if found else f"can't be loaded: {what}"


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])), sys.argv[2], sys.argv[3], sys.argv[4:])
