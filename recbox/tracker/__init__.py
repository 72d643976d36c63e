"""Trackers at a run's side: chosen by a command, kept in processes of their own, left out once they fail.

recbox brings none; the package recbox-track does. Nothing in a run depends on what one of them does.
"""

from recbox.tracker.trackers import Trackers

__all__ = ["Trackers"]
