"""The page to look at: three files and no more, which ask nobody but the server that they come from."""

from recbox.serve.page.files import HEADERS, File, files

__all__ = ["HEADERS", "File", "files"]
