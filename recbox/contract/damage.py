"""Laws of sources whose files are gone, cut, or hold something else."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from recbox.contract.case import Case
from recbox.contract.law import Skip, broken, hold, law
from recbox.contract.sampled import Inputs, placed, read
from recbox.data import assemble
from recbox.errors import DataError, RecboxError
from recbox.recipe.blocks import Clean


@law(instead="test is_file() or catch OSError, and raise a DataError that says which file should be where")
def a_missing_file_is_a_data_error(case: Case) -> None:
    """Without its files `read` raises a DataError that names a file or folder, even if it has read them
    before; without one of them it does the same, or can do without it."""
    with placed(case) as given:
        count = len(_files(given))
    for gone in (None, *range(count)):
        with placed(case) as given:
            read(given)
            names, files = _names(given), given.files if gone is None else [given.files[gone]]
            for path in files:
                path.unlink()
            what = "without files" if gone is None else f"without {files[0].name}"
            try:
                read(given)
            except DataError as error:
                hold(any(name in str(error) for name in names), f"{what} the error names none: {error.what}")
            except Exception as error:
                broken(f"{what}: {type(error).__name__}: {error}")
            else:
                hold(gone is not None, "without its files it reads something all the same")


def _names(given: Inputs) -> set[str]:
    """What an error may call the sample's files: by their names, or by their folder's."""
    folders = {path.parent for path in given.files} - {given.folder}
    return {path.name for path in (*given.files, *folders)} | {str(given.folder)}


@law(
    instead="count rows that can't be read as bad, and raise a DataError where a file is none of this format"
)
def a_damaged_file_is_no_crash(case: Case) -> None:
    """A file of other bytes, an empty one, one that was cut, and a folder in its place give counted bad rows
    or an error of recbox's, never another exception, and no row is lost."""
    with placed(case) as given:
        count = len(_files(given))
    for file in range(count):
        for what, change in _ways(case).items():
            with placed(case) as given:
                path = given.files[file]
                change(path)
                _survives(given, f"{path.name}, {what}")


def _files(given: Inputs) -> list[Path]:
    if not given.files:
        raise Skip("the sample has no files")
    return given.files


def _ways(case: Case) -> dict[str, Callable[[Path], object]]:
    """Ways to damage a file, by name."""
    noise = [case.context.random("contract.damage", key).bytes(200) for key in range(3)]
    return {
        "cut in the middle": lambda path: path.write_bytes(_half(path)),
        "cut, with other bytes after it": lambda path: path.write_bytes(_half(path) + noise[0]),
        "empty": lambda path: path.write_bytes(b""),
        "a folder in its place": _folder,
        **{f"other bytes ({key})": partial(Path.write_bytes, data=other) for key, other in enumerate(noise)},
    }


def _half(path: Path) -> bytes:
    content = path.read_bytes()
    return content[: len(content) // 2]


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _survives(given: Inputs, what: str) -> None:
    try:
        tables = read(given)
        assemble(tables, Clean(bad="skip"))
    except RecboxError:
        return
    except Exception as error:
        broken(f"{what}: {type(error).__name__}: {error}")
    good, rows, bad = tables.interaction.height, tables.rows, tables.bad_count
    hold(good <= rows <= good + bad, f"{what}: {rows} rows, {good} of them good, {bad} bad")


LAWS = (a_missing_file_is_a_data_error, a_damaged_file_is_no_crash)
