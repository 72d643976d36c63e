"""What is said of items and users, checked and put on the disk."""

from __future__ import annotations

from typing import Any

from recbox.data.ids import check_id
from recbox.errors import RecboxError
from recbox.serve import asked
from recbox.serve.catalogue import Fresh
from recbox.serve.columns import check
from recbox.serve.desk import Desk
from recbox.serve.fault import LONG, Refusal
from recbox.store import ItemRow


def items(desk: Desk, given: asked.Items) -> dict[str, Any]:
    """Known items change what conditions see, and whether they are shown; new ones are scored from the next
    list on. A `RecboxError` where a value is none of its column's, or the method scores no new items; then
    nothing is stored."""
    catalogue = desk.catalogue(desk.store.revision)
    version = catalogue.version
    for place, item in enumerate(given.items):
        check_id(str(item.id), version.items.integers, "item", f"body.items.{place}.id")
        check(version.artifact.item, item.columns, f"body.items.{place}.columns")
    before = {row.id: row for row in catalogue.fresh.rows}
    fresh: dict[str, ItemRow] = {}
    for item in given.items:
        id = str(item.id)
        if version.items.find(id) < 0:
            old = fresh.get(id) or before.get(id)
            fresh[id] = ItemRow(id, {**(old.columns if old else {}), **item.columns})
    if fresh:
        _scored(desk, list(fresh.values()))
    desk.store.put_items([(str(item.id), item.columns, item.available) for item in given.items])
    desk.catalogue(desk.store.revision)
    return {"items": len(given.items), "new": len(fresh)}


def _scored(desk: Desk, rows: list[ItemRow]) -> None:
    """A `Refusal` where the method can't score them."""
    try:
        Fresh.made(desk.now.version, rows)
    except RecboxError as error:
        what = f"the artifact doesn't know the item {rows[0].id!r}"[:300]
        why = f"{error.what}: {error.why}" if error.why else error.what
        raise Refusal(422, what, where="body.items", why=why[:LONG], instead=error.instead[:LONG]) from None


def users(desk: Desk, given: asked.Users) -> dict[str, Any]:
    """Columns of users, which count for those whom the artifact doesn't know."""
    version = desk.now.version
    nodes = version.artifact.user
    for place, user in enumerate(given.users):
        check_id(str(user.id), version.users.integers, "user", f"body.users.{place}.id")
        check(nodes, user.columns, f"body.users.{place}.columns")
    desk.store.put_users([(str(user.id), user.columns) for user in given.users])
    return {"users": len(given.users)}
