"""The Python API: `run`, `load` and `check`; the command line is a thin caller of it."""
