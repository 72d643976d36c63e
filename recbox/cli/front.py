"""The front door: which commands there are, and what every way to end means as an exit code.

0 done; 2 a mistake in a recipe, data or options; 3 of `verify`: nothing fails, and not all is proven; 130
interrupted, 143 by SIGTERM; 1 a fault of recbox. Only click is imported here: a command's module, and all
that it needs, is imported when the command is called.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from recbox.cli.lazy import LazyGroup
from recbox.cli.stopping import Termination
from recbox.cli.terminal import discard, note, safe, telling
from recbox.errors import RecboxError

DONE, FAULT, MISTAKE, INTERRUPTED, TERMINATED = 0, 1, 2, 130, 143

COMMANDS = {
    "run": "Train, judge and save what a recipe describes.",
    "init": "Look at files of your own and write a recipe for them.",
    "check": "Validate a recipe and say what would run, without running it.",
    "profile": "Have a language model write texts about users and items, into a file.",
    "compare": "Artifacts or recipes side by side: which difference is more than chance.",
    "tune": "Search the values of a recipe that do best on validation.",
    "eval": "Measure an artifact again, or judge any ranking on a split.",
    "verify": "Check that a result is what it says.",
    "recommend": "Items for users, from an artifact.",
    "similar": "Items like an item, from an artifact.",
    "explain": "What carried a score: items, paths, and a test by deletion.",
    "update": "Fold new events into an artifact, or forget users, without training.",
    "promote": "Have a link lead to the version that is to be in use, in one step.",
    "rollback": "Back to the version that was in use before.",
    "export": "An artifact's method for numpy or ONNX, for use without recbox.",
    "serve": "Recommendations over HTTP, from an artifact and from what happened since.",
    "plugins": "Parts, yours and others': list, show, new, test, schema.",
    "data": "Data sets: list, show, fetch; a split as files.",
    "doctor": "What this machine can do, and what is wrong with it.",
    "bench": "How fast and how large recbox is on this machine.",
}


@click.group(cls=LazyGroup, lazy=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="recbox-graph", prog_name="recbox", message="%(prog)s %(version)s")
def recbox() -> None:
    """Recommendation with graph neural networks and language models, from a YAML recipe.

    \b
    A first run:  recbox run movielens_gcn
    Then:         recbox recommend runs/movielens-gcn --user 196
    """


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line (`sys.argv` without `args`) and leave the process with its exit code."""
    sys.exit(call(list(sys.argv[1:] if args is None else args)))


def call(args: list[str]) -> int:
    """Run one command line and return its exit code; no mistake of the user's ends in a traceback."""
    _open_what_is_closed()
    _tolerate_odd_bytes()
    with Termination() as termination:
        code = _called(args)
    return TERMINATED if termination.asked and code == INTERRUPTED else code


def _called(args: list[str]) -> int:
    try:
        code = _completion() if "_RECBOX_COMPLETE" in os.environ else _invoke(args)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return _say("\ninterrupted", INTERRUPTED)
    except BrokenPipeError:
        return _reader_gone()
    except Exception as error:  # the last stop: whatever is not known to be a mistake is a fault of ours
        return _explain(error)


def _invoke(args: list[str]) -> int:
    if any("\0" in argument for argument in args):  # no shell passes one on; a caller of `main` may
        return _say("recbox: an argument holds a NUL character", MISTAKE)
    try:
        with recbox.make_context("recbox", args) as context:
            result = recbox.invoke(context)
            return result if isinstance(result, int) else DONE
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.Abort:
        return _say("\ninterrupted", INTERRUPTED)
    except click.ClickException as mistake:
        mistake.message = safe(mistake.message, keep_lines=True)
        with telling(sys.stderr):
            mistake.show()
        return MISTAKE


def _completion() -> int:
    from click.shell_completion import shell_complete

    return shell_complete(recbox, {}, "recbox", "_RECBOX_COMPLETE", os.environ["_RECBOX_COMPLETE"])


def _explain(error: Exception) -> int:
    from recbox.cli.fault import mistake_of, report_fault, show_cause

    if isinstance(error, RecboxError):
        show_cause(error)
    message = str(error) if isinstance(error, RecboxError) else mistake_of(error)
    if message:
        return _say(f"recbox: {safe(message, keep_lines=True)}", MISTAKE)
    report_fault(error)
    return FAULT


def _say(message: str, code: int) -> int:
    note(message)
    return code


def _open_what_is_closed() -> None:
    """A stream that the caller closed (`2>&-`) leads nowhere, and no file takes its descriptor's place."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))


def _tolerate_odd_bytes() -> None:
    """A name that the terminal's encoding lacks is printed as an escape: it must not end the run."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _reader_gone() -> int:
    """Whoever read our output has seen enough (`| head`): leave quietly, also when Python flushes at exit."""
    discard(sys.stdout)
    return DONE
