"""What a run has to say in words: each thing once."""

from __future__ import annotations

from collections.abc import Iterable


class Notes:
    """Sentences that wait to be told."""

    def __init__(self) -> None:
        self._new: list[str] = []
        self._told: dict[str, None] = {}  # in their order

    def add(self, notes: Iterable[str]) -> None:
        self._new += notes

    def take(self) -> tuple[str, ...]:
        """What was added since the last call, but nothing that was told before."""
        fresh = tuple(note for note in dict.fromkeys(self._new) if note not in self._told)
        self._new = []
        self._told.update(dict.fromkeys(fresh))
        return fresh

    def tell(self, note: str) -> None:
        """It is told just now, in another way."""
        self._told[note] = None

    @property
    def told(self) -> tuple[str, ...]:
        """All that was told so far."""
        return tuple(self._told)
