"""A model of the hub, at one commit, fetched once into the cache."""

from __future__ import annotations

from pathlib import Path

from recbox.plugin import Context, DataError, cache_dir
from recbox_text import place

WANTED = ("*.json", "*.safetensors", "tokenizer.model", "*.txt")
"""Data alone: neither code nor pickles are asked for."""
DONE = ".whole"


def fetch(asked: str, context: Context, where: str) -> Path:
    """The folder of `ORG/NAME@REVISION`; a DataError where it isn't here and can't be had."""
    found = place.HUB.fullmatch(asked)
    name, revision = (found["name"], found["revision"]) if found else ("", "")
    folder = cache_dir() / "text" / "hub" / name.replace("/", "--") / revision
    if (folder / DONE).is_file():
        return folder
    if context.offline:
        why = "nothing is fetched with --offline, nor for an artifact that is there already"
        raise DataError(f"{asked} isn't in the cache", where=where, why=why, instead="run its recipe once")
    context.progress.notice(f"fetching {name} at {revision[:12]} from the hub")
    _download(name, revision, folder, where)
    (folder / DONE).touch()
    return folder


def _download(name: str, revision: str, folder: Path, where: str) -> None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.utils import disable_progress_bars, enable_progress_bars

    disable_progress_bars()
    try:
        snapshot_download(name, revision=revision, local_dir=folder, allow_patterns=list(WANTED))
    except Exception as error:  # whatever the client raises: none of it is known to be stable
        why = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        raise DataError(f"{name} at {revision[:12]} can't be fetched", where=where, why=why) from error
    finally:
        enable_progress_bars()
