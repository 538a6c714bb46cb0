"""The classes: keys, colours, counts. A click gives the class to the selection, or to the next box."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QLineEdit,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.context import Context
from app.document import edits
from app.panels.panel import Panel
from app.widgets.colour_menu import ColourMenu
from app.widgets.icons import icon
from app.widgets.list_view import ListView, paint_ground, paint_keycap
from app.widgets.words import count
from model.data.palette import PALETTE
from model.records import ClassesChange, Edit, LabelClass

Index = QModelIndex | QPersistentModelIndex
CLASS_ROLE = Qt.ItemDataRole.UserRole
COUNT_ROLE = Qt.ItemDataRole.UserRole + 1
NEXT_ROLE = Qt.ItemDataRole.UserRole + 2  # whether the next box gets this class
KEYS = "1234567890"
KEYCAP, SWATCH = 17.0, 13.0  # px
HINT = "No classes yet. Draw a box, and it asks for its name."


class ClassesModel(QAbstractListModel):
    """The document's classes in their order. Renaming is an edit; what is refused is told."""

    refused = Signal(str)  # a sentence

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._classes: tuple[LabelClass, ...] = ()
        self._counts: dict[int, int] = {}
        self._images: dict[int, int] = {}

    def classes(self) -> tuple[LabelClass, ...]:
        return self._classes

    def refresh(self) -> None:
        document = self._context.document
        classes, self._counts = document.classes(), document.class_counts()
        self._images = document.class_images()
        if [c.id for c in classes] == [c.id for c in self._classes]:
            self._classes = classes
            self.touch_all()
        else:
            self.beginResetModel()
            self._classes = classes
            self.endResetModel()

    def touch_all(self) -> None:
        if self._classes:
            self.dataChanged.emit(self.index(0), self.index(len(self._classes) - 1))

    def count(self, row: int) -> int:
        """How many boxes of the project have this class."""
        return self._counts.get(self._classes[row].id, 0)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._classes)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        label_class = self._classes[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return label_class.name
        if role == CLASS_ROLE:
            return label_class
        if role == COUNT_ROLE:
            return self.count(index.row())
        if role == NEXT_ROLE:
            return label_class.id == self._context.session.label
        if role == Qt.ItemDataRole.ToolTipRole:
            boxes, images = self.count(index.row()), self._images.get(label_class.id, 0)
            return f"{label_class.name}: {count(boxes, 'box', 'boxes')} on {count(images, 'image')}"
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        old = self._classes[index.row()]
        name = " ".join(str(value).split())
        if role != Qt.ItemDataRole.EditRole or name == old.name:
            return False
        others = tuple(c for c in self._classes if c.id != old.id)
        try:
            edits.new_class(others, old.id, name)  # the same rules as for a new one
        except ValueError as error:
            self.refused.emit(str(error))
            return False
        self._change(replace(old, name=name), f"Rename {old.name} to {name}")
        return True

    def recolour(self, row: int, colour: str) -> None:
        old = self._classes[row]
        if colour != old.colour:
            self._change(replace(old, colour=colour), f"Change colour of {old.name}")

    def remove(self, row: int) -> None:
        """Take away a class that no box has."""
        gone = self._classes[row]
        after = tuple(c for c in self._classes if c.id != gone.id)
        self._context.document.apply(
            Edit(f"Remove class {gone.name}", (ClassesChange(self._classes, after),))
        )

    def add(self, name: str) -> LabelClass | None:
        """None when the name is refused."""
        document = self._context.document
        try:
            added = edits.new_class(document.classes(), document.project.next_class_id(), name)
        except ValueError as error:
            self.refused.emit(str(error))
            return None
        document.apply(Edit(f"Add class {added.name}", (edits.add_class(document.classes(), added),)))
        return added

    def _change(self, changed: LabelClass, text: str) -> None:
        after = tuple(changed if c.id == changed.id else c for c in self._classes)
        self._context.document.apply(Edit(text, (ClassesChange(self._classes, after),)))


class ClassDelegate(QStyledItemDelegate):
    """Its key, a swatch to click for another colour, the name to type over, the number of boxes."""

    swatch_clicked = Signal(int, QPoint)  # row, place on the screen

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(140, option.fontMetrics.height() + 12)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        label_class: LabelClass = index.data(CLASS_ROLE)
        is_next = bool(index.data(NEXT_ROLE))
        option.state &= (
            ~QStyle.StateFlag.State_Selected
        )  # marked is the session's class, wherever the keyboard is
        if is_next:
            option.state |= QStyle.StateFlag.State_Selected
        paint_ground(painter, option)
        area, palette = QRectF(option.rect), option.palette
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(option.font)
        if index.row() < len(KEYS):
            key = QRectF(area.left() + 10, area.center().y() - KEYCAP / 2, KEYCAP, KEYCAP)
            paint_keycap(painter, key, KEYS[index.row()], palette)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(label_class.colour))
        painter.drawRoundedRect(_swatch_area(area), 3, 3)
        text = _text_area(area)
        count = f"{index.data(COUNT_ROLE):,}"
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, count)
        width = text.width() - option.fontMetrics.horizontalAdvance(count) - 8
        font = painter.font()
        font.setBold(is_next)
        painter.setFont(font)
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        name = painter.fontMetrics().elidedText(
            label_class.name, Qt.TextElideMode.ElideRight, max(0, int(width))
        )
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
        painter.restore()

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        area = _text_area(QRectF(option.rect)).adjusted(-6, 1, 4, -1)
        editor.setGeometry(area.toRect())

    def editorEvent(
        self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        kinds = (
            QEvent.Type.MouseButtonPress,
            QEvent.Type.MouseButtonRelease,
            QEvent.Type.MouseButtonDblClick,
        )
        if event.type() not in kinds or not isinstance(event, QMouseEvent):
            return False
        if not _swatch_area(QRectF(option.rect)).adjusted(-5, -5, 5, 5).contains(event.position()):
            return False
        if event.type() == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
            self.swatch_clicked.emit(index.row(), event.globalPosition().toPoint())
        return True


class ClassesPanel(QWidget):
    """Shows the document's classes and marks the one that the next box gets."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.model = ClassesModel(context, self)
        self.view = ListView(HINT, self)
        self.new_name = QLineEdit(self)
        self._colours = ColourMenu(PALETTE, self)
        self._count_soon = QTimer(self, singleShot=True, interval=0)
        delegate = ClassDelegate(self.view)
        self.view.setModel(self.model)
        self.view.setItemDelegate(delegate)
        self.view.setEditTriggers(ListView.EditTrigger.DoubleClicked | ListView.EditTrigger.EditKeyPressed)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.new_name.setPlaceholderText("Add a class")
        self.new_name.addAction(
            icon("mdi6.plus", QPalette.ColorRole.PlaceholderText), QLineEdit.ActionPosition.LeadingPosition
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 8)
        layout.setSpacing(4)
        layout.addWidget(self.view, 1)
        field = QVBoxLayout()
        field.setContentsMargins(4, 0, 4, 0)
        field.addWidget(self.new_name)
        layout.addLayout(field)
        delegate.swatch_clicked.connect(self._choose_colour)
        self._connect()
        self._refresh()

    def _connect(self) -> None:
        c = self._context
        c.document.classes_changed.connect(self._refresh)
        c.document.opened.connect(self._refresh)
        c.document.labels_changed.connect(self._on_labels_changed)
        c.session.label_changed.connect(self.model.touch_all)
        self._count_soon.timeout.connect(self._refresh)
        self.model.refused.connect(c.notices.warn)
        self.view.clicked.connect(self._on_clicked)
        self.view.customContextMenuRequested.connect(self._show_menu)
        self.new_name.returnPressed.connect(self._add)

    def _on_labels_changed(self, image: int) -> None:
        self._count_soon.start()  # once for an edit that touches many images

    def _refresh(self, *facts: object) -> None:
        self.model.refresh()
        self.new_name.setEnabled(self._context.document.is_open)
        self.view.set_placeholder(HINT if self._context.document.is_open else "")

    # -------------------------------------------------------------------------------- intents

    def _on_clicked(self, index: QModelIndex) -> None:
        self._context.review.choose_class(self.model.classes()[index.row()].id)

    def _add(self) -> None:
        added = self.model.add(self.new_name.text())
        if added is not None:
            self.new_name.clear()
            self._context.session.set_label(added.id)

    def _choose_colour(self, row: int, place: QPoint) -> None:
        chosen = self._colours.ask(self.model.classes()[row].colour, place)
        if chosen:
            self.model.recolour(row, chosen)

    def _show_menu(self, place: QPoint) -> None:
        index = self.view.indexAt(place)
        if not index.isValid():
            return
        menu = self.menu_for(index)
        menu.exec(self.view.viewport().mapToGlobal(place))
        menu.deleteLater()

    def menu_for(self, index: QModelIndex) -> QMenu:
        """What can be done with one class."""
        menu, row = QMenu(self), index.row()
        place = self.view.viewport().mapToGlobal(self.view.visualRect(index).bottomLeft())
        menu.addAction(icon("mdi6.pencil-outline"), "Rename", lambda: self.view.edit(index))
        menu.addAction(icon("mdi6.palette-outline"), "Colour…", lambda: self._choose_colour(row, place))
        boxes = self.model.count(row)
        text = "Remove" if not boxes else f"Remove (it has {count(boxes, 'box', 'boxes')})"
        remove = menu.addAction(icon("mdi6.trash-can-outline"), text, lambda: self.model.remove(row))
        remove.setEnabled(not boxes)
        return menu


def _swatch_area(row: QRectF) -> QRectF:
    return QRectF(row.left() + 10 + KEYCAP + 9, row.center().y() - SWATCH / 2, SWATCH, SWATCH)


def _text_area(row: QRectF) -> QRectF:
    left = _swatch_area(row).right() + 9
    return QRectF(left, row.top(), row.right() - 14 - left, row.height())


PANEL = Panel("classes", "Classes", "right", 10, ClassesPanel, share=4)
