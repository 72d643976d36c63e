"""The contract kit in a child process: a plugin that hangs, or ends the process, is a row of the report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from recbox.contract.__main__ import LOADED, LOADS, READY
from recbox.contract.report import Report, Result
from recbox.errors import OptionError, PluginError
from recbox.registry.child import Ended, told

TIMEOUT = 60.0
"""Seconds that one check may take."""
GRACE = 60.0
"""More of them for the start of the child, which imports torch before any plugin has a say."""

LONGER = "--timeout gives each check more seconds"


def supervise(
    asked: str,
    kind: str | None = None,
    timeout: float = TIMEOUT,
    starting: Callable[[Result], None] = lambda result: None,
) -> Report:
    """Test what `asked` names: a plugin, a distribution, a package's folder, or a file.

    timeout: seconds for each check. starting: told of each check before it starts. Raises PluginError where
    there is nothing of that name.
    """
    if not timeout > 0:
        raise OptionError(f"the time limit is {timeout} s, which is not above 0")
    progress = _Progress(asked, kind, timeout, starting)
    while not progress.done:
        progress.go_on()
    return Report(tuple(progress.results))


@dataclass
class _Progress:
    """How far the checks have come. number, position: the plugin and the check that come next."""

    asked: str
    kind: str | None
    timeout: float
    starting: Callable[[Result], None]
    results: list[Result] = field(default_factory=list)
    number: int = 0
    position: int = 0
    done: bool = False

    def go_on(self) -> None:
        """A child does the checks from here on, until all are done or one of them brings it down."""
        arguments = [
            "-m",
            "recbox.contract",
            self.asked,
            self.kind or "",
            str(self.number),
            str(self.position),
        ]
        under_way: Result | None = None
        for document in told(arguments, self.timeout, GRACE):
            if isinstance(document, Ended):
                self._fell(under_way, document.why)
                return
            if document == READY:
                continue
            if "error" in document:
                raise PluginError(**document["error"])
            result = Result(**document["result"])
            if "start" in document:
                (self.number, self.position), under_way = document["start"], result
                self.starting(result)
            else:
                self.results.append(result)
        self.done = True

    def _fell(self, under_way: Result | None, why: str) -> None:
        if under_way is None:
            self._not_loaded(why)
            return
        instead = f"never wait for anything without a limit, nor end the process; raise errors; {LONGER}"
        self.results.append(replace(under_way, status="failed", said=f"it {why}", instead=instead))
        if self.position == 0:  # it can't even be loaded
            self.number += 1
        else:
            self.position += 1

    def _not_loaded(self, why: str) -> None:
        """A child that came to no check: an error where it was the first, or else the end of the report."""
        instead = f"see what it does while it is imported; {LONGER}"
        if not self.results:
            raise PluginError(f"it {why}", where=self.asked, instead=instead)
        loads = replace(self.results[-1], case="", law=LOADS, states=LOADED, status="failed", seconds=0.0)
        said = f"loaded once more, in a new process, it {why}; what comes after was not checked"
        self.results.append(replace(loads, said=said, instead=instead))
        self.done = True
