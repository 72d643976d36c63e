"""The contract kit: what every plugin of a kind must keep, as checks that anybody can run.

`laws(MyLayer)` gives them to pytest, `run(MyLayer)` returns a `Report`, and `recbox plugins test` prints it.
"""

from typing import TYPE_CHECKING

from recbox.lazy import lazily

if TYPE_CHECKING:
    from recbox.contract.report import Report, Result
    from recbox.contract.running import run
    from recbox.contract.testing import laws

_HOME = {"Report": ".report", "Result": ".report", "run": ".running", "laws": ".testing"}

__all__ = ["Report", "Result", "laws", "run"]

__getattr__ = lazily(__name__, _HOME)
