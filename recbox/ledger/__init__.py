"""The ledger of test touches: one line for each time that a test part was looked at, beside the runs.

`append` writes a line (locked, forced to the disk), `read` gives all of them and says where the chain is
broken, `place` is where a ledger lies.
"""

from recbox.ledger.chain import Chain, Fault, read
from recbox.ledger.line import Line, Touch
from recbox.ledger.place import NAME, VARIABLE, beside, place
from recbox.ledger.writing import Entry, append

__all__ = [
    "NAME",
    "VARIABLE",
    "Chain",
    "Entry",
    "Fault",
    "Line",
    "Touch",
    "append",
    "beside",
    "place",
    "read",
]
