"""A process that trains for a while and says how much memory it had, and how long its steps took:
`python -m recbox.bench.peak QUESTION`."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Any

from recbox.bench.peer.protocol import peak_mib

STEPS = 10
IMPORTED_LATE = "scipy.sparse", "torch._dynamo"
"""With the first graph and with the first optimizer, in memory that reading has left; to count them together
with the other imports takes a process of its own."""


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """question: `rounds`, and `asked`, options of `Asked`. Without rounds the answer is `imports` alone.

    Peaks in MiB: `imports`, with all imported that training needs, and the device settled; `read`, after
    reading; `trained`, at the end. `opening` and `step`: milliseconds of each round. `length`: steps of an
    epoch. And sizes: `interactions`, `nodes`, `edges`, `layers`.
    """
    from recbox.bench.asked import Asked
    from recbox.bench.timing import take_turns
    from recbox.bench.trainee import Trainee

    asked = Asked(**question["asked"])
    context = asked.context  # loads the kernel, and what torch needs for sums in one order
    if not question["rounds"]:
        for name in IMPORTED_LATE:
            import_module(name)
        return {"imports": peak_mib()}
    train, read = asked.train, peak_mib()
    one = Trainee(asked.setting.recipe, train, context)
    timed = take_turns({"opening": one.opens, "step": lambda: one.steps(STEPS)}, question["rounds"])
    return {
        "read": read,
        "trained": peak_mib(),
        "opening": timed["opening"].rounds,
        "step": [ms / STEPS for ms in timed["step"].rounds],
        "length": one.length,
        "interactions": len(train.interaction),
        "nodes": asked.about["nodes"],
        "edges": asked.about["edges"],
        "layers": len(one.course.recommender.layer),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(answer(json.loads(sys.argv[1]))))
