"""Templates over columns, and the text of each node by them.

Stability: stable for callers.
"""

from typing import TYPE_CHECKING

from recbox.lazy import lazily
from recbox.recipe.template import HISTORY, Field, Template, other, parse

if TYPE_CHECKING:
    from recbox.data.texts import BETWEEN, columns, filled, joined, of_nodes, spelled, texts

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
        ("BETWEEN", "columns", "filled", "joined", "of_nodes", "spelled", "texts"),
        "recbox.data.texts",
    ),
)
