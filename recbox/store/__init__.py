"""What happened since a method was fitted: events, and what is said of items and users, in one SQLite file.

`Store` opens the file, `Event` is a row of it. Nothing is acknowledged before it is on the disk; a file may
be open in many processes.
"""

from recbox.store.event import Event, ItemRow, Which
from recbox.store.opening import is_store, opened
from recbox.store.store import Store

__all__ = ["Event", "ItemRow", "Store", "Which", "is_store", "opened"]
