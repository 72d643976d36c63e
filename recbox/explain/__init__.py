"""Explanations: which of a user's interactions, and which paths, carried a score."""

from recbox.explain.explainer import Explainer
from recbox.explain.explanation import Deletion, Explanation
from recbox.explain.found import DRAWS
from recbox.explain.subject import Subject

__all__ = ["DRAWS", "Deletion", "Explainer", "Explanation", "Subject"]
