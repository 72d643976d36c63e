"""The report: one HTML page without a script that shows what a run found."""

from recbox.report.document import Document
from recbox.report.page import render, without_portrait
from recbox.report.portrait import Portrait, noted, portray

__all__ = ["Document", "Portrait", "noted", "portray", "render", "without_portrait"]
