"""The endpoints of `recbox serve`, from its OpenAPI document."""

from __future__ import annotations

from pathlib import Path

from recbox.serve import reference
from recbox.serve.metrics import Metrics
from recbox.serve.options import Options
from recbox.serve.routes import routes
from recbox.serve.service import Service


def endpoints(_: str) -> str:
    """A section for each."""
    service = Service(Options(Path("artifact"), Path("events.db")), Metrics())
    return reference.markdown(routes(service).openapi())
