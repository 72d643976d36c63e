"""The journal of a study: a file of Optuna's that several processes append to, and that outlasts them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import final

from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from recbox.data.lock import Lock
from recbox.errors import OptionError
from recbox.tuning.plan import NAME

WRITERS = ".journal.lock"
"""Held while a line is written. Optuna's own `journal.log.lock` would outlive a process that is killed."""


@final
class _WriteLock:
    """Optuna's way to ask for a lock. Whoever holds it first cuts off what a killed writer left half."""

    def __init__(self, folder: Path) -> None:
        self.journal, self.lock = folder / NAME, Lock(folder / WRITERS)

    def acquire(self) -> bool:
        self.lock.acquire()
        _mend(self.journal)
        return True

    def release(self) -> None:
        self.lock.release()


def open_journal(folder: Path) -> JournalStorage:
    """The storage of a folder's journal, which is made where there is none; an `OptionError` for a file that
    is no journal."""
    lock = _WriteLock(folder)
    lock.acquire()
    lock.release()
    path = folder / NAME
    _check(path)
    try:
        return JournalStorage(JournalFileBackend(str(path), lock_obj=lock))
    except (KeyError, ValueError, TypeError, AssertionError) as error:
        raise _damaged(path, str(error)) from error


def _check(path: Path) -> None:
    """That every line is one of Optuna's."""
    lines = path.read_bytes().splitlines() if path.exists() else []
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line)
        except ValueError as error:
            raise _damaged(path, f"line {number} is no JSON") from error
        if not (isinstance(entry, dict) and isinstance(entry.get("op_code"), int)):
            raise _damaged(path, f"line {number} is no entry of a journal")


def _damaged(path: Path, why: str) -> OptionError:
    return OptionError("the journal can't be read", where=str(path), why=why,
                       instead="name another folder with --out, or move this one away")  # fmt: skip


def _mend(path: Path) -> None:
    """Cut off a last line without an end: its writer was killed, and nothing relies on it."""
    try:
        with path.open("r+b") as file:
            size = file.seek(0, os.SEEK_END)
            if not size:
                return
            file.seek(size - 1)
            if file.read(1) == b"\n":
                return
            file.seek(0)
            file.truncate(file.read().rfind(b"\n") + 1)
    except FileNotFoundError:
        return
