"""What the canvas shows, in three layers: the picture, the boxes on it, and what moves with the mouse."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QPainter, QPalette
from PySide6.QtWidgets import QWidget

from app.canvas.hit import Target, Targets
from app.canvas.layers import Layer
from app.canvas.names import Names
from app.canvas.overlay import Overlay
from app.canvas.paint import Brushwork
from app.canvas.picture import paint_shadow
from app.canvas.tags import READOUT_GROUND, Tag, Tags
from app.canvas.view import Ground
from app.canvas.viewport import Viewport
from model.records import Detection, LabelClass

NOTE_SPACE = 14.0  # widget px between a note and the lower edge


@dataclass(frozen=True, slots=True)
class Still:
    """The boxes that are drawn where they are stored, and how. Targets are equal when they are one object."""

    targets: Targets
    selection: frozenset[int] = frozenset()
    proposal: Detection | None = None  # the selected one
    lifted: frozenset[int] = frozenset()  # labels that a gesture holds: the overlay draws them
    lifted_proposal: Detection | None = None

    def plain(self) -> list[Target]:
        """What to draw as it is, labels over proposals, less what is selected."""
        gone, bold = self.selection | self.lifted, (self.lifted_proposal, self.proposal)
        proposals: list[Target] = [p for p in self.targets.proposals if p not in bold]
        labels: list[Target] = [box for box in self.targets.boxes if box.uid not in gone]
        return proposals + labels

    def chosen(self) -> list[Target]:
        """What is selected, and not held."""
        uids = self.selection - self.lifted
        chosen: list[Target] = [box for box in self.targets.boxes if box.uid in uids] if uids else []
        if self.proposal is not None and self.proposal != self.lifted_proposal:
            chosen += [p for p in self.targets.proposals if p == self.proposal]
        return chosen


class Screen:
    """Paints for a widget, whose font, palette and device it asks."""

    def __init__(self, widget: QWidget) -> None:
        self._widget = widget
        self._ground = Layer()
        self._still = Layer()
        self._brush_key: object = None
        self._brush: Brushwork | None = None
        self._tags_key: object = None
        self._tags: Tags | None = None

    @property
    def boxes_painted(self) -> int:
        """How often all boxes were painted."""
        return self._still.painted

    def brush(self, viewport: Viewport, classes: tuple[LabelClass, ...]) -> Brushwork:
        """To paint boxes with, or to ask how much room they take."""
        font, ratio = self._widget.font(), viewport.ratio
        accent = self._widget.palette().color(QPalette.ColorRole.Accent).name()
        if self._tags is None or (font, ratio) != self._tags_key:
            self._tags, self._tags_key = Tags(font, ratio), (QFont(font), ratio)
        key = (viewport, classes, accent, self._tags)
        if self._brush is None or key != self._brush_key:
            names = Names(classes, accent)
            self._brush, self._brush_key = Brushwork(viewport, names.tag_of, self._tags), key
        return self._brush

    def paint(
        self, painter: QPainter, ground: Ground, brush: Brushwork, still: Still, overlay: Overlay
    ) -> None:
        """Everything, within the painter's clip."""
        viewport = ground.viewport
        palette_key = self._widget.palette().cacheKey()

        def paint_still(layer: QPainter) -> None:
            picture = self._ground.get(
                (ground, palette_key),
                viewport.widget,
                viewport.ratio,
                lambda p: self._paint_ground(p, ground),
            )
            layer.drawPixmap(QPointF(0.0, 0.0), picture)
            if ground.picture is not None:
                self._paint_boxes(layer, brush, still)
            self._paint_note(layer, viewport, brush.tags, ground.note)

        key = (ground, palette_key, brush, still)
        painter.drawPixmap(
            QPointF(0.0, 0.0), self._still.get(key, viewport.widget, viewport.ratio, paint_still)
        )
        overlay.paint(painter, brush, self._widget.palette().color(QPalette.ColorRole.Accent))

    def _paint_ground(self, painter: QPainter, ground: Ground) -> None:
        palette, viewport = self._widget.palette(), ground.viewport
        area = QRectF(0.0, 0.0, *viewport.widget)
        painter.fillRect(area, palette.color(QPalette.ColorRole.Dark))
        if ground.message is not None:
            ground.message.paint(painter, area, self._widget.font(), palette)
        elif ground.picture is not None:
            paint_shadow(painter, area, viewport.picture, palette.color(QPalette.ColorRole.Shadow))
            ground.picture.paint(painter, viewport)

    def _paint_boxes(self, painter: QPainter, brush: Brushwork, still: Still) -> None:
        chosen = still.chosen()
        brush.paint_all(painter, still.plain())
        if len(chosen) == 1:
            brush.paint_one(painter, chosen[0], filled=False, handles=True)
        else:
            brush.paint_many(painter, chosen)

    def _paint_note(self, painter: QPainter, viewport: Viewport, tags: Tags, note: str) -> None:
        if note:
            tag = Tag(note, READOUT_GROUND)
            width, height = tags.size(tag)
            place = ((viewport.widget[0] - width) / 2, viewport.widget[1] - height - NOTE_SPACE)
            tags.paint(painter, tag, place)
