"""What a run has to say in words: each thing once."""

from __future__ import annotations

from collections.abc import Iterable


class Notes:
    """Sentences that wait to be told."""

    def __init__(self) -> None:
        self._new: list[str] = []
        self._told: set[str] = set()

    def add(self, notes: Iterable[str]) -> None:
        self._new += notes

    def take(self) -> tuple[str, ...]:
        """What was added since the last call, but nothing that was told before."""
        fresh = tuple(note for note in dict.fromkeys(self._new) if note not in self._told)
        self._new = []
        self._told.update(fresh)
        return fresh
