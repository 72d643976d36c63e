"""`recbox profile`: texts about users and items, written by a model into a file that a person can edit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recbox.api.blaming import blaming
from recbox.api.profile_desk import Desk, Profiled, write
from recbox.api.reading import job_of, read_tables
from recbox.api.setting import Setting, Where, on_device, settle
from recbox.errors import OptionError, nearest
from recbox.progress import SILENT, Progress

if TYPE_CHECKING:
    from recbox.context import Context
    from recbox.data.profiles import Sheet
    from recbox.recipe.recipe import Profiling


def profile(
    recipe: Where,
    *,
    only: Sequence[str] = (),
    limit: int | None = None,
    again: bool = False,
    data_dir: Iterable[str | Path] = (),
    device: str = "auto",
    progress: Progress = SILENT,
    **options: Any,
) -> list[Profiled]:
    """Write the texts of the recipe's profiles that are missing, or that answer another prompt or were
    written by another model; one after the other, so that a prompt may name the columns before it.

    only: profiles, as `item.profile`; limit: new texts at most of each; again: write anew what a person has
    not touched; options: as for `recbox.run`. A text that a person wrote or changed stays. What was written
    stays when the work is interrupted, and it goes on there.
    """
    setting = settle(recipe, data_dir=data_dir, progress=progress, **options)
    chosen = _chosen(setting, only)
    with blaming(setting.registry):
        context = on_device(setting, device)
        return list(_profiled(setting, context, chosen, [Path(d) for d in data_dir], limit, again))


def _chosen(setting: Setting, only: Sequence[str]) -> set[str]:
    """The labels of the profiles that are to be written."""
    written = [p.label for p in setting.recipe.data.profile if p.writer]
    if not written:
        raise OptionError(
            f"the recipe {setting.recipe.name} has no profile with a writer",
            instead="data: {profile: [{node: item, file: items.csv, prompt: TEXT, writer: {use: NAME}}]}",
        )
    for label in only:
        if label not in written:
            raise OptionError(f"there is no profile {label!r} to write", instead=nearest(label, written))
    return set(only or written)


def _profiled(
    setting: Setting, context: Context, chosen: set[str], given: list[Path], limit: int | None, again: bool
) -> Iterator[Profiled]:
    from recbox.data.profiles import asked, check_distinct, find_profile, read_sheets

    data = setting.recipe.data
    drawing = context if data.seed is None else context.with_(seed=data.seed)
    # Texts about made data would take the place of those about the real one.
    tables = read_tables(setting, drawing, real=True)
    check_distinct(data.profile, context)
    before: list[Sheet] = []
    last = max(i for i, p in enumerate(data.profile) if p.label in chosen)
    for one in data.profile[: last + 1]:
        if one.label in chosen and one.writer is not None:
            job = job_of(setting, context, tables, before)
            prompts = asked(one, job.dataset.take(job.split.train))
            yield write(Desk(one, one.writer, prompts, _place(one, context, given)), context, limit, again)
        if _needed(one, data.profile, chosen) or find_profile(one, context):
            before.extend(read_sheets([one], context))


def _needed(one: Profiling, profiles: Sequence[Profiling], chosen: set[str]) -> bool:
    """Whether a prompt that is to be asked names its column."""
    named = {name[1:] for other in profiles if other.label in chosen for name in other.block.names()}
    return (one.block.node, one.block.column) in named


def _place(one: Profiling, context: Context, given: list[Path]) -> Path:
    """Where the file is, or will be: in the first folder that the caller named, or beside the recipe."""
    from recbox.data.profiles import find_profile
    from recbox.recipe import ships

    if found := find_profile(one, context):
        return found
    if ships(context.folder) and not given:
        raise OptionError(
            "the recipe is one that comes with recbox, so its folder is no place for your files",
            instead="`--data-dir .` keeps them here, where `recbox run` finds them with the same option",
        )
    return (given[0] if given else context.folder) / one.block.file
