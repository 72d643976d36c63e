"""The listener, and one process or many behind it."""

from __future__ import annotations

import socket
from importlib.util import find_spec

from recbox.errors import OptionError
from recbox.serve.log import log
from recbox.serve.options import Options
from recbox.store import Store

NEEDED = ("fastapi", "uvicorn", "httptools")
BACKLOG = 2048


def serve(options: Options) -> None:
    """Serve until SIGTERM or SIGINT. A `RecboxError` where that can't begin."""
    _require()
    if options.artifact.is_dir():
        Store(options.store).close()  # one that can't be opened or made is said before anybody connects
    listener = listen(options)
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    log("info", "listening", address=f"http://{shown}:{port}", workers=options.workers)
    if not options.local and options.token is None:
        log(
            "warning",
            "anybody who reaches this machine can ask, and store events",
            address=host,
            instead="--token-file FILE, or RECBOX_TOKEN; or --host 127.0.0.1",
        )
    if options.workers == 1:
        from recbox.serve.metrics import Metrics
        from recbox.serve.running import run

        run(options, listener, Metrics())
        return
    from recbox.serve.workers import supervise

    supervise(options, listener)


def _require() -> None:
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        raise OptionError(
            f"recbox serve needs {', '.join(missing)}", instead="pip install 'recbox-graph[serve]'"
        )


def listen(options: Options) -> socket.socket:
    """A listening socket, which processes may share."""
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    try:
        found = socket.socket(family, socket.SOCK_STREAM)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((options.host, options.port))
        found.listen(BACKLOG)
        found.setblocking(False)
    except (OSError, OverflowError, TypeError, UnicodeError) as error:
        why = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
        raise OptionError(
            f"can't listen on {options.host}, port {options.port}",
            why=why,
            instead="another --port or --host",
        ) from error
    return found
