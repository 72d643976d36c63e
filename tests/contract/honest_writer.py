"""Writers that keep the laws in ways of their own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from mutants_writer import Batched, Capitals, capitals, copy, each

from recbox.context import Context
from recbox.plugin import DataError, Writer

Texts = Iterator[tuple[int, str]]


def first_when_asked(self: Writer, prompts: Sequence[str], context: Context) -> Texts:
    """Equal prompts are written once, and all at the end."""
    texts = {prompt: capitals(prompt) for prompt in prompts}
    return ((place, texts[prompts[place]]) for place in reversed(range(len(prompts))))


def refusing_odd(self: Writer, prompts: Sequence[str], context: Context) -> Texts:
    if any(not prompt.strip() or len(prompt) > 2048 or "\0" in prompt for prompt in prompts):
        raise DataError("a prompt is empty, too long, or holds a NUL", instead="a shorter one")
    return Capitals.write(self, prompts, context)


def of_the_seed(self: Writer, context: Context) -> str:
    return f"shuffled-{context.seed}"


def shuffled(self: Writer, prompts: Sequence[str], context: Context) -> Texts:
    """Draws by what is in the prompt alone."""
    for place, prompt in enumerate(prompts):
        words = prompt.split()
        key = int.from_bytes(hashlib.sha256(prompt.encode()).digest()[:4])
        context.random("shuffled", key).shuffle(words)
        yield place, " ".join(words)


def of_the_folder(self: Writer, context: Context) -> str:
    return hashlib.sha256(str(context.folder).encode()).hexdigest()


def with_the_folder(self: Writer, prompts: Sequence[str], context: Context) -> Texts:
    return ((place, f"{context.folder}: {prompt}") for place, prompt in enumerate(prompts))


HONEST: dict[str, type[Writer]] = {
    "the longest first": Capitals,
    "all at the end": copy(write=first_when_asked),
    "refuses what is odd": copy(write=refusing_odd),
    "draws, and says of what": copy(write=shuffled, version=of_the_seed),
    "another model in another folder": copy(write=with_the_folder, version=of_the_folder),
    "some at a time": Batched,
    "has nothing to say": each(lambda prompt: ""),
}
