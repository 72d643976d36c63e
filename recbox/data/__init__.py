"""Data sets: tables as read, cleaned and checked, with dense ids, and split.

`Tables` (what a source reads) → `assemble` (clean, count, give ids) → `Dataset` → `split`.
"""

from typing import TYPE_CHECKING

from recbox.data.columns import Column
from recbox.lazy import lazily

if TYPE_CHECKING:
    from recbox.data.assembling import assemble
    from recbox.data.dataset import Dataset, Interactions, Knowledge, Nodes, Relation
    from recbox.data.find import cache_dir, search_path
    from recbox.data.splitting import Split, fingerprint_of, split
    from recbox.data.tables import BadRow, Tables, Triples

_HOME = {
    "assemble": ".assembling",
    "Dataset": ".dataset",
    "Interactions": ".dataset",
    "Knowledge": ".dataset",
    "Nodes": ".dataset",
    "Relation": ".dataset",
    "Split": ".splitting",
    "fingerprint_of": ".splitting",
    "split": ".splitting",
    "BadRow": ".tables",
    "Tables": ".tables",
    "Triples": ".tables",
    "cache_dir": ".find",
    "search_path": ".find",
}

__all__ = [
    "BadRow",
    "Column",
    "Dataset",
    "Interactions",
    "Knowledge",
    "Nodes",
    "Relation",
    "Split",
    "Tables",
    "Triples",
    "assemble",
    "cache_dir",
    "fingerprint_of",
    "search_path",
    "split",
]

__getattr__ = lazily(__name__, _HOME)
