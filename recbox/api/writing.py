"""A finished run as an artifact."""

from __future__ import annotations

import time
from pathlib import Path

from recbox.api.fitting import Method
from recbox.api.judging import Verdict, peak_mib
from recbox.api.reading import Job
from recbox.api.setting import Setting
from recbox.artifact import Content, Facts, Used, write
from recbox.recipe import dump
from recbox.report import Document, render


def save(job: Job, method: Method, verdict: Verdict, target: Path | None, runs: Path, start: float) -> Path:
    """Write the artifact and return its folder. start: `time.perf_counter()` when the run began."""
    text = dump(job.recipe.resolved)
    shown = job.recipe.name, verdict.metrics, method.history, text, verdict.sentence, verdict.portrait
    content = Content(
        name=job.recipe.name,
        recipe_text=text,
        dataset=job.dataset,
        split=job.split,
        scorer=method.scorer,
        scorer_head=method.head,
        metrics=verdict.metrics,
        report=render(Document(*shown)),
        facts=_facts(job, method, time.perf_counter() - start),
        history=method.history,
        extra=method.extra,
        per_user=verdict.per_user,
        users=verdict.users,
        status=method.status,
    )
    return write(content, target, runs=runs)


def _facts(job: Job, method: Method, seconds: float) -> Facts:
    context = job.context
    return Facts(
        seed=job.recipe.seed,
        device=context.device,
        kernel=method.kernel,
        threads=context.threads,
        precision=context.precision,
        seconds=round(seconds, 3),
        peak_mib=round(peak_mib(), 1),
        plugins=_used(job.setting),
        code={file.path.name: file.sha256 for file in job.setting.registry.code},
    )


def _used(setting: Setting) -> list[Used]:
    """Each plugin of the recipe once, with the distribution that brought it."""
    names = sorted({(part.kind, part.name) for part in setting.recipe.parts()})
    return [Used(kind, name, *setting.registry.distribution(kind, name)) for kind, name in names]
