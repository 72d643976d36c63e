"""Whether the ledger has the artifact's line, and is whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recbox.api.touching import recipe_hash
from recbox.errors import DataError
from recbox.ledger import Chain, Line, place, read
from recbox.verification.check import Check, checked, skipped
from recbox.verification.subject import EXACT, Subject

CHAIN = "lines were changed, deleted or put in: it can't tell any more how often the test was looked at"
LINE = "the ledger isn't the one that this run wrote into, or was written anew: looks at the test are hidden"


def touches(subject: Subject, ledger: Path | None) -> list[Check]:
    """The chain of the whole ledger, and the artifact's line in it. ledger: None takes the one beside it."""
    path = ledger or place(subject.artifact.path)
    entry = subject.metrics.get("ledger")
    if ledger is None and not path.exists():
        return [skipped("ledger", f"there is none at {path}; name it with --ledger FILE")]
    try:
        chain = read(path)
    except DataError as error:
        return [checked("ledger", f"{error.what}: {error.where} {error.why}", "", CHAIN)]
    return [_chain(chain), _line(subject, chain, entry)]


def _chain(chain: Chain) -> Check:
    wrong = "; ".join(f"line {f.number}: {f.what}" for f in chain.faults[:3])
    seen = f"{len(chain.lines):,} lines, each follows from the one before"
    if chain.torn:
        seen += "; an unfinished line at its end, as a kill leaves it"
    return checked("ledger's chain", wrong, seen, CHAIN)


def _line(subject: Subject, chain: Chain, entry: Any) -> Check:
    name = "ledger's line"
    if not isinstance(entry, Mapping) or not isinstance(entry.get("index"), int):
        return skipped(name, "metrics.json names none: an older run, or the ledger couldn't be written")
    line = chain.at(entry["index"])
    if line is None:
        return checked(name, f"there is no line with index {entry['index']}", "", LINE)
    wrong = ", ".join(_differing(subject, line, entry))
    return checked(name, wrong, _count(chain, line), LINE)


def _differing(subject: Subject, line: Line, entry: Mapping[str, Any]) -> list[str]:
    manifest, touch, select = subject.artifact.manifest, line.touch, subject.select
    value = subject.metrics.get("test", {}).get(select, float("nan"))
    alike = {
        "hash": line.hash == entry.get("hash"),
        "recipe": touch.recipe == recipe_hash(subject.recipe),
        "data": touch.data == manifest.data.fingerprint,
        "split": touch.split == manifest.split.fingerprint,
        "seed": touch.seed == subject.recipe.seed,
        f"value of {select}": touch.metric == select and abs(touch.value - value) <= EXACT,
    }
    return [f"its {what} is another" for what, same in alike.items() if not same]


def _count(chain: Chain, line: Line) -> str:
    looks = chain.of(line.touch.split)
    before = sum(x.index < line.index for x in looks)
    recipes = len({x.touch.recipe for x in looks})
    word = "recipe" if recipes == 1 else "recipes"
    said = f"index {line.index}; this test part was looked at {_times(len(looks))} by {recipes:,} {word}"
    return f"{said}, {_times(before)} before this"


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n:,} times"
