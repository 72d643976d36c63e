"""The run once more: as it was, bit for bit; and blind, with users and items under other names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recbox.api.fitting import Method, fit_method
from recbox.api.judging import Bench
from recbox.api.reading import Job, read
from recbox.api.setting import Setting, on_device, settle
from recbox.evaluate import Judgement, judge_held
from recbox.progress import Progress
from recbox.verification.blind import blind
from recbox.verification.check import Check, checked, furthest, skipped
from recbox.verification.subject import Subject

ELSEWHERE = 0.003
"""What metrics may differ by on another machine, kernel or version; of those above 1 the share."""
DATA = "the source gives other data today, or the artifact's was exchanged: nothing was trained"
REPEAT = (
    "the recipe doesn't give this result: weights, history or figures were made by other means, or a plugin "
    "draws outside the streams that follow the seed"
)


@dataclass(frozen=True)
class Conditions:
    """How to run it again. data_dir, code, offline, progress: as for `recbox.run`."""

    data_dir: tuple[Path, ...]
    code: tuple[Path, ...]
    offline: bool
    progress: Progress


def retraining(subject: Subject, conditions: Conditions) -> list[Check]:
    """Read the data, train, measure, compare. Writes nothing, no ledger either: what is measured is known."""
    setting, changed = _settled(subject, conditions)
    device = subject.artifact.manifest.run.device
    import torch

    if device.startswith("cuda") and not torch.cuda.is_available():
        device, changed = "cpu", [*changed, f"device {device}"]
    elif device.startswith("cuda:") and int(device[5:]) >= torch.cuda.device_count():
        device = "cuda"
    job = read(setting, on_device(setting, device))
    if wrong := _other_data(subject, job):
        return [checked("data from the source", wrong, "", DATA)]
    bench = Bench(job)
    method = fit_method(job, bench.validate, None, False)
    if method.status != "done":
        raise KeyboardInterrupt
    recipe = job.recipe
    rules, meaning = recipe.evaluate, recipe.meaning
    again = judge_held(method.scorer, bench.test, recipe.metric, rules, job.context, meaning, "test")
    seen = "the same fingerprints of data and split"
    return [
        checked("data from the source", "", seen, DATA),
        _repeated(subject, method, again, changed),
        blind(subject, job),
    ]


def _settled(subject: Subject, conditions: Conditions) -> tuple[Setting, list[str]]:
    """The recipe as it was run, and what can't be as it was."""
    run = subject.artifact.manifest.run
    kernel = run.kernel if run.kernel in ("dgl", "torch") else "auto"
    setting = settle(
        subject.artifact.path / "recipe.yaml",
        data_dir=conditions.data_dir,
        code=conditions.code,
        threads=run.threads or None,
        kernel=kernel,
        offline=conditions.offline,
        progress=conditions.progress,
    )
    changed = [subject.changed] if subject.changed else []
    registry, stated = setting.registry, subject.artifact.manifest
    code = {file.path.name: file.sha256 for file in registry.code}
    changed += [f"code {name}" for name, digest in stated.code.items() if code.get(name) != digest]
    for plugin in stated.plugin:
        here = registry.distribution(plugin.kind, plugin.name)
        if here != (plugin.distribution, plugin.version):
            changed.append(f"{plugin.distribution} {plugin.version}")
    return setting, list(dict.fromkeys(changed))


def _other_data(subject: Subject, job: Job) -> str:
    manifest = subject.artifact.manifest
    pairs: Iterable[tuple[str, str, str]] = (
        ("data", manifest.data.fingerprint, job.dataset.fingerprint),
        ("split", manifest.split.fingerprint, job.split.fingerprint),
    )
    for what, stated, found in pairs:
        if stated != found:
            return f"the {what}'s fingerprint is {found[:12]}, the artifact says {stated[:12]}"
    return ""


def _repeated(subject: Subject, method: Method, again: Judgement, changed: list[str]) -> Check:
    name, stated = "trained again", subject.metrics
    values = {"valid ": (stated["valid"], method.valid), "": (stated["test"], again.values)}
    if changed:
        wrong = _beyond(values)
        gap = max(furthest(*pair)[0] for pair in values.values())
        seen = f"metrics to {gap:.2g}, within {ELSEWHERE} ({', '.join(changed)})"
        return checked(name, wrong, seen, REPEAT)
    wrong = ""
    for prefix, pair in values.items():
        gap, key = furthest(*pair)
        if gap and not wrong:
            wrong = f"{prefix}{key} is {pair[1].get(key)}, the artifact says {pair[0].get(key)}"
    wrong = wrong or _other_course(subject, method) or _other_scorer(subject, method)
    return checked(name, wrong, "metrics, history and scorer are the same, bit for bit", REPEAT)


def _beyond(values: Mapping[str, tuple[Mapping[str, float], Mapping[str, float]]]) -> str:
    for prefix, (stated, found) in values.items():
        for key in sorted({*stated, *found}):
            one, other = stated.get(key, float("inf")), found.get(key, float("inf"))
            if not abs(one - other) <= ELSEWHERE * max(1.0, abs(one)):
                return f"{prefix}{key} is {other:.6g}, the artifact says {one:.6g}"
    return ""


def _other_course(subject: Subject, method: Method) -> str:
    def rows(history: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in history]

    if rows(subject.artifact.history) == rows(method.history):
        return ""
    pairs = zip(rows(subject.artifact.history), rows(method.history))
    first = next((n for n, (one, other) in enumerate(pairs) if one != other), "its length")
    return f"the history differs, first in line {first}"


def _other_scorer(subject: Subject, method: Method) -> str:
    stored, (made, _) = subject.artifact.tensors("scorer"), method.scorer.state()
    alike = set(stored) == set(made) and all(np.array_equal(stored[k], made[k]) for k in stored)
    return "" if alike else "the metrics are the same, the stored scorer is another"


def not_asked() -> list[Check]:
    """What stands in the table without `--retrain`."""
    return [
        skipped("trained again", "asked for with --retrain"),
        skipped("blind", "asked for with --retrain"),
    ]
