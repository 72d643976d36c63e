"""A table read from text."""

from __future__ import annotations

from pathlib import Path

import pytest

from recbox.context import Context
from recbox.source.table import Table


@pytest.fixture
def read(tmp_path: Path):
    """Write `content` to a file and read it as the one file of interactions."""

    def build(content: bytes | str, name: str = "a.csv", **options):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        table = Table.parse({"interaction": [{"path": name, **options}]})
        return table.read(Context(folder=tmp_path))

    return build


@pytest.fixture
def lines():
    """Bad rows as {line: reason}."""
    return lambda tables: {bad.line: bad.reason for bad in tables.bad}
