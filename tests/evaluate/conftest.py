"""All metrics of the house, as a recipe names them."""

from __future__ import annotations

import pytest
from evaluate_cases import METRICS

from recbox.recipe.recipe import Part


@pytest.fixture(scope="session")
def metrics() -> list[Part]:
    return [Part("metric", cls.__name__.lower(), cls()) for cls in METRICS]
