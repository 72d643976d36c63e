"""Strong classic recommenders, fitted as a whole: `{use: slim, l1: 5, l2: 100}`."""

from recbox_classic.ials import IALS
from recbox_classic.rp3beta import RP3beta
from recbox_classic.slim import SLIM
from recbox_classic.user_knn import UserKNN

__all__ = ["IALS", "SLIM", "RP3beta", "UserKNN"]
