"""A server of the tests, and what it says when it is asked without a browser."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Site:
    """url: ends with a slash."""

    url: str
    token: str = ""

    def ask(self, path: str, **body: Any) -> Any:
        """The answer to a POST; without a body, to a GET."""
        data = json.dumps(body).encode() if body else None
        headers = {"content-type": "application/json"}
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(self.url + path, data, headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)


@contextmanager
def served(artifact: Path, token: str = "") -> Iterator[Site]:
    """`recbox serve`, in a process of its own, on a port that is free, once it is ready."""
    command = [sys.executable, "-m", "recbox", "serve", str(artifact), "--port", "0"]
    variables = {**os.environ, **({"RECBOX_TOKEN": token} if token else {})}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=variables) as process:
        assert process.stderr is not None
        try:
            address = json.loads(process.stderr.readline())["address"]
            assert json.loads(process.stderr.readline())["event"] == "ready"
            yield Site(f"{address}/", token)
        finally:
            process.terminate()
