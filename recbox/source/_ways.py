"""Getting a public data set: its publisher, then a mirror, and what to say where nobody has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recbox.data.find import search_path
from recbox.errors import DataError, MissingDataError

if TYPE_CHECKING:
    from recbox.context import Context

Way = Callable[["Context"], Path]
"""Brings the data into the cache, and gives the folder; a `FetchError` where it can't."""


@dataclass(frozen=True)
class Wanted:
    """A public data set that is not here.

    file: one of its files, below a data folder. doing: how it comes there by hand, as `unpack URL`.
    """

    title: str
    licence: str
    file: str
    doing: str

    def fetch(self, ways: Sequence[Way], context: Context) -> Path:
        """The folder that the first way to succeed gives; else a `MissingDataError` with what each said."""
        from recbox.data.fetch import FetchError

        failed: list[DataError] = []
        if not context.offline:
            what = f"{self.title} is not on this machine; fetching it. Licence: {self.licence}"
            context.progress.notice(what)
        for way in ways:
            try:
                return way(context)
            except FetchError as error:
                failed.append(error)
                if way is not ways[-1] and not context.offline:
                    context.progress.notice(f"{error.what} ({error.why}); trying the mirror", "warning")
        raise self._missing(failed, context)

    def _missing(self, failed: Sequence[DataError], context: Context) -> MissingDataError:
        folder, _, name = self.file.rpartition("/")
        places = [str(base / folder) for base in search_path(context.data_dir)]
        why = "; ".join(f"{error.what} ({error.why})" if error.why else error.what for error in failed)
        return MissingDataError(
            f"{self.title} was not found, and can't be fetched",
            where=self.file,
            why=f"looked in {', '.join(places)}; {why}",
            instead=f"{self.doing} so that there is {places[0]}/{name}, or name the folder "
            "above with --data-dir or RECBOX_DATA",
        )
