"""The suite `peers`: training steps and ranking of recbox and of other toolkits, on the same work."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from recbox.bench.answers import SORTS, document, figures, notes
from recbox.bench.asked import Asked
from recbox.bench.figure import Figure, rows
from recbox.bench.peer.protocol import Work
from recbox.bench.roster import chosen
from recbox.bench.step import about
from recbox.bench.timing import Timed
from recbox.bench.turns import Place, Runner, link, take_turns
from recbox.errors import DataError, OptionError
from recbox.evaluate import at_test, judge_held
from recbox.progress import SILENT
from recbox.recommender.scorer import GraphScorer

ROUNDS = 5
"""At most."""
WARMUP = 5
"""Steps of each process that aren't timed."""


def check(asked: Asked) -> None:
    """An `OptionError` for a peer that can't be run, and for a device that runners don't reach."""
    chosen(asked.peers)
    if asked.context.device != "cpu":
        said = f"the suite peers runs on the processor, and not on {asked.context.device}"
        raise OptionError(said, where="--device", instead="--device cpu")


def measure(asked: Asked) -> dict[str, Any]:
    """Each runner in a process of its own, in turns. Extra of an epoch: how far recbox is to being as much
    faster as it is held to. Note: what each of them runs, and failures of peers."""
    runners = [*_own(asked), *chosen(asked.peers)]
    against, repeat = runners[0].label, min(ROUNDS, asked.repeat)
    with tempfile.TemporaryDirectory() as name:
        place = Place(Path(name), _work(asked, name))
        _write(asked, place.folder)
        link(place.folder)
        results = take_turns(runners, repeat, place, asked.progress, vectors=asked.judge)
        files = {runner.label: place.vectors(runner) for runner in runners} if asked.judge else {}
        judged = judge(asked, files)
    found = [row for what in SORTS for row in figures(what, results, against)]
    found += [row for metric in next(iter(judged.values()), {}) for row in _quality(metric, judged, against)]
    told = {"steps of an epoch": document(results[against])["batches"], "timed steps": asked.steps}
    return {"about": {**about(asked), **told}, "row": found, "note": list(notes(results))}


def _own(asked: Asked) -> Iterator[Runner]:
    """recbox with each kernel and precision; the first is the reference."""
    for kernel in asked.kernels:
        for precision in ("fp32", "bf16"):
            more = {"kernel": kernel, "precision": precision, **asked.way}
            yield Runner(f"recbox {kernel} {precision}", "recbox", more=more)


def _work(asked: Asked, folder: str) -> Work:
    """The recipe of the bench, in numbers."""
    recipe, data = asked.setting.recipe, asked.job.dataset
    stage = recipe.stage[0]
    return Work(
        folder=folder,
        shape=(len(data.user), len(data.item)),
        threads=asked.context.threads,
        steps=asked.steps,
        warmup=WARMUP,
        dim=asked.dim,
        layers=sum(layer.repeat for layer in recipe.layer),
        batch=stage.training.batch,
        lr=stage.training.optimizer.lr,
        l2=stage.objective[1].weight,
        seed=asked.context.seed,
        k=recipe.evaluate.k[0],
        more={},
    )


def _write(asked: Asked, folder: Path) -> None:
    """Lines `user item item ...` of what is trained on and of the test part, by inner ids."""
    job = asked.job
    test = job.dataset.take(job.split.test)
    for name, part in (("train", asked.train), ("test", test)):
        pair = part.interaction
        order = np.argsort(pair.user, kind="stable")
        users, starts = np.unique(pair.user[order], return_index=True)
        lists = np.split(pair.item[order], starts[1:])
        lines = (" ".join(map(str, [user, *some.tolist()])) for user, some in zip(users.tolist(), lists))
        (folder / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def judge(asked: Asked, files: Mapping[str, Path]) -> dict[str, dict[str, float]]:
    """Metrics of runners' vectors on the test part, by recbox's own scorer, all alike. One that left none is
    missing; one whose vectors are not numbers is told, and missing."""
    job, recipe = asked.job, asked.setting.recipe
    truth, quiet = at_test(job.dataset, job.split, refit=True), asked.context.with_(progress=SILENT)
    found = {}
    for label in (label for label, file in files.items() if file.exists()):
        with np.load(files[label]) as arrays:
            scorer = GraphScorer.load(recipe.head.options, dict(arrays), {})
        try:
            found[label] = judge_held(scorer, truth, recipe.metric, recipe.evaluate, quiet).values
        except DataError as error:
            asked.progress.notice(f"{label} can't be judged: {error.what}", "warning")
    return found


def _quality(metric: str, judged: dict[str, dict[str, float]], against: str) -> list[dict[str, Any]]:
    values = {label: found[metric] for label, found in judged.items() if found[metric] > 0}
    made = [Figure(label, Timed((value,)), "", more=True) for label, value in values.items()]
    return rows(f"{metric} on test", made, against) if against in values else []
