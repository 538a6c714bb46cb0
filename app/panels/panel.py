"""What a module of this folder exports as PANEL: one dock of the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from app.context import Context


@dataclass(frozen=True, slots=True)
class Panel:
    """name is what settings keep the place of the dock under: once given, it stays."""

    name: str
    title: str
    area: str  # "left" or "right"
    order: int  # from the top of its area
    make: Callable[[Context], QWidget]
    share: int = 4  # of the area's height, beside the other panels'
