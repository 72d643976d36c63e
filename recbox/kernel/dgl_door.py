"""The one place that imports DGL, quietly, or says why it can't."""

from __future__ import annotations

import os
import sys
import warnings
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import Any

import torch

from recbox.errors import KernelError
from recbox.kernel.structure import Structure

INSTALL = "pip install 'dgl>=2.1,<3' (Python 3.12 or older), or `kernel: torch`"


@cache
def _load() -> tuple[Any, str]:
    """The module and "", or None and the reason."""
    try:
        if int(version("dgl").split(".")[0]) < 2:
            return None, f"dgl {version('dgl')} is installed, and 2.1 or later is needed"
    except PackageNotFoundError:
        return None, "dgl is not installed"
    # Without the variable DGL prints a notice and writes into the home folder; its GraphBolt is compiled for
    # an older torch and fails to load, and nothing here needs it.
    os.environ["DGLBACKEND"] = "pytorch"
    if "dgl" not in sys.modules:
        sys.modules.setdefault("dgl.graphbolt", ModuleType("dgl.graphbolt"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import dgl
    except Exception as error:
        return None, f"dgl can't be imported: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
    return dgl, ""


def load() -> Any:
    """The module `dgl`, or a KernelError with the reason why there is none.

    Stability: stable for callers.
    """
    module, reason = _load()
    if module is None:
        raise KernelError("the dgl kernel can't be used", why=reason, instead=INSTALL)
    return module


load_dgl = load
"""Its name at the authors' door."""


def missing() -> str:
    """Why DGL can't be used; "" where it can."""
    return _load()[1]


@cache
def reaches(device: str) -> bool:
    """Whether the installed DGL can hold a graph on this kind of device (`cpu`, `cuda`)."""
    if missing() or device not in ("cpu", "cuda"):
        return False
    if device == "cpu":
        return True
    try:
        load().graph(([0], [0])).to("cuda")
    except Exception:
        return False
    return True


def convert(s: Structure) -> Any:
    """The DGLGraph of a structure: edge e of DGL is edge e here; a block where rows and columns differ."""
    return s.cached("dgl", lambda: _convert(s, s.indptr, s.indices))


def compact(s: Structure) -> Any:
    """The same for products, with int32 where that has room: there is less to read."""
    return s.cached("dgl, compact", lambda: _convert(s, *s.small))


def _convert(s: Structure, indptr: torch.Tensor, indices: torch.Tensor) -> Any:
    # DGL allows edge ids to be left out, and then crashes where a graph is dense and it works in blocks.
    form = indptr, indices, torch.arange(s.edges, dtype=indices.dtype, device=s.device)
    names = ("_N", "_E", "_N") if s.n_rows == s.n_columns else ("source", "to", "target")
    # What `dgl.graph` and `dgl.heterograph` call once they have looked through all edges, which takes longer.
    made = load().convert.create_from_edges
    return made("csc", form, *names, s.n_columns, s.n_rows)
