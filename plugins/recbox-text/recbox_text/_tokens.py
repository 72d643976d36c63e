"""From texts to token ids, by the tokenizer's tables alone: no code of a tokenizer's class is asked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from tokenizers import Tokenizer

from recbox.plugin import DataError
from recbox_text._folder import Folder
from recbox_text._plan import Plan


class Tokens:
    """Texts to padded batches. Every text has a token at least, so that each has a vector."""

    def __init__(self, folder: Folder, plan: Plan, limit: int) -> None:
        self.place = str(folder.path / "tokenizer.json")
        self.lower = plan.lower
        self.tokenizer = tokenizer_of(folder)
        self._cut(limit)
        self.padding = padding(folder, self.tokenizer)
        known = self.tokenizer.get_added_tokens_decoder()
        self.special = torch.tensor(
            sorted(i for i, token in known.items() if token.special), dtype=torch.int64
        )
        self.mask = _mask(folder, self.tokenizer)

    def _cut(self, limit: int) -> None:
        special = self.tokenizer.num_special_tokens_to_add(False)
        if limit <= special:
            what = f"{limit} tokens leave no room for text beside {special} special ones"
            raise DataError(what, where=self.place, instead="a larger max_length")
        self.tokenizer.enable_truncation(limit)

    def batch(self, texts: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """ids and mask: int64 [texts, longest], padded on the right."""
        read = [text.lower() for text in texts] if self.lower else list(texts)
        rows = [e.ids or [self.padding] for e in self.tokenizer.encode_batch(read)]
        ids = np.full((len(rows), max(map(len, rows))), self.padding, np.int64)
        mask = np.zeros_like(ids)
        for i, row in enumerate(rows):
            ids[i, : len(row)], mask[i, : len(row)] = row, 1
        return torch.from_numpy(ids), torch.from_numpy(mask)


def tokenizer_of(folder: Folder) -> Tokenizer:
    """The tables of a model's folder, without padding; a DataError where they can't be read."""
    place = str(folder.path / "tokenizer.json")
    try:
        tokenizer = Tokenizer.from_file(place)
    except Exception as error:  # tokenizers raises bare ones
        why = " ".join(str(error).split())[:300]
        raise DataError("it can't be read", where=place, why=why) from error
    tokenizer.no_padding()
    return tokenizer


def padding(folder: Folder, tokenizer: Tokenizer) -> int:
    """The id that fills up: the model's for padding, or else for an end or a beginning; they are masked."""
    config, said = folder.config, folder.tokenizer
    for name in ("pad", "eos", "bos"):
        if isinstance(found := config.get(f"{name}_token_id"), int) and found >= 0:
            return found
        word = said.get(f"{name}_token")
        word = word.get("content") if isinstance(word, dict) else word
        if isinstance(word, str) and (known := tokenizer.token_to_id(word)) is not None:
            return int(known)
    return 0


def _mask(folder: Folder, tokenizer: Tokenizer) -> int | None:
    """The id that stands for a hidden token, if there is one."""
    word = folder.tokenizer.get("mask_token")
    word = word.get("content") if isinstance(word, dict) else word
    ids = [tokenizer.token_to_id(name) for name in (word, "[MASK]", "<mask>") if isinstance(name, str)]
    return next((i for i in ids if i is not None), None)
