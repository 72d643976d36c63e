"""Artifacts to recommend from."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from recbox.api.load import Fitted, load
from recbox.artifact import Content, write

sys.path.append(str(Path(__file__).parents[1] / "artifact"))
from artifact_tiny import content


@pytest.fixture(scope="session")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    """EASE on 12 users with ids 1 … 12 and 9 items with ids 10 … 18, one of them without a title."""
    return load(write(content(), tmp_path_factory.mktemp("recommend") / "tiny"))


@pytest.fixture
def make() -> Callable[..., Content]:
    return content
