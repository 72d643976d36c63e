"""Data sets: tables as read, cleaned and checked, with dense ids, and split.

`Tables` (what a source reads) → `assemble` (clean, count, give ids) → `Dataset` → `split`.
"""

from typing import TYPE_CHECKING, Any

from recbox.data.columns import Column

if TYPE_CHECKING:
    from recbox.data.assembling import assemble
    from recbox.data.dataset import Dataset, Interactions, Nodes, Relation
    from recbox.data.find import cache_dir, search_path
    from recbox.data.splitting import Split, split
    from recbox.data.tables import BadRow, Tables

_HOME = {
    "assemble": "assembling",
    "Dataset": "dataset",
    "Interactions": "dataset",
    "Nodes": "dataset",
    "Relation": "dataset",
    "Split": "splitting",
    "split": "splitting",
    "BadRow": "tables",
    "Tables": "tables",
    "cache_dir": "find",
    "search_path": "find",
}

__all__ = [
    "BadRow",
    "Column",
    "Dataset",
    "Interactions",
    "Nodes",
    "Relation",
    "Split",
    "Tables",
    "assemble",
    "cache_dir",
    "search_path",
    "split",
]


def __getattr__(name: str) -> Any:
    """Late, because polars takes a third of a second to import."""
    if name in _HOME:
        from importlib import import_module

        return getattr(import_module(f"recbox.data.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
