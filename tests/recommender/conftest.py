"""Both kernels, where both are here."""

from __future__ import annotations

import pytest

from recbox.kernel import dgl_door

NAMES = ["torch", "dgl"]


@pytest.fixture(params=NAMES)
def kernel_name(request: pytest.FixtureRequest) -> str:
    """The kernel that a graph is bound to."""
    if request.param == "dgl":
        try:
            dgl_door.load_dgl()
        except Exception as error:  # whatever is the matter with it here
            pytest.skip(f"DGL can't be used here: {str(error)[:80]}")
    return str(request.param)
