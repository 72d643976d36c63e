"""One loop for every trained method: batches, negatives, schedules, early stopping, checkpoints."""

from typing import TYPE_CHECKING

from recbox.lazy import lazily

if TYPE_CHECKING:
    from recbox.train.checkpoint import CheckpointFile
    from recbox.train.course import Course
    from recbox.train.graph_course import GraphCourse
    from recbox.train.loop import Fit, Follow, Validate, fit

_HOME = {
    "CheckpointFile": ".checkpoint",
    "Course": ".course",
    "Fit": ".loop",
    "Follow": ".loop",
    "GraphCourse": ".graph_course",
    "Validate": ".loop",
    "fit": ".loop",
}

__all__ = ["CheckpointFile", "Course", "Fit", "Follow", "GraphCourse", "Validate", "fit"]

__getattr__ = lazily(__name__, _HOME)
