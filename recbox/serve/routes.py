"""The paths of the interface."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Query
from fastapi.responses import PlainTextResponse

from recbox.serve import about, alike, asked, explained, news, reasons, told
from recbox.serve.app import bare, json
from recbox.serve.events import taken
from recbox.serve.fault import Refusal
from recbox.serve.service import Service
from recbox.serve.showing import show


def routes(service: Service) -> FastAPI:
    """The application, on what answers."""
    app = bare()
    _lists(app, service)
    _news(app, service)
    _knowledge(app, service)
    _health(app, service)
    show(app)
    return app


def _lists(app: FastAPI, service: Service) -> None:

    @app.post("/recommend", response_model=told.Recommendation)
    async def recommend(body: asked.Recommend) -> Any:
        """The best items for a user, or for somebody with a history.

        What the user did since training counts at once; what they have is left out. Conditions, `only` and
        `exclude` narrow the list down; `boost` adds to scores; `cap` bounds how many items of a kind stand in
        it; `diversity` makes them unlike each other. The list may be shorter than `k`.
        """
        desk = service.desk
        if desk.quick(body):
            return await desk.quickly(body)
        return await service.pool.run(desk.recommend, body)

    @app.post("/similar", response_model=told.Similarity)
    async def similar(body: asked.Similar) -> Any:
        """Items like items: by their vectors, or, of a method that has none, by what it gives somebody who
        has that item alone."""
        return await service.pool.run(alike.similar, service.desk, body)

    @app.post("/explain", response_model=explained.Explanation)
    async def explain(body: asked.Explain) -> Any:
        """Which of the user's items, and which paths, carried the score of an item: exactly where the method
        is linear, and else with what it leaves unexplained. The score is that of `/recommend` now, without
        `boost`. Evidence, the rest and the residual add up to it, paths to their evidence; `svg` is a
        drawing. `deletion` tests it, in up to a few seconds."""
        return await service.explaining.run(reasons.explain, service.desk, body)


def _news(app: FastAPI, service: Service) -> None:

    @app.post("/events", response_model=told.Stored)
    async def events(body: asked.Events) -> Any:
        """Store what users did: on the disk before the answer, and seen by the next list. An event that the
        method couldn't learn from isn't taken, and none of those beside it: of ids that the data couldn't
        have, or of a behaviour that it doesn't know."""
        desk = service.desk
        found = taken(desk.now.version, body.events, desk.key)
        stored = await asyncio.wrap_future(service.writer.put(found))
        return {"stored": stored, "duplicate": len(found) - stored}

    @app.post("/items", response_model=told.Taken)
    async def items(body: asked.Items) -> Any:
        """Columns of items, and whether they are available: on the disk before the answer. An item that the
        artifact doesn't know stands in lists from then on, where the method scores new items; what is left
        out stays as it was, and null says that a value is missing."""
        return await service.pool.run(news.items, service.desk, body)

    @app.post("/users", response_model=told.TakenUsers)
    async def users(body: asked.Users) -> Any:
        """Columns of users, which count for those whom the artifact doesn't know."""
        return await service.pool.run(news.users, service.desk, body)


def _knowledge(app: FastAPI, service: Service) -> None:
    @app.get("/about", response_model=told.About)
    async def tell() -> Any:
        """What the artifact is: name, version, counts, columns, and what the method can do."""
        return json(await service.pool.run(about.about, service.desk))

    @app.get("/search", response_model=told.Found)
    async def search(
        kind: Annotated[Literal["item", "user"], Query(description="What is looked for.")] = "item",
        q: Annotated[str, Query(max_length=100, description="A piece of an id or a title.")] = "",
        limit: Annotated[int, Query(ge=1, le=100, description="How many at most.")] = 20,
    ) -> Any:
        """Ids and titles that are called so, begin so, or have it in them; without `q` the most popular."""
        return json(await service.pool.run(about.search, service.desk, kind, q, limit))

    @app.post("/history", response_model=told.Histories)
    async def history(body: asked.History) -> Any:
        """What a user has: events and what the artifact was made of, the newest first, at most 1,000."""
        return await service.pool.run(about.history, service.desk, body.user)


def _health(app: FastAPI, service: Service) -> None:
    @app.get("/livez", response_model=told.Health)
    async def livez() -> Any:
        """Whether the process lives."""
        return json({"status": "alive"})

    @app.get("/readyz", response_model=told.Health)
    async def readyz() -> Any:
        """Whether it answers: an artifact is open, and the end hasn't begun."""
        if not service.ready:
            raise Refusal(503, "shutting down" if service.draining else "the artifact is being opened")
        return json({"status": "ready"})

    @app.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> Any:
        """For Prometheus, of all processes together."""
        desk = service.desk
        events, clicks = desk.store.counts()
        version = desk.now.version
        left = sum(desk.now.left.values())
        text = service.metrics.text(version.id, version.artifact.name, events, clicks, left)
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4")
