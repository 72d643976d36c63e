"""Judge runners' vectors by recbox's own scorer, all alike: Recall@20 and NDCG@20 on the test part.

`python -m peers.judging --data DIR --out FILE NAME=VECTORS.npz ...`
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from peers.ground import Ground
from peers.protocol import Work


def main() -> None:
    """Write `{NAME: {metric: value}}`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("vectors", nargs="+", metavar="NAME=FILE")
    asked = parser.parse_args()
    ground = Ground.of(Work(asked.data, asked.threads, steps=1, warmup=0))
    found = {}
    for name, path in (said.split("=", 1) for said in asked.vectors):
        with np.load(path) as file:
            found[name] = ground.judge(file["user"], file["item"])
    asked.out.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
