"""The graph bound to a kernel: sparse products forward and backward, views, exact top-k.

Everything that touches DGL lives in this room. Importing it is cheap: torch comes with the first use of a
name, DGL with the first choice of a kernel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from recbox.kernel.view import View
from recbox.lazy import lazily

if TYPE_CHECKING:
    from recbox.kernel.byte_table import ByteTable, Glance
    from recbox.kernel.choice import Choice, choose
    from recbox.kernel.door import check
    from recbox.kernel.graph import Graph
    from recbox.kernel.matrix import Matrix
    from recbox.kernel.placing import put
    from recbox.kernel.rank import top_k
    from recbox.kernel.rounding import narrow_products
    from recbox.kernel.sampling import blocks_of
    from recbox.kernel.shortlist import Shortlist, inner
    from recbox.kernel.structure import places, runs
    from recbox.kernel.without import by_column, hops_without, kept, lacking

__all__ = [
    "ByteTable",
    "Choice",
    "Glance",
    "Graph",
    "Matrix",
    "Shortlist",
    "View",
    "blocks_of",
    "by_column",
    "check",
    "choose",
    "hops_without",
    "inner",
    "kept",
    "lacking",
    "narrow_products",
    "places",
    "put",
    "runs",
    "top_k",
]

_HOME = {
    "ByteTable": ".byte_table",
    "Glance": ".byte_table",
    "Choice": ".choice",
    "choose": ".choice",
    "check": ".door",
    "Graph": ".graph",
    "Matrix": ".matrix",
    "Shortlist": ".shortlist",
    "inner": ".shortlist",
    "top_k": ".rank",
    "narrow_products": ".rounding",
    "blocks_of": ".sampling",
    "places": ".structure",
    "put": ".placing",
    "runs": ".structure",
    "hops_without": ".without",
    "kept": ".without",
    "by_column": ".without",
    "lacking": ".without",
}

__getattr__ = lazily(__name__, _HOME)
