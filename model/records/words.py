"""Turns of phrase that several sentences have."""

from __future__ import annotations

from collections.abc import Sequence


def named(items: Sequence[str], most: int) -> str:
    """The first of some items by name, the rest counted: "a.jpg, b.jpg and 3 more"."""
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(items[:most]) + more
