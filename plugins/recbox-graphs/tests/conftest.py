"""Both kernels, where both are here."""

from __future__ import annotations

import pytest

from recbox.kernel.dgl_door import missing


@pytest.fixture(params=["torch", "dgl"])
def kernel(request: pytest.FixtureRequest) -> str:
    if request.param == "dgl" and missing():
        pytest.skip(missing())
    return str(request.param)
