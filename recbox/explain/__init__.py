"""Explanations: which of a user's interactions, and which paths, carried a score."""

from recbox.explain.explainer import Explainer
from recbox.explain.explanation import Deletion, Explanation

__all__ = ["Deletion", "Explainer", "Explanation"]
