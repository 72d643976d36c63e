"""The table of the peers, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from peers.protocol import K
from peers.roster import KERNELS, ROSTER
from peers.turns import Result


@dataclass(frozen=True)
class Facts:
    """What a table is made of. judged: metrics by label, where vectors were judged."""

    command: str
    machine: str
    data: str
    results: Mapping[str, Result]
    judged: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def rounds(self, label: str) -> list[dict[str, Any]]:
        """The documents of the rounds that didn't fail."""
        result = self.results.get(label)
        return [] if result is None else [d for d in result.rounds if d is not None]


def page(facts: Facts) -> Iterator[str]:
    """All lines."""
    documents = [d for label in facts.results for d in facts.rounds(label) if d["step_s"]]
    yield "# recbox beside its peers\n"
    yield f"`{facts.command}`\n\n{facts.machine}.\n"
    if documents:
        first = documents[0]
        yield (
            f"{facts.data}: {first['interactions']:,} training interactions. LightGCN, d = 64, 3 layers, BPR "
            f"with one negative, batches of 2,048, Adam: an epoch has {first['batches']:,} steps. "
            f"{len(first['step_s'])} steps are timed in each process; an epoch is their median times the "
            "steps of an epoch. All take turns in fresh processes; ratios are medians of the rounds' own, "
            "times are medians (least to most), peaks the largest.\n"
        )
    yield from table(facts)
    yield from goals(facts)
    yield "\n## As a user gets them\n"
    for label in facts.results:
        if found := facts.rounds(label):
            last = found[-1]
            versions = ", ".join(f"{name} {number}" for name, number in last["versions"].items())
            yield f"- {titled(label)} ({versions}, Python {last['python']}): {last['said']}."
    for label, result in facts.results.items():
        if result.error:
            lost = sum(d is None for d in result.rounds)
            yield f"- {titled(label)} failed in {lost} of {len(result.rounds)} rounds: `{result.error}`"


def table(facts: Facts) -> Iterator[str]:
    """A row each."""
    judged = [f"Recall@{K}", f"NDCG@{K}"] if facts.judged else []
    heads = ["", "ms a step", "s an epoch", *(f"× recbox {k}" for k in KERNELS), "peak MiB", "users/s ranked"]
    yield f"| {' | '.join([*heads, *judged])} |"
    yield f"|{' --- |' * len([*heads, *judged])}"
    for label in facts.results:
        found = facts.rounds(label)
        steps = [median(d["step_s"]) for d in found if d["step_s"]]
        cells = [
            titled(label),
            spread([1e3 * s for s in steps], 0),
            spread([s * d["batches"] for s, d in zip(steps, found)], 1),
            *(shown(ratio(facts, label, f"recbox {kernel}")) for kernel in KERNELS),
            f"{max((d['peak_mib'] for d in found), default=0):,.0f}" if found else "–",
            spread([d["users_per_s"] for d in found if "users_per_s" in d], 0),
        ]
        if judged:
            values = facts.judged.get(label, {})
            cells += [f"{values[n.lower()]:.4f}" if values else "–" for n in judged]
        yield f"| {' | '.join(cells)} |"


def goals(facts: Facts) -> Iterator[str]:
    """What was to be shown, and whether it was."""
    yield "\n| an epoch against | of | at least | measured | |\n| --- | --- | --- | --- | --- |"
    ours = [label for label in facts.results if label.startswith("recbox ")]
    for name, peer in ROSTER.items():
        for label in ours:
            goal, times = peer.goals.get(label.split()[1]), ratio(facts, name, label)
            if goal is not None and times is not None:
                met = "met" if times >= goal else "missed"
                yield f"| {peer.title} | {label} | {goal:g} × | {times:.2f} × | {met} |"


def titled(label: str) -> str:
    """As tables call it."""
    return ROSTER[label].title if label in ROSTER else label


def ratio(facts: Facts, label: str, ours: str) -> float | None:
    """How many times longer a step is than recbox's, where there are rounds of both."""
    if label not in facts.results or ours not in facts.results:
        return None
    pairs = zip(facts.results[label].rounds, facts.results[ours].rounds)
    both = [(a["step_s"], b["step_s"]) for a, b in pairs if a and b and a["step_s"] and b["step_s"]]
    return median(median(a) / median(b) for a, b in both) if both else None


def shown(times: float | None) -> str:
    """`5.3`."""
    return "–" if times is None else f"{times:.1f}"


def spread(values: Sequence[float], digits: int) -> str:
    """`120 (118–131)`."""
    if not values:
        return "–"
    low, middle, high = (f"{f(values):,.{digits}f}" for f in (min, median, max))
    return f"{middle} ({low}–{high})" if len(values) > 1 else middle
