"""Writers: one file and one class each, found through entry points."""
