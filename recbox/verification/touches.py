"""Whether the ledger has the artifact's line, and is whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recbox.api.touching import place_hash, recipe_hash
from recbox.errors import DataError
from recbox.ledger import Chain, Line, beside, place, read
from recbox.verification.check import Check, checked, unproven
from recbox.verification.subject import EXACT, Subject

CHAIN = "lines were changed, deleted or put in: it can't tell any more how often the test was looked at"
LINE = (
    "the ledger isn't the one that this run wrote into (name that with --ledger FILE), or it was written "
    "anew: looks at the test are hidden"
)
GONE = "it was deleted or moved away: how often the test part was looked at can't be told any more"
BRING = (
    "nothing says how often the test part was looked at before this figure; ask for the ledger that lay "
    "beside the run, and name it with --ledger FILE"
)
NO_LINE = (
    "metrics.json names no line: it was taken out, or the run is of an older recbox, or couldn't write one"
)


def touches(subject: Subject, ledger: Path | None) -> list[Check]:
    """The chain of the whole ledger, and the artifact's line in it. ledger: None takes the one beside it."""
    entry = subject.metrics.get("ledger")
    path = ledger or _near(subject.artifact.path, _named(entry))
    if ledger is None and not path.exists():
        return [_absent(path, entry)]
    try:
        chain = read(path)
    except DataError as error:
        return [checked("ledger", f"{error.what}: {error.where} {error.why}", "", CHAIN)]
    return [_chain(chain), _line(subject, chain, entry)]


def _near(folder: Path, line: Mapping[str, Any]) -> Path:
    """The ledger that RECBOX_LEDGER names, if the run's line may be there; else the one beside the folder."""
    named, own = place(folder), beside(folder)
    hash = str(line.get("hash"))
    if named == own or line.get("place") == place_hash(named, hash):
        return named
    try:
        found = read(named).at(line.get("index", -1))
    except DataError:
        return own
    return named if found is not None and found.hash == hash else own


def _absent(path: Path, entry: Any) -> Check:
    """There is no ledger: gone from where the run wrote into it, or left behind by an artifact that moved."""
    line = _named(entry)
    if not line:
        return unproven("ledger", f"there is none at {path}; {NO_LINE}", BRING)
    said = f"there is none at {path}; the run wrote line {line['index']}"
    if line.get("place") == place_hash(path, str(line.get("hash"))):
        return checked("ledger", f"{said} into it, at this very place", "", GONE)
    times = line.get("times")
    if isinstance(times, int):
        said += f", when this test part had been looked at {_times(times)}, as it says itself"
    return unproven("ledger", said, BRING)


def _named(entry: Any) -> Mapping[str, Any]:
    """What metrics.json says of its line; empty where it names none."""
    return entry if isinstance(entry, Mapping) and type(entry.get("index")) is int else {}


def _chain(chain: Chain) -> Check:
    wrong = "; ".join(f"line {f.number}: {f.what}" for f in chain.faults[:3])
    seen = f"{len(chain.lines):,} lines, each follows from the one before"
    if chain.torn:
        seen += "; an unfinished line at its end, as a kill leaves it"
    return checked("ledger's chain", wrong, seen, CHAIN)


def _line(subject: Subject, chain: Chain, entry: Any) -> Check:
    name = "ledger's line"
    if not (stated := _named(entry)):
        return unproven(name, NO_LINE, BRING)
    line = chain.at(stated["index"])
    if line is None:
        return checked(name, f"there is no line with index {stated['index']}", "", LINE)
    wrong = ", ".join([*_differing(subject, line, stated), *_miscounted(chain, line, stated)])
    return checked(name, wrong, _count(chain, line), LINE)


def _differing(subject: Subject, line: Line, entry: Mapping[str, Any]) -> list[str]:
    manifest, touch, select = subject.artifact.manifest, line.touch, subject.select
    value = subject.metrics.get("test", {}).get(select, float("nan"))
    alike = {
        "hash": line.hash == entry.get("hash"),
        "recipe": touch.recipe == recipe_hash(subject.written),
        "data": touch.data == manifest.data.fingerprint,
        "split": touch.split == manifest.split.fingerprint,
        "seed": touch.seed == subject.recipe.seed,
        f"value of {select}": touch.metric == select and abs(touch.value - value) <= EXACT,
    }
    return [f"its {what} is another" for what, same in alike.items() if not same]


def _miscounted(chain: Chain, line: Line, entry: Mapping[str, Any]) -> list[str]:
    """Whether the artifact, and so its report, says how often the test part had been looked at by then."""
    until = [x for x in chain.of(line.touch.split) if x.index <= line.index]
    counts = {"times": len(until), "recipes": len({x.touch.recipe for x in until})}
    return [
        f"{name} is {entry[name]} in metrics.json, and {n} by the ledger"
        for name, n in counts.items()
        if name in entry and entry[name] != n
    ]


def _count(chain: Chain, line: Line) -> str:
    looks = chain.of(line.touch.split)
    before = sum(x.index < line.index for x in looks)
    recipes = len({x.touch.recipe for x in looks})
    word = "recipe" if recipes == 1 else "recipes"
    said = f"index {line.index}; this test part was looked at {_times(len(looks))} by {recipes:,} {word}"
    others = [x for x in chain.lines if x.touch.data == line.touch.data and x.touch.split != line.touch.split]
    said += f", {_times(before)} before this"
    if others:
        splits = len({x.touch.split for x in others})
        word = "another split" if splits == 1 else f"{splits:,} other splits"
        said += f"; and {word} of the same data {_times(len(others))}"
    return said


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n:,} times"
