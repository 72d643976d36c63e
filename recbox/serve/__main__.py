"""One of several serving processes: `python -m recbox.serve OPTIONS ROW LISTENER SHARED ALIVE`."""

from __future__ import annotations

import os
import signal
import socket
import sys

from recbox.errors import RecboxError


def main(arguments: list[str]) -> int:
    from recbox.serve.metrics import Metrics
    from recbox.serve.options import Options
    from recbox.serve.running import run
    from recbox.serve.workers import MISTAKE, TOKEN

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # from a terminal: who started this one ends it
    options = Options.loaded(arguments[0], os.environ.pop(TOKEN, None))
    row, listener, shared, alive = map(int, arguments[1:])
    try:
        run(options, socket.socket(fileno=listener), Metrics(shared, row, options.workers), alive)
    except RecboxError as error:
        sys.stderr.write(f"recbox: {error}\n")
        return MISTAKE
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
