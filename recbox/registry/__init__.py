"""Finds plugins by their entry points, describes them, and loads them one at a time.

Nothing here knows a plugin by name: recbox's own parts come in by the same door as anybody's.
"""

from recbox.registry.card import Card
from recbox.registry.kinds import ALL_KINDS, COMMAND_KINDS, KINDS, RESERVED
from recbox.registry.options import Options, mistake
from recbox.registry.registry import Registry

__all__ = ["ALL_KINDS", "COMMAND_KINDS", "KINDS", "RESERVED", "Card", "Options", "Registry", "mistake"]
