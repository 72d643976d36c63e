"""Texts to prompts: in batches of one shape, by transformers' `generate`."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import torch

from recbox.plugin import Context, DataError
from recbox_text import _causal, _fitting
from recbox_text._folder import Folder, open_folder
from recbox_text._memory import give_back
from recbox_text._prompts import Prompts
from recbox_text._quiet import quiet
from recbox_text._sentences import done, kept

if TYPE_CHECKING:
    from recbox_text.gpt_writer import GPTWriter

FORMAT = 1
STEP = 16
"""Prompts are padded to a multiple of it."""
WHERE = "writer"


def version(options: GPTWriter, context: Context) -> str:
    """Of the model's files, the precision here, the sort of device and, where tokens are drawn, the seed."""
    folder = open_folder(options.model, context, WHERE)
    config = _causal.config(folder, context)
    reading(options, folder, config)  # what is wrong with the tokenizer is said before anything is written
    facts = {
        "format": FORMAT,
        "model": folder.digest,
        "precision": _fitting.settled(options, folder, config, context),
        "device": context.device.partition(":")[0],
        "seed": context.seed if options.temperature else None,
    }
    whole = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    return f"{facts['precision']}-{whole[:32]}"


def write(options: GPTWriter, prompts: Sequence[str], context: Context) -> Iterator[tuple[int, str]]:
    """A text for each prompt, a batch at a time, equal prompts once. Nothing is loaded for none."""
    if prompts:
        yield from Writing(options, open_folder(options.model, context, WHERE), context).write(prompts)


def reading(options: GPTWriter, folder: Folder, config: Any) -> Prompts:
    """How prompts become tokens: as many as the option allows, and as leave room for the text."""
    positions = _causal.positions_of(config)
    room = options.max_length if positions is None else positions - options.max_tokens
    if room < 1:
        what = f"{options.max_tokens} tokens of text leave no room for a prompt"
        why = f"the model has places for {positions} in all"
        raise DataError(what, where=str(folder.path), why=why, instead="a smaller max_tokens")
    limit = min(options.max_length, room)
    return Prompts(folder, options.chat, options.system, limit, int(config.vocab_size))


class Writing:
    """A model that writes, ready.

    A text must not depend on those that are written beside it, not even by the last digit of a sum, for that
    may be the one which decides between two words. So all batches have the same number of rows (of fewer
    prompts the first stands for the missing ones), a row's padding depends on its own prompt alone, and a row
    that has ended stays until all have: each row goes through sums of the same shapes wherever it stands.
    """

    def __init__(self, options: GPTWriter, folder: Folder, context: Context) -> None:
        self.options, self.folder, self.context = options, folder, context
        config = _causal.config(folder, context)
        self.prompts = reading(options, folder, config)
        precision = _fitting.settled(options, folder, config, context)
        self.model = _causal.load(folder, config, precision, context)
        sees = _causal.sees_padding(self.model, folder, self.prompts.padding, context)
        self.step = 1 if sees else STEP
        self.ends = self.prompts.ends(_causal.ending(folder))

    def write(self, prompts: Sequence[str]) -> Iterator[tuple[int, str]]:
        """The places in `prompts` and the texts, those to the longest first."""
        places: dict[str, list[int]] = defaultdict(list)
        for i, prompt in enumerate(prompts):
            places[prompt].append(i)
        read = {prompt: self.prompts.ids(prompt) for prompt in places}
        if cut := sum(len(places[prompt]) for prompt, (_, short) in read.items() if short):
            limit = self.prompts.limit
            self.context.progress.notice(f"the middle of {cut:,} prompts is left out: over {limit} tokens")
        groups: dict[int, list[str]] = defaultdict(list)
        for prompt, (ids, _) in read.items():
            groups[-(-len(ids) // self.step) * self.step].append(prompt)
        for length in sorted(groups, reverse=True):
            group, size = sorted(groups[length]), self.options.batch
            for start in range(0, len(group), size):
                part = group[start : start + size]
                texts = self._texts(part, [read[prompt][0] for prompt in part], length)
                give_back()
                for prompt, text in zip(part, texts, strict=True):
                    yield from ((i, text) for i in places[prompt])

    @torch.inference_mode()
    def _texts(self, prompts: list[str], rows: list[list[int]], length: int) -> list[str]:
        from transformers import GenerationConfig, LogitsProcessorList, StoppingCriteriaList

        from recbox_text._deciding import Drawn, Ended, Sound

        o, padding, size = self.options, self.prompts.padding, self.options.batch
        full = rows + rows[:1] * (size - len(rows))
        ids = torch.tensor([[padding] * (length - len(row)) + row for row in full])
        mask = torch.tensor([[0] * (length - len(row)) + [1] * len(row) for row in full])
        choose = [Sound(str(self.folder.path))]
        if o.temperature:
            luck = torch.stack([self._luck(prompt) for prompt in prompts])
            luck = torch.cat([luck, luck[:1].expand(size - len(rows), -1)])
            choose.append(Drawn(o.temperature, o.top_p, luck, length))
        ended = Ended(size, length, lambda row: done(self._said(row), o.sentences, o.stop))
        # All that `generate` goes by; what is None it would take from the model's own settings, which are
        # none (see _causal.load).
        settings = GenerationConfig(
            max_new_tokens=o.max_tokens,
            do_sample=False,
            num_beams=1,
            eos_token_id=self.ends or None,
            pad_token_id=padding,
            use_cache=True,
            disable_compile=True,
        )
        with quiet(self.context):
            found = self.model.generate(
                input_ids=ids.to(self.context.device),
                attention_mask=mask.to(self.context.device),
                generation_config=settings,
                logits_processor=LogitsProcessorList(choose),
                stopping_criteria=StoppingCriteriaList([ended]),
            )
        new = found[: len(rows), length:].tolist()
        return [self._text(row, stop) for row, stop in zip(new, ended.length)]

    def _luck(self, prompt: str) -> torch.Tensor:
        """Numbers from 0 to 1, one for each token: those of the prompt, whatever stands beside it."""
        key = zlib.crc32(self.prompts.plain(prompt).encode())
        stream = self.context.generator("writer", key)
        return torch.rand(self.options.max_tokens, generator=stream, dtype=torch.float64)

    def _said(self, row: list[int]) -> str:
        return self.prompts.tokenizer.decode(row, skip_special_tokens=True)

    def _text(self, row: list[int], stop: int) -> str:
        """What is kept of a row's new tokens. stop: how many there were when it was done, or -1."""
        row = row[:stop] if stop >= 0 else row
        end = next((i for i, token in enumerate(row) if token in self.ends), None)
        whole = end is not None or stop >= 0
        return kept(self._said(row[:end]), self.options.sentences, self.options.stop, whole)
