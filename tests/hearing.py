"""What a run tells its user."""

from __future__ import annotations

from recbox.progress import Silent


class Heard(Silent):
    """Keeps notices."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def notice(self, message: str, level: str = "info") -> None:
        self.said.append(message)
