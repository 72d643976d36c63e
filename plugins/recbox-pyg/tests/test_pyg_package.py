"""The package as a whole: its recipe, its table, what it imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from recbox_pyg import modules

HERE = Path(__file__).resolve().parents[1]

if modules.home() is None:
    pytest.skip(f"torch_geometric is not installed: {modules.INSTALL}", allow_module_level=True)


def test_the_recipe_of_the_package_is_sound() -> None:
    recipe = HERE / "recipes" / "movielens_pyg.yaml"
    command = [sys.executable, "-m", "recbox", "check", recipe]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_checking_imports_no_torch() -> None:
    code = (
        "import sys; from recbox_pyg import PyG, modules; "
        "PyG.parse({'module': 'GATv2Conv', 'heads': 4}).width(8, 8); modules.table(); "
        "sys.exit(bool({'torch', 'torch_geometric'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_the_table_of_the_readme_is_what_is_installed() -> None:
    text = (HERE / "README.md").read_text()
    for name, reason in modules.table().items():
        assert f"| `{name}` | {reason or 'yes'} |" in text, f"README.md lacks the row of {name}"
