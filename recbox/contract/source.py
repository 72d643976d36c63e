"""The laws of sources: what reading counts, and what is said beforehand. Those of values, and of damage, are
elsewhere."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from recbox.context import Context
from recbox.contract import damage, kept
from recbox.contract.case import Case
from recbox.contract.kind import Kind
from recbox.contract.law import Skip, broken, hold, law
from recbox.contract.sampled import Inputs, frames, inputs, placed, read
from recbox.contract.snapshot import snapshot
from recbox.data import Tables, assemble
from recbox.errors import DataError, RecboxError
from recbox.plugin import Provides
from recbox.recipe.blocks import Clean


def produce(case: Case, context: Context, given: Inputs) -> Mapping[str, Any]:
    """Tables and bad rows, without the folder that they were in."""
    with given.alone():
        tables = given.options.read(given.context(context))
    return frames(tables)


@law(instead="count each row once, as good or as bad: rows = good + bad, and leave none out silently")
def every_row_is_counted(case: Case) -> None:
    """`rows` is the number of good rows and of bad ones, and `bad_count` is the sample's."""
    with placed(case) as given:
        tables, expected = read(given), len(given.sample.bad)
    good = tables.interaction.height
    hold(
        tables.bad_count == expected,
        f"bad_count is {tables.bad_count}, and the sample has {expected} bad rows",
    )
    hold(tables.rows == good + expected, f"rows is {tables.rows}, with {good} good rows and {expected} bad")


@law(instead="give BadRow the file as it was opened, the line counted from 1, header included, and a reason")
def bad_rows_have_their_place(case: Case) -> None:
    """Each bad row is reported once, with its file, its line and a reason, and no good row stands there."""
    with placed(case) as given:
        tables, expected = read(given), given.sample.bad
        if not expected:
            raise Skip("the sample has no bad rows")
        found = [(given.name(bad.file), bad.line) for bad in tables.bad]
        hold(
            sorted(found) == sorted(expected), f"reported are {sorted(found)}, and bad are {sorted(expected)}"
        )
        silent = [bad for bad in tables.bad if not bad.reason.strip()]
        hold(not silent, f"without a reason: {silent}")
        if {"file", "line"} <= set(tables.interaction.columns):
            good = {(given.name(f), line) for f, line in tables.interaction.select("file", "line").rows()}
            both = good & set(expected)
            hold(not both, f"good rows say that they stand where bad ones do: {sorted(both)}")


@law(
    instead="fix the order of files and rows, draw from context.random alone, and mix nothing of the place in"
)
def reading_twice_gives_the_same_fingerprint(case: Case) -> None:
    """The data is the same when it is read again, and when it is read from another folder: its fingerprint,
    and all that was read."""
    with placed(case) as given:
        one, other = read(given), read(given)
    with placed(case) as elsewhere:
        third = read(elsewhere)
    for tables, when in ((other, "when it is read again"), (third, "in another folder")):
        same = _fingerprint(tables) == _fingerprint(one)
        hold(same, f"{when} it has another fingerprint")
        for (name, value), before in zip(frames(tables).items(), frames(one).values()):
            hold(snapshot(value) == snapshot(before), f"{name} differ {when}")


def _fingerprint(tables: Tables) -> str:
    return assemble(tables, Clean(bad="skip")).fingerprint


@law(instead="see the docstring of recbox.data.Tables for the types of columns, and drop no check of a row")
def tables_pass_the_door(case: Case) -> None:
    """recbox takes the tables as they are: columns have their types, no good row is refused, and features
    belong to ids that interact."""
    with placed(case) as given:
        tables = read(given)
        hold(isinstance(tables, Tables), f"read returns a {type(tables).__name__}")
        data = assemble(tables, Clean(bad="skip"))
    refused = tables.interaction.height + data.facts["bad"] - tables.rows
    hold(refused == 0, f"{refused} rows that should be good are refused")
    for node in ("user", "item"):
        without = data.facts.get(f"{node}s_without_features", 0)
        hold(without < len(data.nodes(node)), f"no {node} has a row in the {node} table: are ids alike?")


@law(instead="let provides say what read gives: columns with types, relations, behaviours, time, part")
def provides_is_true(case: Case) -> None:
    """`provides` says which columns, edge types, relations, behaviours, times and parts `read` gives; what it
    can't know yet is left out, and then `complete` is False, or its behaviours None."""
    with placed(case) as given:
        said, tables = given.options.provides(given.context()), read(given)
    found = _given(tables)
    for node in ("user", "item"):
        one, other = said.columns.get(node, {}), found.columns.get(node, {})
        wrong = dict(one.items() - other.items()) or (
            dict(other.items() - one.items()) if said.complete else {}
        )
        hold(not wrong, f"columns of {node}s: it says {one}, and gives {other}")
    for name in ("edges", "relations", "time", "part"):
        one, other = getattr(said, name), getattr(found, name)
        hold(one == other, f"{name}: it says {one}, and gives {other}")
    if said.behaviours is not None:
        same = said.behaviours == found.behaviours
        hold(same, f"behaviours: it says {said.behaviours}, and gives {found.behaviours}")


def _given(tables: Tables) -> Provides:
    """What the tables have."""
    relations: dict[str, tuple[str, ...]] = {}
    for name, ends in tables.ends.items():
        relations[f"{ends[0]}-relation"] = (*relations.get(f"{ends[0]}-relation", ()), name)
    return Provides(
        edges=frozenset({"interaction", *relations, *(() if tables.knowledge is None else ("knowledge",))}),
        columns={node: {c.name: c.type for c in columns} for node, columns in tables.columns.items()},
        relations=relations,
        behaviours=tuple(_names(tables)),
        time="time" in tables.interaction.columns,
        part="part" in tables.interaction.columns,
    )


def _names(tables: Tables) -> list[str]:
    frame = tables.interaction
    return sorted(frame["behaviour"].unique().to_list()) if "behaviour" in frame.columns else []


@law(instead="look at options and headers alone; where a file is missing, leave out what it would tell")
def provides_reads_no_rows(case: Case) -> None:
    """`provides` says the same where the rows below the headers are missing; where nothing is there it says
    no less of what it calls complete, or raises an error of recbox's."""
    with placed(case) as given:
        said = given.options.provides(given.context())
        texts = [path for path in given.files if b"\0" not in path.read_bytes()]
        for path in texts:
            path.write_bytes(path.read_bytes().partition(b"\n")[0] + b"\n")
        _same(given, said, "without rows")
        for path in given.files:
            path.unlink()
        with contextlib.suppress(RecboxError):
            if given.options.provides(given.context()).complete:
                _same(given, said, "without files")


def _same(given: Inputs, said: Provides, when: str) -> None:
    """`provides` says what it said with all files there."""
    try:
        now = given.options.provides(given.context())
    except RecboxError as error:
        broken(f"{when} provides raises {type(error).__name__}: {error.what}")
    for field in fields(Provides):
        one, other = getattr(now, field.name), getattr(said, field.name)
        hold(one == other, f"{when} its {field.name} is {one}, and with all files {other}")


@law(instead="let `locate` look for every file that `read` needs, and `absent` name those that aren't there")
def it_knows_where_its_data_lies(case: Case) -> None:
    """With the data there, nothing is absent and `locate` gives a folder that exists, if any; where a file is
    missing that `read` needs, `locate` gives None."""
    with placed(case) as given:
        options, context = given.options, given.context()
        found, absent = options.locate(context), options.absent(context)
        hold(not absent, f"absent: {', '.join(absent)}, though all files are there")
        hold(found is None or found.is_dir(), f"it is located at {found}, which is no folder")
        count = len(given.files)
    if not count:
        raise Skip("the sample has no files")
    for gone in range(count):
        with placed(case) as given:
            (path := given.files[gone]).unlink()
            found = given.options.locate(given.context())
            needed = found is not None and _refused(given)
        hold(not needed, f"without {path.name} it is located at {found}, and can't be read")


def _refused(given: Inputs) -> bool:
    try:
        read(given)
    except DataError:
        return True
    return False


@law(instead="return None from `locate`, raise a DataError from `fetch`, and let `absent` name files")
def absent_data_is_known_to_be_absent(case: Case) -> None:
    """Without its files a source is located nowhere, `fetch` raises a DataError where there is no network,
    and `absent` names a file where the data is the user's own, which is where `shape` gives None."""
    with placed(case) as given:
        if not given.files:
            raise Skip("the sample has no files")
        for path in given.files:
            path.unlink()
        options, context = given.options, given.context()
        found, absent = options.locate(context), options.absent(context)
        hold(found is None, f"without a file it is located at {found}")
        hold(bool(absent) or options.shape() is not None, "without a file nothing is absent")
        try:
            fetched = options.fetch(context)
        except DataError:
            return
    hold(False, f"fetch gives {fetched}, without a network")


KIND = Kind(
    (
        every_row_is_counted,
        bad_rows_have_their_place,
        reading_twice_gives_the_same_fingerprint,
        tables_pass_the_door,
        provides_is_true,
        provides_reads_no_rows,
        it_knows_where_its_data_lies,
        absent_data_is_known_to_be_absent,
        *kept.LAWS,
        *damage.LAWS,
    ),
    inputs,
    produce,
)
