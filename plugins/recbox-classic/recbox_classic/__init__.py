"""Strong classic recommenders, each a model of its own: `{use: slim, l1: 5, l2: 100}`."""

from recbox_classic.bpr_mf import BPRMF
from recbox_classic.ials import IALS
from recbox_classic.multvae import MultVAE
from recbox_classic.rp3beta import RP3beta
from recbox_classic.slim import SLIM
from recbox_classic.user_knn import UserKNN

__all__ = ["BPRMF", "IALS", "SLIM", "MultVAE", "RP3beta", "UserKNN"]
