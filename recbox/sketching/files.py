"""Files of interactions as a recipe names them: which columns, which behaviour, which part."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from recbox.errors import DataError, OptionError
from recbox.sketching.facts import Facts
from recbox.sketching.guess import FILLED, SURE, Guess
from recbox.sketching.peek import Peek
from recbox.sketching.question import Ask, Question, first
from recbox.sketching.roles import guesses
from recbox.sketching.words import Role, does
from recbox.source._reading import SUFFIXES

NONE = "none of them"
PARTS = ("train", "valid", "test")


@dataclass(frozen=True)
class Events:
    """A file of interactions. entry: what a recipe says of it. found: its columns, by what they are."""

    peek: Peek
    entry: Mapping[str, Any]
    found: Mapping[Role, Guess]


def events(peeks: Sequence[Peek], folder: Path, ask: Ask) -> list[Events]:
    """folder: the recipe's. Files that have the same columns are read alike. A `DataError` where a file has
    no two columns that may be ids."""
    known: dict[tuple[str | int, ...], dict[Role, Guess]] = {}
    found = []
    for one in peeks:
        shape = tuple(column.at for column in one.columns)
        if shape not in known:
            columns = [Facts(column) for column in one.columns]
            _check_alone(one, columns)
            known[shape] = _settled(one, guesses(columns), ask)
        found.append((one, known[shape]))
    timed = all(roles["time"].column is not None for _, roles in found)
    said = _said([one.path.stem for one in peeks])
    return [
        Events(one, _entry(one, roles, folder, timed, "behaviour" in more) | more, roles)
        for (one, roles), more in zip(found, said)
    ]


def without(found: Sequence[Events], role: Role) -> list[Events]:
    """The same without what is in a column."""
    return [
        replace(
            one, entry={**one.entry, "columns": {k: v for k, v in one.entry["columns"].items() if k != role}}
        )
        for one in found
    ]


def _settled(one: Peek, found: dict[Role, Guess], ask: Ask) -> dict[Role, Guess]:
    """With what is in doubt answered, one after the other."""
    for role in found:
        guess = found[role]
        if guess.column is None and role in ("user", "item"):
            raise _no_id(one, role)
        if guess.column is not None and role in ("user", "item") and guess.column.several:
            what = f"{guess.column.sample.at!r} holds several {role}s in a row"
            raise DataError(what, where=str(one.path), instead="a row for each of them")
        if guess.doubt and guess.column is not None:
            found |= _answered(role, found, ask)
    time = found["time"].column
    if time is not None and (share := time.filled * time.times[0]) < FILLED:
        why = f"only {share:.0%} of rows have a time that can be read"
        found["time"] = Guess("time", None, (), why)
    return found


def _check_alone(one: Peek, columns: Sequence[Facts]) -> None:
    """An error where the column that is called like users, or items, has one alone."""
    roles: tuple[Role, ...] = ("user", "item")
    for role in roles:
        called = [c for c in columns if c.name_for(role) >= SURE and c.filled > 0.5]
        if called and all(c.distinct == 1 for c in called):
            own = f"{called[0].sample.at!r} is {called[0].values[0]!r} in all rows"
            why = "what somebody likes is told by what they have in common with others"
            raise DataError(f"there is one {role} alone: {own}", where=str(one.path), why=why)


def _no_id(one: Peek, role: Role) -> DataError:
    names = ", ".join(str(c.at) for c in one.columns[:12])
    if not one.columns[0].values:
        return DataError("the file has a header and no rows", where=str(one.path))
    why = f"an id is a word or a whole number, in most rows, and not the same in all; columns are {names}"
    return DataError(
        f"no column can be the {role}'s id",
        where=str(one.path),
        why="; ".join([why, *one.lost[:5]]),
        instead="a file that says in each row who took what",
    )


def _answered(role: Role, found: Mapping[Role, Guess], ask: Ask) -> dict[Role, Guess]:
    """The guesses that an answer changes: where it takes the other's column, users and items are exchanged.
    What a person has answered is in no doubt."""
    guess, settled = found[role], list(found)[: list(found).index(role)]
    taken = [found[other].column for other in settled]
    free = [c for c in guess.others if not any(c is other for other in taken)]
    options = {str(c.sample.at): c for c in (guess.column, *free) if c is not None}
    answers = (*options, *([] if role in ("user", "item") else [NONE]))
    answer = ask(Question(f"which column is the {role}? {guess.doubt}", answers))
    if answer not in answers:
        raise OptionError(f"{answer!r} is no answer", instead=f"one of {', '.join(answers)}")
    chosen, doubt = options.get(answer), guess.doubt if ask is first else ""
    changed = {role: Guess(role, chosen, guess.others, doubt)}
    for other, theirs in found.items():
        if other != role and chosen is not None and theirs.column is chosen:
            swapped = guess.column if other in ("user", "item") else None
            changed[other] = Guess(other, swapped, theirs.others, "its column was taken")
    return changed


def _entry(
    one: Peek, roles: Mapping[Role, Guess], folder: Path, timed: bool, by_name: bool
) -> dict[str, Any]:
    """by_name: the name of the file says what users did."""
    columns = {
        role: guess.column.sample.at
        for role, guess in roles.items()
        if guess.column is not None and (role != "time" or timed)
    }
    if by_name:
        columns.pop("behaviour", None)
    written = guess.times[1] if "time" in columns and (guess := roles["time"].column) else "auto"
    more = {} if written == "auto" else {"time": written}
    return {**placed(one, folder), "columns": columns, **more}


def placed(one: Peek, folder: Path) -> dict[str, Any]:
    """Where a file is, and how it is written."""
    path = one.path.absolute()
    near = path.is_relative_to(folder)
    entry: dict[str, Any] = {"path": os.path.relpath(path, folder) if near else str(path)}
    if SUFFIXES.get(path.suffix.lower()) != one.format:
        entry["format"] = one.format
    if not one.header:
        entry["header"] = False
    if one.delimiter:
        entry["delimiter"] = one.delimiter
    if not one.quote:
        entry["quote"] = False
    return entry | ({"encoding": "latin-1"} if one.latin else {})


def _said(stems: Sequence[str]) -> list[dict[str, Any]]:
    """What the names of several files say: the parts of a split, or behaviours."""
    plain = [stem.lower() for stem in stems]
    if len(stems) > 1 and set(plain) <= set(PARTS) and {"train", "test"} <= set(plain):
        return [{"part": stem} for stem in plain]
    if len(stems) > 1 and len({does(stem) for stem in stems} - {""}) == len(stems):
        return [{"behaviour": stem} for stem in plain]
    return [{} for _ in stems]
