"""The boxes of the image in view. What is selected here is selected on the canvas, and vice versa."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPalette, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QVBoxLayout, QWidget

from app.context import Context
from app.document import edits
from app.panels.panel import Panel
from app.widgets.icons import icon
from app.widgets.list_view import ListView, paint_ground
from model.records import Box, LabelClass

Index = QModelIndex | QPersistentModelIndex
BOX_ROLE = Qt.ItemDataRole.UserRole
CLASS_ROLE = Qt.ItemDataRole.UserRole + 1
SWATCH, FLAG = 11.0, 18.0  # px
AREA = "Area to ignore"
HINT = "No boxes yet. Press W and drag around an object."


class BoxesModel(QAbstractListModel):
    """The document's boxes of the session's image, in the order they were drawn."""

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._boxes: tuple[Box, ...] = ()

    def boxes(self) -> tuple[Box, ...]:
        return self._boxes

    def refresh(self) -> None:
        document, image = self._context.document, self._context.session.image
        boxes = document.labels(image).boxes if image is not None and document.has_image(image) else ()
        if [box.uid for box in boxes] == [box.uid for box in self._boxes]:
            self._boxes = boxes  # moved or renamed: the rows are the same
            self.touch_all()
        else:
            self.beginResetModel()
            self._boxes = boxes
            self.endResetModel()

    def touch_all(self) -> None:
        if self._boxes:
            self.dataChanged.emit(self.index(0), self.index(len(self._boxes) - 1))

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._boxes)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        box = self._boxes[index.row()]
        if role == BOX_ROLE:
            return box
        if role == CLASS_ROLE:
            return self._context.document.label_class(box.label)
        if role == Qt.ItemDataRole.DisplayRole:
            if box.ignore:
                return AREA
            return self._context.document.label_class(box.label).name
        if role == Qt.ItemDataRole.ToolTipRole:
            flags = [name for name in ("difficult", "truncated", "occluded") if getattr(box, name)]
            flags += ["nothing in this area is learned, and nothing is a mistake"] if box.ignore else []
            place = f"x {box.xmin:.0f} to {box.xmax:.0f}, y {box.ymin:.0f} to {box.ymax:.0f} px"
            return "\n".join((place, *flags))
        return None

    def set_difficult(self, row: int, difficult: bool) -> None:
        document, image = self._context.document, self._context.session.image
        if image is None:
            return
        before = document.labels(image)
        uids = frozenset((self._boxes[row].uid,))
        document.apply(edits.set_mark(image, before, uids, "difficult", difficult))


class BoxDelegate(QStyledItemDelegate):
    """A swatch, the class, the size, and a flag to click for "difficult". An area to ignore has no class."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(140, option.fontMetrics.height() + 11)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        box: Box = index.data(BOX_ROLE)
        label_class: LabelClass = index.data(CLASS_ROLE)
        paint_ground(painter, option)
        area, palette = QRectF(option.rect), option.palette
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        swatch = QRectF(area.left() + 13, area.center().y() - SWATCH / 2, SWATCH, SWATCH)
        pen = QPen(palette.color(QPalette.ColorRole.PlaceholderText), 1.4, Qt.PenStyle.DotLine)
        painter.setPen(pen if box.ignore else QPen(QColor(label_class.colour), 2.2))
        painter.drawRoundedRect(swatch, 2, 2)
        flag = _flag_area(area)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if box.ignore:
            pass  # difficult to see or not, it is no object
        elif box.difficult:
            icon("mdi6.flag", QPalette.ColorRole.Accent).paint(painter, flag.toRect())
        elif hovered:
            icon("mdi6.flag-outline", QPalette.ColorRole.PlaceholderText).paint(painter, flag.toRect())
        size = f"{box.width:.0f} × {box.height:.0f} px"
        size_width = option.fontMetrics.horizontalAdvance(size)
        text = QRectF(swatch.right() + 10, area.top(), flag.left() - swatch.right() - 18, area.height())
        painter.setFont(option.font)
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, size)
        muted = QPalette.ColorRole.PlaceholderText if box.ignore else QPalette.ColorRole.Text
        painter.setPen(palette.color(muted))
        name = option.fontMetrics.elidedText(
            index.data(), Qt.TextElideMode.ElideRight, max(0, int(text.width() - size_width - 8))
        )
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
        painter.restore()

    def editorEvent(
        self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        """A click on the flag flips it, and does not change what is selected."""
        kinds = (
            QEvent.Type.MouseButtonPress,
            QEvent.Type.MouseButtonRelease,
            QEvent.Type.MouseButtonDblClick,
        )
        if (
            event.type() not in kinds
            or not isinstance(event, QMouseEvent)
            or not isinstance(model, BoxesModel)
        ):
            return False
        is_on_flag = _flag_area(QRectF(option.rect)).adjusted(-6, -6, 6, 6).contains(event.position())
        if not is_on_flag or model.boxes()[index.row()].ignore:
            return False
        if event.type() == QEvent.Type.MouseButtonRelease and event.button() == Qt.MouseButton.LeftButton:
            model.set_difficult(index.row(), not model.boxes()[index.row()].difficult)
        return True


class BoxesPanel(QWidget):
    """Shows the boxes of the session's image, and shares its selection."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.model = BoxesModel(context, self)
        self.view = ListView(HINT, self)
        self.view.setModel(self.model)
        self.view.setItemDelegate(BoxDelegate(self.view))
        self.view.setSelectionMode(ListView.SelectionMode.ExtendedSelection)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self.view)
        context.session.image_changed.connect(self._on_image_changed)
        context.document.labels_changed.connect(self._on_labels_changed)
        context.document.classes_changed.connect(self.model.touch_all)
        context.session.selection_changed.connect(self._show_selection)
        self.view.selectionModel().selectionChanged.connect(self._on_chosen)
        self._refresh()

    def _on_image_changed(self, image: int | None) -> None:
        self.view.set_placeholder(HINT if image is not None else "")
        self._refresh()

    def _on_labels_changed(self, image: int) -> None:
        if image == self._context.session.image:
            self._refresh()

    def _refresh(self) -> None:
        self.model.refresh()
        self._show_selection()

    def _chosen(self) -> frozenset[int]:
        boxes = self.model.boxes()
        return frozenset(boxes[index.row()].uid for index in self.view.selectionModel().selectedIndexes())

    def _on_chosen(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        self._context.session.select(self._chosen())

    def _show_selection(self) -> None:
        wanted = self._context.session.selection & {box.uid for box in self.model.boxes()}
        if wanted == self._chosen():
            return
        selection = QItemSelection()
        rows = [row for row, box in enumerate(self.model.boxes()) if box.uid in wanted]
        for row in rows:
            selection.select(self.model.index(row), self.model.index(row))
        self.view.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if rows:
            self.view.scrollTo(self.model.index(rows[0]))


def _flag_area(row: QRectF) -> QRectF:
    return QRectF(row.right() - 12 - FLAG, row.center().y() - FLAG / 2, FLAG, FLAG)


PANEL = Panel("boxes", "Boxes of this image", "right", 20, BoxesPanel, share=3)
