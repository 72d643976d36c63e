"""One loop for every trained method: batches, negatives, schedules, early stopping, checkpoints."""

from typing import TYPE_CHECKING

from recbox.lazy import lazily

if TYPE_CHECKING:
    from recbox.train.checkpoint import CheckpointFile
    from recbox.train.course import Course
    from recbox.train.graph_course import GraphCourse
    from recbox.train.loop import Fit, Follow, Validate, fit
    from recbox.train.model_course import ModelCourse

_HOME = {
    "CheckpointFile": ".checkpoint",
    "Course": ".course",
    "Fit": ".loop",
    "Follow": ".loop",
    "GraphCourse": ".graph_course",
    "ModelCourse": ".model_course",
    "Validate": ".loop",
    "fit": ".loop",
}

__all__ = ["CheckpointFile", "Course", "Fit", "Follow", "GraphCourse", "ModelCourse", "Validate", "fit"]

__getattr__ = lazily(__name__, _HOME)
