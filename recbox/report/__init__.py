"""The report: one HTML page without a script that shows what a run found."""

from recbox.report.document import Document
from recbox.report.page import render

__all__ = ["Document", "render"]
