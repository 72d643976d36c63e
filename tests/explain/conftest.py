"""Artifacts to explain, made once, and the kernels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from recbox.api.load import Fitted
from tests.explain.explain_made import RECIPES, made
from tests.recommender.conftest import kernel_name as kernel_name


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Fitted]:
    """By the name of its recipe."""
    folder, found = tmp_path_factory.mktemp("explain"), dict[str, Fitted]()

    def get(name: str) -> Fitted:
        if name not in found:
            found[name] = made(Path(folder) / name, **RECIPES[name])
        return found[name]

    return get
