"""`recbox serve`: recommendations over HTTP, from an artifact and from what happened since."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from recbox.cli import option
from recbox.errors import OptionError

STORE = "The file of events; default: NAME.events.db beside the artifact."
BEARER = "A file whose first line clients must bear as a token; or the variable RECBOX_TOKEN."
HOSTS = "Another name by which clients call, as behind a proxy; may be given many times."
VARIABLE = "RECBOX_TOKEN"


@click.command
@option.artifact_argument
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0: any.")
@click.option("--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes.")
@click.option("--store", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help=STORE)
@click.option("--token-file", type=click.Path(path_type=Path), metavar="FILE", help=BEARER)
@click.option("--allow-host", "hosts", multiple=True, metavar="NAME", help=HOSTS)
@click.option(
    "--concurrency", type=click.IntRange(1, 10_000), default=128, show_default=True,
    help="Requests at once in each process; more get 429.",
)  # fmt: skip
@click.option(
    "--connections", type=click.IntRange(1, 100_000), default=1000, show_default=True,
    help="Clients that may be connected to each process; more get 503, unless one has been idle.",
)  # fmt: skip
@click.option(
    "--reload-every", type=option.Within(0, 86400), default=1.0, show_default=True, metavar="SECONDS",
    help="How often to look for a new version; 0: when SIGHUP comes.",
)  # fmt: skip
@option.code_option
def command(
    artifact: Path, store: Path | None, token_file: Path | None, hosts: tuple[str, ...], **options: Any
) -> None:
    """Answer over HTTP from ARTIFACT, a folder or a link to one, until SIGTERM.

    GET /openapi.json says what can be asked. A version that takes the artifact's place is taken over without
    a failed request.
    """
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"):
        os.environ.setdefault(name, "1")  # each answer is one thread's; before torch and polars come
    from recbox.serve.options import Options, name_of, store_of
    from recbox.serve.starting import serve

    token = _token(token_file)
    named = tuple(name_of(host) for host in hosts)
    serve(Options(artifact, store or store_of(artifact), token=token, hosts=named, **options))


def _token(file: Path | None) -> str | None:
    """What clients must bear; None where nothing is said. An `OptionError` for what is no token."""
    if file is None and VARIABLE not in os.environ:
        return None
    where = str(file) if file is not None else VARIABLE
    try:
        text = file.read_text("utf-8") if file is not None else os.environ[VARIABLE]
    except (OSError, UnicodeDecodeError) as error:
        raise OptionError("can't read the token", where=where, why=str(error)) from error
    token = text.partition("\n")[0].strip()
    if not (token.isascii() and token.isprintable() and " " not in token and 8 <= len(token) <= 512):
        raise OptionError("this is no token", where=where, why="8 to 512 printable characters, no blanks")
    return token
