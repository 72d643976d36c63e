"""A plugin in source, and how tests say that a distribution is installed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

Install = Callable[..., Path]

LAYER = '''
from recbox.plugin import Layer


class Hop(Layer):
    """A hop of a test's own."""

    width_factor: int = 2
    """How much wider the output is."""

    @property
    def linear(self) -> bool:
        return True

    def build(self, spec):
        import json
        return json
'''
