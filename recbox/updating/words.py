"""The words of recbox's own that files of an artifact have, whoever is in the data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from recbox.artifact.manifest import Manifest
from recbox.recipe.editor import schema

if TYPE_CHECKING:
    from recbox.registry import Registry

WRITTEN_BY = ("recbox.report", "recbox.artifact", "recbox.updating")
"""Packages whose sources have every word of the page and the card that isn't a figure or a name."""
_WORD = re.compile(r"\w+(?:-\w+)*")


def own_words(registry: Registry) -> frozenset[str]:
    """Names of plugins, of fields and of their fixed values, in recipes and manifests; and what stands in the
    templates and sources of pages and cards."""
    schemas = schema(registry), Manifest.model_json_schema()
    found = {word for document in schemas for word in _fixed(document)}
    for package in WRITTEN_BY:
        for source in files(package).iterdir():
            if PurePath(source.name).suffix in (".py", ".j2"):
                for word in _WORD.findall(source.read_text(encoding="utf-8")):
                    found |= {word, *word.split("-")}
    return frozenset(found)


def _fixed(schema: Any) -> Iterator[str]:
    """Names of properties, and values that are fixed, however deep."""
    if isinstance(schema, Mapping):
        properties = schema.get("properties")
        yield from properties if isinstance(properties, Mapping) else ()
        for value in (schema.get("const"), *(schema.get("enum") or ())):
            if isinstance(value, str):
                yield value
        schema = list(schema.values())
    for inner in schema if isinstance(schema, list) else ():
        yield from _fixed(inner)
