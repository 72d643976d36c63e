"""The laws of writers: each prompt has a text, and it is the same whatever else is asked, and when."""

from __future__ import annotations

import contextlib
from itertools import islice

from recbox.contract.case import Case
from recbox.contract.dialled import dialled
from recbox.contract.kind import Kind
from recbox.contract.law import Skip, hold, law
from recbox.contract.written import (
    ODD,
    PROMPTS,
    begun,
    elsewhere,
    in_order,
    inputs,
    looked_at,
    produce,
    same,
    varied,
    version,
    writer,
    written,
)
from recbox.errors import DataError


@law(instead='give (place, text) for each prompt, what is left for the last batch too, and "" for no text')
def one_text_for_each_prompt(case: Case) -> None:
    """Each place in the prompts comes once, with a text that can be written as UTF-8; one prompt has one
    text, and no prompts have none."""
    for count in (len(PROMPTS), 1, 0):
        written(case, PROMPTS[:count])


@law(instead="mask what is padded, round alike in all batches, and keep nothing from one prompt to another")
def a_text_is_of_its_prompt_alone(case: Case) -> None:
    """A prompt has the same text when it is asked alone, twice, in another order and in another call; a tuple
    of prompts does as well as a list."""
    every = written(case, list(PROMPTS))
    again = PROMPTS.index(PROMPTS[0], 1)
    same([every[again]], [every[0]], "for a prompt that comes twice")
    same(written(case, list(reversed(PROMPTS)))[::-1], every, "in reversed order")
    half = len(PROMPTS) // 2
    same(written(case, PROMPTS[:half]) + written(case, PROMPTS[half:]), every, "in two halves")
    same([written(case, [prompt])[0] for prompt in PROMPTS], every, "when asked alone")


@law(instead="cut what is too long, take braces as they are, and let an empty prompt have an empty text")
def any_prompt_has_a_text(case: Case) -> None:
    """An empty prompt, a blank one, one of 20,000 characters, one of emoji, right-to-left letters, NUL,
    newlines or braces has a text, which may be empty, or is refused with a DataError; those beside it keep
    theirs."""
    (usual,) = written(case, PROMPTS[:1])
    for name, prompt in ODD.items():
        try:
            beside = written(case, [prompt, PROMPTS[0]])[1]
        except DataError:
            continue
        same([beside], [usual], f"beside a prompt that is odd ({name})")


@law(instead="return a hash or a name: printable, without blanks, 100 characters at most")
def version_is_a_word(case: Case) -> None:
    """`version` is a word of 1 to 100 printable ASCII characters without blanks, and the same before, while
    and after texts are written."""
    word = version(case)
    hold(isinstance(word, str), f"`version` gives a {type(word).__name__}")
    right = 1 <= len(word) <= 100 and word.isascii() and word.isprintable() and " " not in word
    hold(right, f"`version` gives {word[:120]!r}")
    for step, _ in enumerate(begun(case, list(PROMPTS))):
        again = version(case)
        hold(again == word, f"after {step + 1} texts it is {again!r}, not {word!r}")
    hold(version(case) == word, f"when all is written it is {version(case)!r}, not {word!r}")


@law(instead="draw from no stream of the run; what the text depends on besides belongs into `version`")
def a_text_depends_on_nothing_else(case: Case) -> None:
    """In a run of another seed, and from the folder of another recipe, texts are the same, unless `version`
    is another one, or the model can't be had."""
    word, every = version(case), written(case, list(PROMPTS))
    with elsewhere(case) as other:
        contexts = {"with another seed": case.context.with_(seed=1), "from another folder": other}
        for seen, context in contexts.items():
            with contextlib.suppress(Skip):
                if version(case, context) == word:
                    same(written(case, list(PROMPTS), context), every, f"{seen}, at the same version")


@law(instead="name in `idle` the options alone that change no text, such as the size of a batch")
def idle_options_change_nothing(case: Case) -> None:
    """Each name in `idle` is an option; with another value of it `version` and all texts are the same."""
    strange = sorted(set(writer(case).idle) - set(case.cls.model_fields))
    hold(not strange, f"`idle` names {', '.join(strange)}, which is no option")
    others = [(name, other) for name in sorted(writer(case).idle) for other in varied(case, name)]
    if not others:
        raise Skip("its `idle` names no option that has other values to try")
    word, every = version(case), written(case, list(PROMPTS))
    for name, other in others:
        seen = f"with {name}={other.options.values()[name]}"
        hold(version(other) == word, f"`version` is {version(other)!r} {seen}, not {word!r}")
        same(written(other, list(PROMPTS)), every, seen)


@law(instead="keep what belongs to a call in local names, and let GeneratorExit through")
def what_was_ended_can_go_on(case: Case) -> None:
    """Writing may be ended after any text: the texts until then are those of the whole, and the prompts that
    are left have theirs afterwards; so may two calls take turns."""
    every = written(case, list(PROMPTS))
    for count in (0, 1, len(PROMPTS) // 2):
        given = begun(case, list(PROMPTS))
        first = dict(looked_at(pair, len(PROMPTS)) for pair in islice(given, count))
        close = getattr(given, "close", None)
        if close is not None:
            close()
        left = [place for place in range(len(PROMPTS)) if place not in first]
        rest = dict(zip(left, written(case, [PROMPTS[place] for place in left]), strict=True))
        same([(first | rest)[p] for p in range(len(PROMPTS))], every, f"when it was ended after {count}")
    turns = [begun(case, list(PROMPTS)) for _ in range(2)]
    for found in map(list, zip(*zip(*turns, strict=True), strict=True)):
        same(in_order(iter(found), len(PROMPTS)), every, "when two calls take turns")


@law(
    instead="look for the model in `version` and in `write`, and raise a DataError with `instead` without it"
)
def a_missing_model_is_a_data_error(case: Case) -> None:
    """In an empty folder, without data directories and network, `version` and `write` both do as ever, or
    both raise a DataError, with what to do instead."""
    with elsewhere(case) as context:
        refused = {}
        for name, ask in (
            ("version", lambda: writer(case).version(context)),
            ("write", lambda: list(writer(case).write(list(PROMPTS), context))),
        ):
            try:
                ask()
            except DataError as error:
                refused[name] = error
    hold(len(refused) != 1, f"`{next(iter(refused), '')}` raises a DataError, and the other one doesn't")
    bare = [name for name, error in refused.items() if not error.instead]
    hold(not bare, f"the DataError of `{''.join(bare[:1])}` doesn't say what to do instead")


@law(instead="look in the model's folder and in caches alone where `context.offline` says so")
def nothing_is_fetched_offline(case: Case) -> None:
    """Where the context is offline, no host but this machine is asked for, by `version` or by `write`."""
    with dialled() as hosts:
        with contextlib.suppress(Exception):  # other laws say what it raises
            writer(case).version(case.context)
            list(writer(case).write(list(PROMPTS), case.context))
        asked = hosts()
    hold(not asked, f"it asks for {', '.join(sorted(set(asked))[:3])}")


LAWS = (
    one_text_for_each_prompt,
    a_text_is_of_its_prompt_alone,
    any_prompt_has_a_text,
    version_is_a_word,
    a_text_depends_on_nothing_else,
    idle_options_change_nothing,
    what_was_ended_can_go_on,
    a_missing_model_is_a_data_error,
    nothing_is_fetched_offline,
)

KIND = Kind(LAWS, inputs, produce)
