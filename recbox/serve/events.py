"""Events as clients send them: what a version couldn't learn from, or an update fold in, isn't taken."""

from __future__ import annotations

import time
from collections.abc import Sequence

from recbox.data.ids import check_id
from recbox.errors import nearest
from recbox.serve import asked
from recbox.serve.fault import Refusal
from recbox.serve.signing import version_of
from recbox.serve.version import Version
from recbox.store import Event


def taken(version: Version, events: Sequence[asked.Event], key: bytes) -> list[Event]:
    """As they are stored. A `Refusal` or a `DataError` names the first that can't be. key: the store's."""
    for place, event in enumerate(events):
        _check(version, event, f"body.events.{place}")
    return [_event(event, key) for event in events]


def _check(version: Version, event: asked.Event, where: str) -> None:
    check_id(str(event.user), version.users.integers, "user", f"{where}.user")
    check_id(str(event.item), version.items.integers, "item", f"{where}.item")
    known = version.behaviours
    if known and event.behaviour is None and not version.counted.unnamed:
        why = "the data tells several, and none of them is the target"
        raise _wrong("the event names no behaviour", f"{where}.behaviour", why, f"one of {', '.join(known)}")
    if known and event.behaviour is not None and event.behaviour not in known:
        what, why = f"no behaviour is called {event.behaviour!r}", f"they are {', '.join(known)}"
        raise _wrong(what, f"{where}.behaviour", why, nearest(event.behaviour, known))
    if version.rules.weighed and event.weight is None:
        threshold = version.rules.clean.threshold
        least = f": below {threshold:g} an event counts as no more than seen" if threshold is not None else ""
        raise _wrong(
            "the event has no weight",
            f"{where}.weight",
            f"the recipe looks at weights{least}",
            "say `weight`",
        )


def _wrong(what: str, where: str, why: str, instead: str) -> Refusal:
    return Refusal(422, what[:300], where=where, why=why[:300], instead=instead[:300])


def _event(event: asked.Event, key: bytes) -> Event:
    return Event(
        user=str(event.user),
        item=str(event.item),
        time=time.time() if event.time is None else event.time,
        weight=1.0 if event.weight is None else event.weight,
        behaviour=event.behaviour,
        event_id=event.event_id,
        recommendation=event.recommendation_id,
        version=version_of(event.recommendation_id, key),
    )
