"""The shape of the mouse cursor: what a press would do."""

from __future__ import annotations

from PySide6.QtCore import Qt

from app.canvas.hit import Side

Shape = Qt.CursorShape

TOOL_SHAPES = {"arrow": Shape.ArrowCursor, "cross": Shape.CrossCursor, "hand": Shape.OpenHandCursor}
SIDE_SHAPES = {
    Side.LEFT: Shape.SizeHorCursor,
    Side.RIGHT: Shape.SizeHorCursor,
    Side.TOP: Shape.SizeVerCursor,
    Side.BOTTOM: Shape.SizeVerCursor,
    Side.LEFT | Side.TOP: Shape.SizeFDiagCursor,
    Side.RIGHT | Side.BOTTOM: Shape.SizeFDiagCursor,
    Side.RIGHT | Side.TOP: Shape.SizeBDiagCursor,
    Side.LEFT | Side.BOTTOM: Shape.SizeBDiagCursor,
}


def over(sides: Side, is_selected: bool) -> Qt.CursorShape:
    """Over a box: pull an edge, move it, or (not selected yet) point at it."""
    return SIDE_SHAPES.get(sides, Shape.SizeAllCursor if is_selected else Shape.PointingHandCursor)
