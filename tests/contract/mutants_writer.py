"""Writers that break a law: copies of one that gives the words of a prompt in capitals."""

from __future__ import annotations

import contextlib
import itertools
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, final

from mutant_kit import Mutant
from pydantic import Field

from recbox.context import Context
from recbox.plugin import DataError, Writer

Texts = Iterator[tuple[int, str]]
BATCH = 4


def capitals(prompt: str) -> str:
    return " ".join(prompt.split()).upper()


def long_first(prompts: Sequence[str]) -> Iterator[list[int]]:
    """Places in batches, the longest prompts first, as is fast with a language model."""
    order = sorted(range(len(prompts)), key=lambda place: -len(prompts[place]))
    yield from (order[start : start + BATCH] for start in range(0, len(order), BATCH))


@final
class Capitals(Writer):
    """The words of the prompt in capitals."""

    def version(self, context: Context) -> str:
        return "capitals-1"

    def write(self, prompts: Sequence[str], context: Context) -> Texts:
        for batch in long_first(prompts):
            yield from [(place, capitals(prompts[place])) for place in batch]


def copy(**members: Any) -> type[Writer]:
    """A copy with some members of its own."""
    kept = {"__module__": __name__, "__doc__": Capitals.__doc__}
    return type(Writer)("Copy", (Capitals,), kept | members)


def each(text: Callable[[str], Any]) -> type[Writer]:
    """A copy that makes another text of a prompt."""
    return copy(write=lambda self, prompts, context: iter([(i, text(p)) for i, p in enumerate(prompts)]))


def whole_batches(self: Writer, prompts: Sequence[str], context: Context) -> Texts:
    for start in range(0, len(prompts) - BATCH + 1, BATCH):
        yield from ((place, capitals(prompts[place])) for place in range(start, start + BATCH))


def within_the_batch(self: Writer, prompts: Sequence[str], context: Context) -> Texts:
    for start in range(0, len(prompts), BATCH):
        yield from enumerate(map(capitals, prompts[start : start + BATCH]))


def by_text(self: Writer, prompts: Sequence[str], context: Context) -> Texts:
    return ((prompts.index(prompt), capitals(prompt)) for prompt in prompts)


def once_each(self: Writer, prompts: Sequence[str], context: Context) -> Texts:
    return ((prompts.index(prompt), capitals(prompt)) for prompt in dict.fromkeys(prompts))


def texts_alone(self: Writer, prompts: Sequence[str], context: Context) -> Iterator[str]:
    return map(capitals, prompts)


def a_list(self: Writer, prompts: Sequence[str], context: Context) -> list[tuple[int, str]]:
    return [(place, capitals(prompt)) for place, prompt in enumerate(prompts)]


def one_at_least(self: Writer, prompts: Sequence[str], context: Context) -> Texts:
    yield 0, capitals(prompts[0])
    yield from ((place, capitals(prompts[place])) for place in range(1, len(prompts)))


def padded(self: Writer, prompts: Sequence[str], context: Context) -> Texts:
    for batch in long_first(prompts):
        longest = max(len(prompts[place]) for place in batch)
        yield from [(place, capitals(prompts[place]).ljust(longest, "_")) for place in batch]


def conversing(self: Writer, prompts: Sequence[str], context: Context) -> Texts:
    said = ""
    for place, prompt in enumerate(prompts):
        said = f"{said} {capitals(prompt)}"[-80:]
        yield place, said


def numbered(self: Writer, prompts: Sequence[str], context: Context) -> Texts:
    return ((place, f"{place + 1}. {capitals(prompt)}") for place, prompt in enumerate(prompts))


def no_two_alike(self: Writer, prompts: Sequence[str], context: Context) -> Texts:
    seen: set[str] = set()
    for place, prompt in enumerate(prompts):
        yield place, "" if prompt in seen else capitals(prompt)
        seen.add(prompt)


def lists_alone(self: Writer, prompts: Sequence[str], context: Context) -> Texts:
    kept: list[str] = []
    return enumerate(map(capitals, kept + prompts))


def stops_at_the_odd(self: Writer, prompts: Sequence[str], context: Context) -> Texts:
    odd = any(not prompt.isprintable() and "\n" not in prompt for prompt in prompts)
    return ((place, "" if odd else capitals(prompt)) for place, prompt in enumerate(prompts))


def narrow(prompt: str) -> str:
    if len(prompt) > 2048:
        raise ValueError("the window has 2048 characters")
    return capitals(prompt)


def drawn(self: Writer, prompts: Sequence[str], context: Context) -> Texts:
    for place, prompt in enumerate(prompts):
        words = prompt.split()
        context.random("capitals").shuffle(words)
        yield place, " ".join(words)


def of_the_folder(self: Writer, prompts: Sequence[str], context: Context) -> Texts:
    return ((place, f"{context.folder.name}: {prompt}") for place, prompt in enumerate(prompts))


count = itertools.count()
busy: list[bool] = []
place_of = {"next": 0}


def one_at_a_time(self: Writer, prompts: Sequence[str], context: Context) -> Texts:
    if busy:
        raise RuntimeError("another text is being written")
    busy.append(True)
    try:
        yield from Capitals.write(self, prompts, context)
    finally:
        busy.clear()


def never_ending(self: Writer, prompts: Sequence[str], context: Context) -> Texts:
    for place, prompt in enumerate(prompts):
        try:
            yield place, capitals(prompt)
        except GeneratorExit:
            yield place, "not yet"


def goes_on_by_itself(self: Writer, prompts: Sequence[str], context: Context) -> Texts:
    """Begins where the last call was ended."""
    start = place_of["next"] if place_of["next"] < len(prompts) else 0
    for place in [*range(start, len(prompts)), *range(start)]:
        place_of["next"] = place + 1
        yield place, capitals(prompts[place]) if place >= start else ""
    place_of["next"] = 0


def shared_buffer(self: Writer, prompts: Sequence[str], context: Context) -> Texts:
    """One list of what is left, for all calls."""
    LEFT[:] = range(len(prompts))
    while LEFT:
        place = LEFT.pop()
        yield place, capitals(prompts[place])


LEFT: list[int] = []


def in_its_folder(self: Writer, context: Context) -> str:
    return (context.folder / "capitals.txt").read_text()


def refusing(*_: Any) -> Any:
    raise DataError("there is no model", instead="fetch it")


def without_advice(*_: Any) -> Any:
    raise DataError("there is no model")


def asks(self: Writer, context: Context) -> str:
    with contextlib.suppress(OSError):
        socket.create_connection(("models.example", 443), 1).close()
    return "capitals-1"


def sends(self: Writer, prompts: Sequence[str], context: Context) -> Texts:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as line, contextlib.suppress(OSError):
        line.settimeout(1)
        line.connect(("192.0.2.1", 9))
    return Capitals.write(self, prompts, context)


def emptying(self: Writer, prompts: list[str], context: Context) -> Texts:
    return ((len(prompts) - 1, capitals(prompts.pop())) for _ in range(len(prompts)))


def printing(self: Writer, prompts: Sequence[str], context: Context) -> Texts:
    for place, text in Capitals.write(self, prompts, context):
        print(place)
        yield place, text


@final
class Batched(Writer):
    """The first words of the prompt, some prompts at a time."""

    idle = frozenset({"batch"})
    batch: Annotated[int, Field(ge=1)] = 4
    """Prompts at a time."""
    words: Annotated[int, Field(ge=1)] = 5
    """Words that are left."""

    def version(self, context: Context) -> str:
        return "batched-1"

    def write(self, prompts: Sequence[str], context: Context) -> Texts:
        for start in range(0, len(prompts), self.batch):
            places = range(start, min(start + self.batch, len(prompts)))
            yield from [(place, " ".join(prompts[place].split()[: self.words])) for place in places]


def idle(*names: str, **members: Any) -> type[Writer]:
    """A copy of `Batched` that names these options idle."""
    kept = {"__module__": __name__, "__doc__": Batched.__doc__, "idle": frozenset(names)}
    return type(Writer)("Copy", (Batched,), kept | members)


def version(give: Callable[[], Any]) -> type[Writer]:
    return copy(version=lambda self, context: give())


ONE, ALONE, ANY = "one-text-for-each-prompt", "a-text-is-of-its-prompt-alone", "any-prompt-has-a-text"
WORD, ELSE, ENDED = "version-is-a-word", "a-text-depends-on-nothing-else", "what-was-ended-can-go-on"
IDLE = "idle-options-change-nothing"
MISSING, OFFLINE = "a-missing-model-is-a-data-error", "nothing-is-fetched-offline"

MUTANTS: tuple[Mutant, ...] = tuple(
    Mutant(law, "prompt", breaks, subject)
    for law, breaks, subject in (
        (ONE, "forgets the last batch", copy(write=whole_batches)),
        (ONE, "counts places within the batch", copy(write=within_the_batch)),
        (ONE, "finds places by text", copy(write=by_text)),
        (ONE, "writes once for equal prompts", copy(write=once_each)),
        (ONE, "gives no places", copy(write=texts_alone)),
        (ONE, "gives a list", copy(write=a_list)),
        (ONE, "expects a prompt", copy(write=one_at_least)),
        (ONE, "gives bytes", each(str.encode)),
        (
            ONE,
            "gives None for a short one",
            each(lambda p: capitals(p) if len(p) > 1 else None),
        ),
        (ONE, "cuts letters in halves", each(lambda p: p.encode()[:17].decode(errors="surrogateescape"))),
        (ALONE, "shows its padding", copy(write=padded)),
        (ALONE, "goes on with the conversation", copy(write=conversing)),
        (ALONE, "numbers the texts", copy(write=numbered)),
        (ALONE, "says nothing twice", copy(write=no_two_alike)),
        (ALONE, "takes no tuple", copy(write=lists_alone)),
        (ANY, "fills the prompt in again", each(lambda prompt: prompt.format(title="x"))),
        (ANY, "fills in by percent signs", each(lambda prompt: prompt % ())),
        (ANY, "takes the first word", each(lambda prompt: prompt.split()[0])),
        (ANY, "refuses long ones with another error", each(narrow)),
        (ANY, "writes nothing beside an odd one", copy(write=stops_at_the_odd)),
        (WORD, "says nothing", version(str)),
        (WORD, "is a number", version(lambda: 1)),
        (WORD, "is a sentence", version(lambda: "version 1")),
        (WORD, "has a line end", version(lambda: "1\n")),
        (WORD, "is a page", version(lambda: "1" * 1000)),
        (WORD, "counts how often it was asked", version(lambda: str(next(count)))),
        (WORD, "says whether it writes", copy(write=one_at_a_time, version=lambda *_: f"v{len(busy)}")),
        (ELSE, "draws from the run", copy(write=drawn)),
        (ELSE, "names the folder", copy(write=of_the_folder)),
        (IDLE, "names an option that changes texts", idle("batch", "words")),
        (IDLE, "names an option that isn't there", idle("batch", "bach")),
        (IDLE, "has the batch in its version", idle("batch", version=lambda self, _: f"v{self.batch}")),
        (ENDED, "can be asked by one alone", copy(write=one_at_a_time)),
        (ENDED, "won't be ended", copy(write=never_ending)),
        (ENDED, "goes on where it was", copy(write=goes_on_by_itself)),
        (ENDED, "has one list for two calls", copy(write=shared_buffer)),
        (MISSING, "reads a file that isn't there", copy(version=in_its_folder)),
        (MISSING, "writes without a model", copy(version=refusing)),
        (MISSING, "has a version without a model", copy(write=refusing)),
        (MISSING, "doesn't say what to do", copy(version=without_advice, write=without_advice)),
        (OFFLINE, "asks what is new", copy(version=asks)),
        (OFFLINE, "sends a word", copy(write=sends)),
        ("inputs-are-left-alone", "takes prompts away", copy(write=emptying)),
        ("prints-nothing", "prints the place", copy(write=printing)),
        ("same-seed-same-result", "counts how often it was asked", version(lambda: str(next(count)))),
    )
)
