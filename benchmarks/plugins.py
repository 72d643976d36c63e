"""What fifty plugins cost, ten of them broken: `python benchmarks/plugins.py [repeats]`.

Lays fifty distributions into a temporary folder (each with one layer; ten fail, exit or end the process when
they are imported) and times whole processes with and without them. Exits with 1 where `--help` imports one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PLUGINS, BROKEN = 50, 10
LAYER = '''
from recbox.plugin import Layer


class Hop(Layer):
    """A hop of plugin number {number}."""

    factor: float = 1.0
    """What the vectors are multiplied by."""

    def build(self, spec):
        import torch

        return torch.nn.Identity()
'''
FAULTS = (
    "raise RuntimeError('no such driver')",
    "import a_package_that_is_not_there",
    "import sys\nsys.exit(3)",
    "import os\nos._exit(3)",
    "Hop = 1",
)


def lay(site: Path) -> None:
    """The distributions, as pip would leave them; every fifth is broken."""
    for number in range(PLUGINS):
        name = f"bench-hop-{number}"
        broken = number % (PLUGINS // BROKEN) == 0
        code = FAULTS[number // 5 % len(FAULTS)] if broken else LAYER.format(number=number)
        info = site / f"bench_hop_{number}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[recbox.layer]\n{name} = bench_hop_{number}:Hop\n")
        (site / f"bench_hop_{number}.py").write_text(code)


def recbox(args: tuple[str, ...], site: Path | None, *python: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    if site is not None:
        env["PYTHONPATH"] = str(site)
    command = [sys.executable, *python, "-m", "recbox", *args]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True)


def seconds(args: tuple[str, ...], site: Path | None, repeats: int) -> float:
    """The best of `repeats` whole processes."""
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        recbox(args, site)
        taken.append(time.perf_counter() - began)
    return min(taken)


def main() -> None:
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder)
        lay(site)
        print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, best of {repeats}, whole processes")
        print(f"{'':<22}  none      {PLUGINS} plugins, {BROKEN} broken")
        for args in (("--help",), ("plugins", "list")):
            none, many = (seconds(args, place, repeats) for place in (None, site))
            print(f"recbox {' '.join(args):<15}  {none:.3f} s   {many:.3f} s")
        rows = json.loads(recbox(("plugins", "list", "--json"), site).stdout)
        own = [row for row in rows if row["distribution"].startswith("bench-hop-")]
        explained = sum(bool(row["error"] and row["remedy"]) for row in own)
        print(f"rows: {len(own)}, with a cause and a remedy: {explained}")
        imported = recbox(("--help",), site, "-X", "importtime").stderr.count("bench_hop_")
        print(f"plugins imported by --help: {imported}")
    sys.exit(imported > 0 or len(own) != PLUGINS)


if __name__ == "__main__":
    main()
