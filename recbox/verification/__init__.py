"""Whether an artifact is what it says: a table of checks, each with what was seen."""
