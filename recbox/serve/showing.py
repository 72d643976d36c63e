"""What people look at: the page, and the reference of the interface. Neither holds any data."""

from __future__ import annotations

from functools import cache

from fastapi import FastAPI, Request, Response

from recbox.serve.page import HEADERS, File, files

DOCS = "/docs"


@cache
def paths() -> frozenset[str]:
    """What a browser gets without a token, so that the page can ask for one."""
    return frozenset({*files(), DOCS, "/openapi.json"})


def show(app: FastAPI) -> None:
    """Adds the page's files, and `/docs`, which is made of the application's document at the first call."""

    @cache
    def docs() -> bytes:
        from recbox.serve.reference import html

        return html(app.openapi()).encode()

    async def reference(_: Request) -> Response:
        return Response(docs(), 200, HEADERS, "text/html; charset=utf-8")

    app.add_route(DOCS, reference, include_in_schema=False)
    for path, file in files().items():
        _add(app, path, file)


def _add(app: FastAPI, path: str, file: File) -> None:
    async def answer(_: Request) -> Response:
        return Response(file.body, 200, HEADERS, file.media_type)

    app.add_route(path, answer, include_in_schema=False)
