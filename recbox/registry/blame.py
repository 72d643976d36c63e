"""Whose fault an exception is: that of the plugin whose code it came out of last."""

from __future__ import annotations

from collections.abc import Iterable
from traceback import walk_tb
from types import FrameType

from recbox.errors import PluginError, RecboxError, remedy_of
from recbox.registry.origin import Origin
from recbox.registry.requirement import lacking

SHOW = "RECBOX_TRACEBACK=1 shows the whole traceback"
MOST = 3
"""Plugins of one package that a message names where it can't tell which of them it was."""


def blamed(error: BaseException, origins: Iterable[Origin]) -> PluginError | None:
    """The error as one of a plugin that recbox didn't bring; None where no such plugin's code took part.

    A `RecboxError` says what is wrong already; an interrupt, too little memory, and what the user can mend in
    the system (`remedy_of`) are nobody's fault.
    """
    if isinstance(error, RecboxError | KeyboardInterrupt | GeneratorExit) or remedy_of(error):
        return None
    foreign = [o for o in origins if not o.builtin]
    for frame, line in reversed(list(walk_tb(error.__traceback__))):
        module = str(frame.f_globals.get("__name__", ""))
        if owners := [o for o in foreign if o.owns(module)]:
            return _accuse(error, _nearest(owners, module, frame.f_code.co_qualname), frame, line)
    return None


def suspected(error: BaseException, origins: Iterable[Origin], what: str) -> PluginError | None:
    """The same where the plugins' code has returned and what came of it fails in ours: all are named."""
    if found := blamed(error, origins := list(origins)):
        return found
    foreign = list(dict.fromkeys(o for o in origins if not o.builtin))
    if not foreign or isinstance(error, RecboxError | KeyboardInterrupt) or remedy_of(error):
        return None
    return PluginError(
        f"{what}, which {_names(foreign)} took part in: {said(error)}",
        where=_where(foreign),
        instead=f"{foreign[0].remedy}; {SHOW}",
    )


def said(error: BaseException) -> str:
    """Type and text of an exception, on one line."""
    text = " ".join(str(error).split())[:300]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _accuse(error: BaseException, owners: list[Origin], frame: FrameType, line: int) -> PluginError:
    ends = "ended the process" if isinstance(error, SystemExit) else "failed"
    lack = lacking(error, owners[0])
    what, instead = lack or (f"{ends}: {said(error)}", f"{owners[0].remedy}; {SHOW}")
    place = f"at {frame.f_code.co_filename}:{line}, in {frame.f_code.co_name}"
    return PluginError(f"{_names(owners)} {what}", where=_where(owners), why=place, instead=instead)


def _names(origins: list[Origin]) -> str:
    return " or ".join(o.plugin for o in origins) if len(origins) <= MOST else "a plugin"


def _where(origins: list[Origin]) -> str:
    if len(origins) <= MOST:
        return "; ".join(map(str, origins))
    return ", ".join(dict.fromkeys(f"{o.distribution} {o.version}" for o in origins))


def _nearest(owners: list[Origin], module: str, code: str) -> list[Origin]:
    """Of several plugins of one package, the one whose class the code is in, or those of the very module."""
    owners = list(dict.fromkeys(owners))
    named = [o for o in owners if o.entry_point.partition(":")[2] == code.partition(".")[0]]
    here = [o for o in owners if o.entry_point.partition(":")[0] == module]
    return [o for o in named if o in here] or named or here or owners
