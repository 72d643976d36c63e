"""Methods side by side on one split, with what chance could do: users, seeds, and the number of comparisons.

Arguments → `Entry` (an artifact, or a recipe) → `alike` (the same data, or a refusal) → `Method` (its runs,
kept or made) → `Pair` (tested) → `Comparison`, which is written as JSON, CSV, LaTeX or HTML.
"""

from recbox.comparison.comparing import Comparison, compare

__all__ = ["Comparison", "compare"]
