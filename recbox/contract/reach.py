"""Held-out interactions, put wherever a model could reach for them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from recbox.contract.place import alone
from recbox.contract.world import World
from recbox.data import Dataset

FORMS = {"interactions.csv": ",", "ratings.csv": ",", "ratings.dat": "::", "u.data": "\t", "data.inter": "\t"}
"""Names under which public data comes, with all interactions in one file, and what is between the fields."""


@contextmanager
def within_reach(train: Dataset, held: np.ndarray) -> Iterator[tuple[Dataset, Path]]:
    """The training data, and a folder: for the block the working folder and that of RECBOX_DATA, whose files
    have all interactions. `origin` points to it, `facts` count and list what is held out, and in memory the
    held-out pairs lie behind the training arrays."""
    with TemporaryDirectory() as root, alone(Path(root)) as folder, chdir(folder):
        os.environ["RECBOX_DATA"] = str(folder)  # `alone` puts the old value back
        x = train.interaction
        _write(folder, {"train": np.stack([x.user, x.item], axis=1), "test": held})
        rows = len(x) + len(held)
        listed = {"rows": rows, "kept": rows, "held_out": [f"{u},{i}" for u, i in held.tolist()]}
        user, item = (
            np.concatenate([before, after])[: len(x)] for before, after in zip((x.user, x.item), held.T)
        )
        yield (
            replace(
                train,
                origin=str(folder),
                facts=train.facts | listed,
                interaction=replace(x, user=user, item=item),
            ),
            folder,
        )


def _write(folder: Path, parts: dict[str, np.ndarray]) -> None:
    """A file for each part, and files of all interactions."""
    for part, pairs in parts.items():
        (folder / f"{part}.txt").write_text("".join(f"{u} {i}\n" for u, i in pairs.tolist()))
    for name, separator in FORMS.items():
        rows = [separator.join((str(u), str(i), "5")) for pairs in parts.values() for u, i in pairs.tolist()]
        (folder / name).write_text("\n".join(rows) + "\n")


def other_pairs(given: World, seed: int) -> np.ndarray:
    """`[n, 2]`: pairs that are not in training, drawn anew; about as many as are held out, and with each seed
    another number."""
    x = given.train.interaction
    free = np.ones((len(given.train.user), len(given.train.item)), bool)
    free[x.user, x.item] = False
    pairs = np.argwhere(free)
    return pairs[np.random.default_rng(seed).choice(len(pairs), len(given.held) - seed, replace=False)]
