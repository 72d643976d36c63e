"""The ways in which a text model learns, for tests of each."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import pytest

WAYS: dict[str, dict[str, Any]] = {
    "last": {"train": "last"},
    "lora": {"train": "lora", "rank": 2},
    "full": {"train": "full"},
}
NEEDS_PEFT = pytest.mark.skipif(find_spec("peft") is None, reason="peft is not installed")
EACH = [pytest.param(way, marks=NEEDS_PEFT if way == "lora" else ()) for way in WAYS]
