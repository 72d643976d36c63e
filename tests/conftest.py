"""What tests share: where real data lies, and a quiet, bounded hypothesis."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("ci")

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """A folder with `ml-100k/`, `gowalla/`, ...: RECBOX_DATA, or one that lies beside the checkout."""
    folder = Path(os.environ.get("RECBOX_DATA", BESIDE))
    if not (folder / "ml-100k" / "u.data").is_file():
        pytest.skip("needs MovieLens-100K: set RECBOX_DATA to a folder that holds ml-100k/u.data")
    return folder
