"""The suite `startup`: whole processes, from nothing to their end."""

from __future__ import annotations

from typing import Any

from recbox.bench.asked import Asked
from recbox.bench.figure import Figure, rows
from recbox.bench.process import starting
from recbox.bench.timing import take_turns

COMMANDS = {
    "python -c pass": ("-c", "pass"),
    "recbox --help": ("-m", "recbox", "--help"),
    "recbox check movielens_gcn": ("-m", "recbox", "check", "movielens_gcn"),
    "recbox check gowalla_lightgcn": ("-m", "recbox", "check", "gowalla_lightgcn"),
}
_READY = "from recbox.bench.asked import Asked; Asked(kernel={!r}).context"
"""What `recbox run` does before it reads data: imports, the recipe, the device, and the kernel's trial."""
IMPORTS = {
    "import torch": "import torch",
    "import recbox": "import recbox",
    "all before the data, kernel torch": _READY.format("torch"),
    "all before the data, kernel dgl": _READY.format("dgl"),
}


def measure(asked: Asked) -> dict[str, Any]:
    """Wall time of the command line beside that of a Python that does nothing, and of imports beside
    torch's."""
    imports = {name: ("-c", code) for name, code in IMPORTS.items()}
    if "dgl" not in asked.kernels:
        del imports["all before the data, kernel dgl"]
    calls = {name: starting(args) for name, args in (COMMANDS | imports).items()}
    timed = take_turns(calls, asked.repeat, asked.progress, "processes")
    found: list[dict[str, Any]] = []
    for what, names in (("command", COMMANDS), ("import", imports)):
        figures = [Figure(name, timed[name]) for name in names]
        found += rows(what, figures, against=figures[0].name)
    return {"about": {"process": "fresh, files cached by the system"}, "row": found}
