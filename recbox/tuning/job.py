"""A further process: one line of JSON on its standard input says what to search; it works until there is
nothing left to begin, or until that input is closed."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from typing import Any, TextIO, final

from recbox.errors import RecboxError
from recbox.progress import SILENT, Progress, Task
from recbox.tuning.jobs import NOTICE

STOPPED, MISTAKE = 0, 2
GRACE = 5.0
"""Seconds between Ctrl-C and the end."""


def main(stream: TextIO) -> int:
    """Work; the exit code."""
    signal.signal(signal.SIGINT, _interrupt)
    line = stream.readline()
    if not line:
        return STOPPED
    threading.Thread(target=_watch, args=(stream,), daemon=True).start()
    try:
        _work(json.loads(line))
    except KeyboardInterrupt:
        return STOPPED
    except RecboxError as error:
        sys.stderr.write(f"{str(error).splitlines()[0]}\n")
        return MISTAKE
    return STOPPED


def _interrupt(*_: object) -> None:
    """Ctrl-C counts once: a terminal sends it to every process, and whoever started this one closes the
    stream besides. A second one would break off what tells trackers how the trial ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def _watch(stream: TextIO) -> None:
    """Ctrl-C for this process when whoever started it closes the stream, or is gone; where an import or a
    library swallows that, an end without it: the journal stands any."""
    stream.read()
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(GRACE)
    os._exit(STOPPED)


def _work(told: dict[str, Any]) -> None:
    from recbox.tracker import Trackers
    from recbox.tuning.plan import Asked
    from recbox.tuning.searching import open_study
    from recbox.tuning.telling import Teller
    from recbox.tuning.working import Ears, work

    asked = Asked.of(told["search"])
    with Trackers(told["track"], asked.given.registry(), _Said()) as trackers:
        study = open_study(asked)
        work(study, Ears(lambda **_: None, lambda *_: None, Teller(trackers, study.folder.name)))


@final
class _Said(Progress):
    """Notices, of trackers that were left out, go where the process that started this one reads them."""

    def open(self, title: str, total: float | None, unit: str) -> Task:
        return SILENT.open(title, total, unit)

    def close(self, task: Task) -> None:
        return None

    def notice(self, message: str, level: str = "info") -> None:
        if level == "warning":
            sys.stderr.write(f"{NOTICE}{json.dumps(message)}\n")


if __name__ == "__main__":
    code = main(sys.stdin)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # the watching thread still reads: an ordinary end would wait for its stream
