"""The HTTP interface: which paths there are, and what each takes and gives."""

from __future__ import annotations

import asyncio
import inspect
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, cast

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from pydantic_core import to_json
from starlette.exceptions import HTTPException

from recbox.errors import RecboxError
from recbox.serve import told
from recbox.serve.body import read_body
from recbox.serve.fault import Refusal, of_error, of_store, of_validation
from recbox.serve.log import log

JSON = "application/json"
LARGE = 32 << 10
"""Bytes of a body from which on others don't wait while it is read."""
STATUSES = {
    400: "The body is no JSON, or the request is malformed.",
    401: "The bearer token is missing or wrong.",
    403: "The Host or Origin header names another place.",
    404: "Nothing is known of what was asked for.",
    405: "The path takes another method.",
    408: "The request took too long to arrive.",
    413: "The body is too large.",
    415: "The body isn't said to be JSON.",
    422: "A field is wrong, or the method can't do this; the error says which, and why.",
    429: "Too many requests are being answered; ask again after Retry-After seconds.",
    503: "Not ready, shutting down, or the store can't be used.",
}
RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": told.Fault, "description": text} for status, text in STATUSES.items()
}


class Answering(APIRoute):
    """A path whose function takes a request's model, if any, and gives the answer as plain data. The
    schema is of the function's types; reading and writing are done here, strictly and at once."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        model = _model(self.endpoint)
        if model is None:
            return super().get_route_handler()
        call = self.endpoint

        async def answer(request: Request) -> Response:
            raw = await read_body(request)
            if len(raw) > LARGE:  # reading it, or saying all that is wrong in it, may take a while
                asked = await asyncio.to_thread(_read, model, raw)
            else:
                asked = _read(model, raw)
            return json(await call(asked))

        return answer


def _read(model: type[BaseModel], raw: bytes) -> BaseModel:
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise of_validation(error, raw) from None


def json(document: Any) -> Response:
    return Response(to_json(document), media_type=JSON)


def _model(endpoint: Callable[..., Any]) -> type[BaseModel] | None:
    for parameter in inspect.signature(endpoint, eval_str=True).parameters.values():
        if isinstance(parameter.annotation, type) and issubclass(parameter.annotation, BaseModel):
            return parameter.annotation
    return None


class Pool:
    """Threads for what takes more than a moment, so that quick answers need not wait for it. most: calls that
    are worked on or wait; None: as many as come."""

    def __init__(self, threads: int = 2, most: int | None = None) -> None:
        self._pool, self._most = ThreadPoolExecutor(threads, "recbox-answers", initializer=_one_thread), most
        self._asked: set[Future[Any]] = set()

    def run(self, call: Callable[..., Any], *args: Any) -> Awaitable[Any]:
        """A `Refusal` where too many wait. Who has gone before their turn takes none."""
        if self._most is not None and len(self._asked) >= self._most:
            raise Refusal(429, "too many answers that take long are waited for", instead="ask again later")
        found = self._pool.submit(call, *args)
        self._asked.add(found)
        found.add_done_callback(self._asked.discard)
        return asyncio.wrap_future(found)


def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)


def refused(_: Request, error: Exception) -> Response:
    """The answer for an error that is a client's, or the method's."""
    found = error if isinstance(error, Refusal) else of_error(cast(RecboxError, error))
    return Response(found.body, found.status, found.headers, JSON)


def _no_store(_: Request, error: Exception) -> Response:
    log("error", "store", error=type(error).__name__, why=str(error)[:200])
    found = of_store(cast(sqlite3.Error, error))
    return Response(found.body, found.status, found.headers, JSON)


def _no_path(_: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    instead = "GET /openapi.json lists the paths"
    what = "the path takes another method" if status == 405 else "there is no such path"
    found = Refusal(status if status in STATUSES else 404, what, where="path", instead=instead)
    more = getattr(error, "headers", None) or {}
    return Response(found.body, found.status, {**more, **found.headers}, JSON)


def _no_query(_: Request, error: Exception) -> Response:
    """A parameter in the address is wrong."""
    first = error.errors()[0] if isinstance(error, RequestValidationError) else {"loc": (), "msg": ""}
    place = ".".join(str(part) for part in first["loc"])
    found = Refusal(422, str(first["msg"])[:200], where=place[:200], instead="see /openapi.json")
    return Response(found.body, found.status, found.headers, JSON)


def bare() -> FastAPI:
    """An application without paths."""
    app = FastAPI(
        title="recbox",
        description="Recommendations from an artifact, kept fresh by events.",
        version="1",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=RESPONSES,
    )
    app.router.route_class = Answering
    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(RecboxError, refused)
    app.add_exception_handler(sqlite3.Error, _no_store)
    app.add_exception_handler(HTTPException, _no_path)
    app.add_exception_handler(RequestValidationError, _no_query)
    return app
