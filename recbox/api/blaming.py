"""The one place where what a third party's code raises becomes a message about its plugin."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from recbox.registry import Registry
from recbox.registry.blame import blamed


@contextmanager
def blaming(registry: Registry) -> Iterator[None]:
    """An exception that came out of a plugin which recbox didn't bring is a `PluginError` that names it.

    What came out of recbox's own code alone goes on as it is, as do a `RecboxError` and an interrupt.
    """
    try:
        yield
    except BaseException as error:
        if fault := blamed(error, registry.origins):
            raise fault from error
        raise
