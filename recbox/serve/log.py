"""What the server has to say to those who run it: a line of JSON each, on standard error."""

from __future__ import annotations

import json
import os
import sys
import time


def log(level: str, event: str, **facts: object) -> None:
    """level: `info`, `warning` or `error`. No id of a user stands in it."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    line = {"time": stamp, "level": level, "event": event, "process": os.getpid(), **facts}
    try:
        sys.stderr.write(json.dumps(line, default=str) + "\n")
        sys.stderr.flush()
    except OSError:  # whoever read it has gone; the server goes on
        return
