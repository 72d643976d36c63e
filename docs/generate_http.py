"""The endpoints of `recbox serve`, from its OpenAPI document."""

from __future__ import annotations

from recbox.serve import reference
from recbox.serve.interface import document


def endpoints(_: str) -> str:
    """A section for each."""
    return reference.markdown(document())
