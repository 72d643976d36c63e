"""Recommendation from an artifact: known users, the best unseen items, and ways to write them down."""

from recbox.recommend.listing import recommend
from recbox.recommend.lookup import find_users
from recbox.recommend.writing import FORMATS, chunks, save

__all__ = ["FORMATS", "chunks", "find_users", "recommend", "save"]
