"""Reading a recipe is quick and imports nothing heavy."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from recipe_kit import BASE, PARTS

PROBE = """
import json, sys, time
start = time.process_time()
import pydantic
class Base(pydantic.BaseModel):
    x: int
base = time.process_time() - start
from recbox.context import Context
from recbox.recipe import load
from recbox.registry import Registry
load(sys.argv[1], registry=Registry([sys.argv[2]]), context=Context())
whole = time.process_time() - start
heavy = [m for m in ("torch", "dgl", "polars", "numpy", "scipy", "pandas", "rich") if m in sys.modules]
print(json.dumps([base, whole, heavy]))
"""


def test_a_recipe_is_read_without_anything_heavy(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(BASE.replace("hop", "gcn"))
    command = [sys.executable, "-c", PROBE, str(tmp_path / "r.yaml"), str(PARTS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    base, whole, heavy = json.loads(done.stdout)

    assert heavy == []
    # In units of what pydantic alone takes here and now, for the machine may be busy.
    assert whole < 5 * base
