"""Whether an artifact is what it says: a table of checks, each with what was seen.

`Subject` (the artifact, its recipe, what is measured again) → a module for each group of checks → `Check` →
`Verification`. Nothing is ever changed or written, no ledger either.
"""

from recbox.verification.check import Check
from recbox.verification.verifying import Verification, verify

__all__ = ["Check", "Verification", "verify"]
