"""Recommendation from an artifact: known and new users, the best unseen items, and ways to write."""

from recbox.recommend.filtering import Filter
from recbox.recommend.gathering import As, gathered
from recbox.recommend.listing import recommend
from recbox.recommend.lookup import find_users
from recbox.recommend.newcomers import items as new_items
from recbox.recommend.similar import similar
from recbox.recommend.writing import FORMATS, chunks, save

__all__ = [
    "FORMATS",
    "As",
    "Filter",
    "chunks",
    "find_users",
    "gathered",
    "new_items",
    "recommend",
    "save",
    "similar",
]
