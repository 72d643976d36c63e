"""Distributions as pip would leave them: a package and a `.dist-info` folder, on `sys.path`."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from registry_kit import Install


@pytest.fixture
def install(tmp_path: Path) -> Iterator[Install]:
    """`install(name, {"recbox.layer": {"hop": "module:Class"}}, module="source")`: modules by keyword."""
    before = list(sys.path)

    def put(name: str, entries: dict[str, dict[str, str]] | str, version: str = "1.0", **code: str) -> Path:
        site = tmp_path / f"site{len(sys.path)}"
        info = site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(entries if isinstance(entries, str) else _listing(entries))
        for module, source in code.items():
            (site / f"{module}.py").write_text(source)
        sys.path.append(str(site))
        importlib.invalidate_caches()
        return site

    yield put
    sys.path[:] = before
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


def _listing(entries: dict[str, dict[str, str]]) -> str:
    groups = ("\n".join([f"[{g}]", *(f"{n} = {v}" for n, v in e.items())]) for g, e in entries.items())
    return "\n".join(groups) + "\n"
