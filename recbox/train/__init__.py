"""One loop for every trained method: batches, negatives, schedules, early stopping, checkpoints."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recbox.train.checkpoint import CheckpointFile
    from recbox.train.loop import Fit, fit

_HOME = {"CheckpointFile": "checkpoint", "Fit": "loop", "fit": "loop"}

__all__ = ["CheckpointFile", "Fit", "fit"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        from importlib import import_module

        return getattr(import_module(f"recbox.train.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
