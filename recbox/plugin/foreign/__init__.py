"""Classes of another library that a recipe may name, with their arguments beside the name.

`folder` finds the library, `classes` what it offers, `signature` what a class takes, all read from its
source, so that `recbox check` imports nothing heavy. `faults` gives every mistake in a recipe's arguments,
each at its place, with the nearest name, for a validator of the options to raise.

Stability: stable for callers.
"""

from recbox.plugin.foreign.arguments import advice, faults
from recbox.plugin.foreign.signature import Argument, Signature, classes, folder, signature

__all__ = ["Argument", "Signature", "advice", "classes", "faults", "folder", "signature"]
