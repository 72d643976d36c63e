"""The mark of a base model in what was learned beside it."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from recbox.plugin import DataError
from recbox_text._folder import Folder


class Base(nn.Module):
    """The SHA-256 of a base model's files, 32 bytes of the state. Loading that of another is a DataError."""

    def __init__(self, folder: Folder) -> None:
        super().__init__()
        self.place, self.digest = str(folder.root), folder.digest
        digest = torch.frombuffer(bytearray.fromhex(folder.digest), dtype=torch.uint8)
        self.register_buffer("sha256", digest)
        self.register_load_state_dict_pre_hook(_check)


def _check(module: Base, state: dict[str, Any], prefix: str, *_: Any) -> None:
    stored = state.get(f"{prefix}sha256")
    said = bytes(stored.tolist()).hex() if stored is not None else ""
    if said and said != module.digest:
        raise DataError(
            "this isn't the text model that was trained with",
            where=module.place,
            why=f"the SHA-256 of its files begins with {module.digest[:16]}, not with {said[:16]}",
            instead="put the very model there",
        )
