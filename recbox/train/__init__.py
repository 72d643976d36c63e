"""One loop for every trained method: batches, negatives, schedules, early stopping, checkpoints."""

from typing import TYPE_CHECKING

from recbox.lazy import lazily

if TYPE_CHECKING:
    from recbox.train.checkpoint import CheckpointFile
    from recbox.train.loop import Fit, Follow, fit

_HOME = {"CheckpointFile": ".checkpoint", "Fit": ".loop", "Follow": ".loop", "fit": ".loop"}

__all__ = ["CheckpointFile", "Fit", "Follow", "fit"]

__getattr__ = lazily(__name__, _HOME)
