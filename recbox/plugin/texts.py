"""Templates over columns, and the text of each node by them.

Stability: stable for callers.
"""

from typing import TYPE_CHECKING

from recbox.lazy import lazily
from recbox.recipe.template import Field, Template, parse

if TYPE_CHECKING:
    from recbox.data.texts import BETWEEN, HISTORY, columns, filled, joined, of_nodes, other, spelled, texts

__all__ = [
    "BETWEEN",
    "HISTORY",
    "Field",
    "Template",
    "columns",
    "filled",
    "joined",
    "of_nodes",
    "other",
    "parse",
    "spelled",
    "texts",
]

__getattr__ = lazily(
    __name__,
    dict.fromkeys(
        ("BETWEEN", "HISTORY", "columns", "filled", "joined", "of_nodes", "other", "spelled", "texts"),
        "recbox.data.texts",
    ),
)
