"""What a run will take, before it is run: a rehearsal of each of its phases."""

from recbox.estimating.estimate import Estimate, Phase
from recbox.estimating.rehearsing import estimate

__all__ = ["Estimate", "Phase", "estimate"]
