"""The images of the project: found by name or state, shown small, marked with what was said about them."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QImage, QKeyEvent, QPainter, QPainterPath, QPalette
from PySide6.QtWidgets import QLineEdit, QStyledItemDelegate, QStyleOptionViewItem, QVBoxLayout, QWidget

from app.context import Context
from app.panels.panel import Panel
from app.widgets.choice_list import ChoiceList
from app.widgets.icons import icon
from app.widgets.list_view import ListView, paint_ground
from model.records import ImageRow, State

Index = QModelIndex | QPersistentModelIndex
ROW_ROLE = Qt.ItemDataRole.UserRole
CAPTION_ROLE = Qt.ItemDataRole.UserRole + 1
ALL = "all"
MARKS = {
    State.TO_DO: "mdi6.circle-outline",
    State.DONE: "mdi6.check-circle",
    State.EMPTY: "mdi6.circle-off-outline",
}
FILTERS = (
    (ALL, "All", "mdi6.image-multiple-outline"),
    (State.TO_DO, "To do", MARKS[State.TO_DO]),
    (State.DONE, "Done", MARKS[State.DONE]),
    (State.EMPTY, "Nothing here", MARKS[State.EMPTY]),
)
ROW_HEIGHT, THUMBNAIL = 54, QSize(58, 44)  # px
MARK = 14  # px


def matching(rows: Sequence[ImageRow], words: str, state: str) -> list[int]:
    """The ids of the images in this state ("all" for any) whose path holds every word, in their order."""
    parts = words.casefold().split()
    if state != ALL:
        rows = [row for row in rows if row.state == state]
    if parts:
        rows = [row for row in rows if all(part in row.path.casefold() for part in parts)]
    return [row.id for row in rows]


class ImagesModel(QAbstractListModel):
    """The ids to show, in the document's order; everything else is asked of the owners when it is painted."""

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._ids: list[int] = []
        self._folders_shown = False

    def show_folders(self, shown: bool) -> None:
        """Say in which folder an image lies: where there are several, two may have the same name."""
        if shown != self._folders_shown:
            self._folders_shown = shown
            self.touch_all()

    def ids(self) -> list[int]:
        return self._ids

    def set_ids(self, ids: list[int]) -> None:
        self.beginResetModel()
        self._ids = ids
        self.endResetModel()

    def row_of(self, image: int | None) -> int:
        """-1 where the image is not shown."""
        document = self._context.document
        if image is None or not document.has_image(image):
            return -1
        row = bisect_left(self._ids, document.position(image), key=document.position)
        return row if row < len(self._ids) and self._ids[row] == image else -1

    def touch(self, image: int) -> None:
        """Something about this image is different: paint it again."""
        row = self.row_of(image)
        if row >= 0:
            self.dataChanged.emit(self.index(row), self.index(row))

    def touch_all(self) -> None:
        if self._ids:
            self.dataChanged.emit(self.index(0), self.index(len(self._ids) - 1))

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._ids)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        document = self._context.document
        image = self._ids[index.row()]
        if not document.has_image(image):
            return None
        row = document.image(image)
        if role == ROW_ROLE:
            return row
        if role == CAPTION_ROLE:
            return caption(row, self._folders_shown)
        if role == Qt.ItemDataRole.DisplayRole:
            return row.path
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(row)
        if role == Qt.ItemDataRole.DecorationRole:
            thumbnail = self._context.images.thumbnail(image)
            if thumbnail is None and not row.problem:
                self._context.images.request_thumbnail(image, document.path(image))
            return thumbnail
        return None


def tooltip(row: ImageRow) -> str:
    size = f"{row.width} × {row.height} px" if row.width else ""
    return "\n".join(part for part in (row.path, row.problem or size) if part)


def caption(row: ImageRow, with_folder: bool = False) -> str:
    """The second line of a row."""
    said = _said(row)
    folder = row.path.rpartition("/")[0]
    return f"{said} · {folder}" if with_folder and folder else said


def _said(row: ImageRow) -> str:
    if row.problem:
        return "Cannot be read"  # why is in the tooltip, and on the canvas
    boxes = "" if not row.box_count else "1 box" if row.box_count == 1 else f"{row.box_count:,} boxes"
    said = {State.TO_DO: "to do", State.DONE: "done", State.EMPTY: "nothing here"}[row.state]
    return f"{boxes}, {said}" if boxes else said.capitalize()


class ImageDelegate(QStyledItemDelegate):
    """A thumbnail, the file's name, and how far one got with it: told by a shape as well as by a colour."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(THUMBNAIL.width() + 100, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: ImageRow | None = index.data(ROW_ROLE)
        if row is None:
            return
        paint_ground(painter, option)
        palette = option.palette
        rect = option.rect
        picture = QRect(
            rect.left() + 9, rect.center().y() - THUMBNAIL.height() // 2 + 1, *THUMBNAIL.toTuple()
        )
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        self._paint_thumbnail(
            painter, picture, index.data(Qt.ItemDataRole.DecorationRole), bool(row.problem), palette
        )
        text = QRect(picture.right() + 10, rect.top(), rect.right() - picture.right() - 20, rect.height())
        line = option.fontMetrics.height()
        top = text.adjusted(0, rect.height() // 2 - line - 1, 0, 0)
        top.setHeight(line)
        painter.setFont(option.font)
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        file = row.path.rpartition("/")[2]
        elided = option.fontMetrics.elidedText(file, Qt.TextElideMode.ElideMiddle, text.width())
        # on its base line: a name in another script, of taller letters, would be cut off in a box
        painter.drawText(top.left(), top.top() + option.fontMetrics.ascent(), elided)
        self._paint_caption(painter, top.translated(0, line + 3), row, index.data(CAPTION_ROLE), option)
        painter.restore()

    @staticmethod
    def _paint_caption(
        painter: QPainter, area: QRect, row: ImageRow, text: str, option: QStyleOptionViewItem
    ) -> None:
        muted = QPalette.ColorRole.PlaceholderText
        name, colour, ink = MARKS[row.state], muted, muted
        if row.problem:
            name, colour, ink = (
                "mdi6.alert-circle",
                QPalette.ColorRole.BrightText,
                QPalette.ColorRole.BrightText,
            )
        elif row.state is State.DONE:
            colour = QPalette.ColorRole.Accent
        mark = QRect(area.left(), area.center().y() - MARK // 2 + 1, MARK, MARK)
        icon(name, colour).paint(painter, mark)
        small = QFont(option.font)
        small.setPointSizeF(option.font.pointSizeF() * 0.92)
        painter.setFont(small)
        painter.setPen(option.palette.color(ink))
        words = area.adjusted(MARK + 6, 0, 0, 0)
        below = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, below)

    @staticmethod
    def _paint_thumbnail(
        painter: QPainter, area: QRect, thumbnail: QImage | None, broken: bool, palette: QPalette
    ) -> None:
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(area), 4, 4)
        painter.save()
        painter.setClipPath(shape)
        painter.fillRect(area, palette.color(QPalette.ColorRole.Mid))
        if thumbnail is not None:
            source = QSize(area.size()).scaled(thumbnail.size(), Qt.AspectRatioMode.KeepAspectRatio)
            part = QRect(0, 0, *source.toTuple())
            part.moveCenter(thumbnail.rect().center())
            painter.drawImage(area, thumbnail, part)  # fills its place, the middle of the picture
        else:
            place = QRect(0, 0, 20, 20)
            place.moveCenter(area.center())
            name = "mdi6.image-broken-variant" if broken else "mdi6.image-outline"
            icon(name, QPalette.ColorRole.PlaceholderText).paint(painter, place)
        painter.restore()
        edge = QColor(palette.color(QPalette.ColorRole.Text))
        edge.setAlphaF(0.12)
        painter.setPen(edge)
        painter.drawPath(shape)


class SearchField(QLineEdit):
    """Esc clears it, and once more gives the keyboard back."""

    def __init__(self, placeholder: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setPlaceholderText(placeholder)
        self.setClearButtonEnabled(True)
        self.setAcceptDrops(False)  # files are for the window
        self.addAction(
            icon("mdi6.magnify", QPalette.ColorRole.PlaceholderText), QLineEdit.ActionPosition.LeadingPosition
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            if self.text():
                self.clear()
            else:
                self.clearFocus()
            return
        super().keyPressEvent(event)


class ImagesPanel(QWidget):
    """Shows the document's images; the row chosen is the session's image."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.search = SearchField("Find by name", self)
        self.filters = ChoiceList(FILTERS, self)
        self.model = ImagesModel(context, self)
        self.view = ListView(parent=self)
        self.view.setModel(self.model)
        self.view.setItemDelegate(ImageDelegate(self.view))
        self._states: dict[
            int, State
        ] = {}  # as counted last, so that one edit costs one step and not a walk over all
        self._counts: Counter[State] = Counter()
        self.setFocusProxy(self.view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 0)
        layout.setSpacing(6)
        layout.addWidget(self.search)
        layout.addWidget(self.filters)
        layout.addWidget(self.view, 1)
        self._connect()
        self._refill()

    def _connect(self) -> None:
        c = self._context
        c.document.opened.connect(self._on_opened)
        c.document.images_changed.connect(self._refill)
        c.document.labels_changed.connect(self._on_labels_changed)
        c.session.image_changed.connect(self._show_current)
        c.images.thumbnail_ready.connect(self._on_thumbnail_ready)
        self.search.textChanged.connect(self._refill)
        self.search.returnPressed.connect(self._take_first)
        self.filters.chosen.connect(self._refill)
        self.view.selectionModel().selectionChanged.connect(self._on_chosen)

    # -------------------------------------------------------------------------------- facts

    def _on_opened(self, folder: object) -> None:
        self.search.clear()
        self.filters.choose(ALL)

    def _on_labels_changed(self, image: int) -> None:
        state = self._context.document.image(image).state
        if state != self._states.get(image):
            self._counts[self._states[image]] -= 1
            self._counts[state] += 1
            self._states[image] = state
            self._show_counts()
            if self.filters.choice() != ALL:
                self._fill()
        self.model.touch(image)

    def _on_thumbnail_ready(self, image: int, thumbnail: QImage) -> None:
        self.model.touch(image)

    def _on_chosen(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        for index in selected.indexes():
            self._context.session.show(self.model.ids()[index.row()])

    def _take_first(self) -> None:
        """Enter in the search field: show the first image found, and give it the keyboard."""
        if self.model.ids():
            self._context.session.show(self.model.ids()[0])
            self.view.setFocus()

    # -------------------------------------------------------------------------------- showing

    def _refill(self) -> None:
        rows = self._context.document.images()
        self._states = {row.id: row.state for row in rows}
        self.model.show_folders(len({row.path.rpartition("/")[0] for row in rows}) > 1)
        self._counts = Counter(self._states.values())
        self._show_counts()
        self._fill()

    def _fill(self) -> None:
        rows = self._context.document.images()
        ids = matching(rows, self.search.text(), self.filters.choice())
        self._context.session.set_walk(None if len(ids) == len(rows) else ids)
        if ids == self.model.ids():
            self.model.touch_all()
            return
        top = self.view.indexAt(self.view.viewport().rect().topLeft())
        first = self.model.ids()[top.row()] if top.isValid() else None
        self.model.set_ids(ids)
        self.view.set_placeholder(
            "No image is like this." if rows else "The images of the folder you open stand here."
        )
        row = self.model.row_of(first)
        if row >= 0:  # what was in view stays in view
            self.view.scrollTo(self.model.index(row), ListView.ScrollHint.PositionAtTop)
        self._show_current(self._context.session.image)

    def _show_counts(self) -> None:
        self.filters.set_numbers({ALL: len(self._states), **{state: self._counts[state] for state in State}})

    def _show_current(self, image: int | None) -> None:
        row = self.model.row_of(image)
        if row < 0:
            self.view.selectionModel().clear()
            return
        index = self.model.index(row)
        if not self.view.selectionModel().isSelected(index):
            self.view.selectionModel().setCurrentIndex(
                index, QItemSelectionModel.SelectionFlag.ClearAndSelect
            )
        self.view.scrollTo(index)


PANEL = Panel("images", "Images", "left", 10, ImagesPanel)
