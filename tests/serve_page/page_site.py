"""A server of the tests, and what it says when it is asked without a browser."""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1] / "serve"))
from serving import inside


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
    """A server in a thread of this process, once it is ready."""
    store = artifact.with_suffix(".events.db")
    with inside(artifact, store, token=token or None) as found:
        yield Site(f"http://127.0.0.1:{found.port}/", token)
