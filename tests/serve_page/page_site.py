"""A server of the tests, and what it says when it is asked without a browser."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
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
