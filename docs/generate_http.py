"""The endpoints of `recbox serve`, from its OpenAPI document."""

from __future__ import annotations

from recbox.serve.interface import document

from recbox.serve import reference


def endpoints(_: str) -> str:
    """A section for each."""
    return reference.markdown(document())
