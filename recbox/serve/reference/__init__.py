"""What the HTTP API takes and gives, as a page and as Markdown: from its OpenAPI document."""

from recbox.serve.reference.outline import Operation, operations
from recbox.serve.reference.pages import html, markdown
from recbox.serve.reference.words import said

__all__ = ["Operation", "html", "markdown", "operations", "said"]
