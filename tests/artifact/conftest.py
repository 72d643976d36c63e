"""A small artifact to write, open and damage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from artifact_tiny import content

from recbox.artifact import Content, write


@pytest.fixture(scope="session")
def make() -> Callable[..., Content]:
    """Content of the tiny artifact, with some fields changed."""
    return content


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole artifact, never to be changed: copy it."""
    return write(content(), tmp_path_factory.mktemp("whole") / "tiny")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pytest_make_parametrize_id(val: Any) -> str | None:
    return val.__name__ if callable(val) else None
