"""What is in view: which picture, or why there is none; which part of it; and which boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QObject, QPointF, QTimer, Signal
from PySide6.QtGui import QImage

from app.canvas.hit import Targets
from app.canvas.message import Message
from app.canvas.picture import Picture
from app.canvas.viewport import XYXY, Viewport
from app.context import Context

SLOW_MS = 250  # an image that is not there by now is said to be on its way
SHARPEN_MS = 80  # of rest, before a large picture is made sharp at a new zoom
NO_TARGETS = Targets()
NO_IMAGE = Message("mdi6.image-outline", "No image is shown", "Choose one in the list, or drop images here.")
GO_ON = "The other images are not affected: go on to the next or the previous one."


@dataclass(frozen=True, slots=True)
class Ground:
    """What is under the boxes. is_prepared: the picture looks sharper after than before."""

    viewport: Viewport
    picture: Picture | None
    message: Message | None
    note: str
    is_prepared: bool


class Ready(Protocol):
    """A decoded image, as app/work/images.py announces it."""

    @property
    def image(self) -> int: ...
    @property
    def qimage(self) -> QImage: ...


class View(QObject):
    """Follows the session's image. What is shown is a picture, or a message, or (not there yet) neither."""

    image_changed = Signal()  # another image
    picture_changed = Signal()  # the same image, of which something else is shown
    labels_changed = Signal()  # of this image
    boxes_changed = Signal()  # those that can be seen
    moved = Signal()  # another part of it, or at another zoom
    zoom_changed = Signal(float)

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.viewport = Viewport()
        self.picture: Picture | None = None
        self.message: Message | None = NO_IMAGE
        self.note = ""  # a line at the lower edge
        self.image: int | None = None
        self.has_size = False  # of the image: without it nobody knows where boxes are
        self._is_fitted = True
        self._targets: Targets | None = None  # None: ask the owners again
        self._slow = QTimer(self, singleShot=True, interval=SLOW_MS)
        self._rest = QTimer(self, singleShot=True, interval=SHARPEN_MS)
        self._slow.timeout.connect(self._on_slow)
        self._rest.timeout.connect(self._on_rested)
        context.session.image_changed.connect(self.show)
        context.session.proposals_changed.connect(self._on_boxes_changed)
        context.session.hidden_changed.connect(self._on_boxes_changed)
        context.document.labels_changed.connect(self._on_labels_changed)
        context.images.thumbnail_ready.connect(self._on_thumbnail_ready)
        self.show(context.session.image)

    # ------------------------------------------------------------------------------------------ the image

    def show(self, image: int | None) -> None:
        """Another image: its thumbnail, if there is one, until the pixels come."""
        if image == self.image:
            return
        self.image, self.has_size = image, False
        self.picture, self.note, self.message = None, "", NO_IMAGE if image is None else None
        self._targets = None
        self._slow.stop()
        if image is not None:
            self._slow.start()
            thumbnail = self._context.images.thumbnail(image)
            if thumbnail is not None:
                self._show_thumbnail(thumbnail)
        self.image_changed.emit()

    def on_ready(self, ready: Ready) -> None:
        if ready.image != self._context.session.image:
            return
        self.show(ready.image)
        self._slow.stop()
        self.note = ""
        self._show_picture(Picture(ready.qimage), (ready.qimage.width(), ready.qimage.height()))
        self.picture_changed.emit()

    def on_failed(self, image: int, sentence: str) -> None:
        if image != self._context.session.image:
            return
        self.show(image)
        self._slow.stop()
        self.picture, self.note, self.has_size, self._targets = None, "", False, None
        self.message = Message("mdi6.image-broken-variant", sentence, GO_ON)
        self.picture_changed.emit()

    def _on_thumbnail_ready(self, image: int, thumbnail: QImage) -> None:
        if image == self.image and self.picture is None and self.message is None:
            self._show_thumbnail(thumbnail)
            self.picture_changed.emit()

    def _show_thumbnail(self, thumbnail: QImage) -> None:
        """Stretched to the image's size, where that is known: then boxes can be worked on already."""
        if self.image is None or not self._context.document.has_image(self.image) or thumbnail.isNull():
            return
        row = self._context.document.image(self.image)
        if row.width and row.height:
            self._show_picture(Picture(thumbnail), (row.width, row.height))
        elif not self._keeps:  # of an unknown size, no part of it could be the part that was kept
            self._show_picture(Picture(thumbnail), None)

    def _show_picture(self, picture: Picture, size: tuple[int, int] | None) -> None:
        """size (width, height) of the image, px; None while it is not known."""
        is_first = self.picture is None
        self.picture, self.message, self.has_size = picture, None, size is not None
        self._targets = None
        shown = (float(size[0]), float(size[1])) if size is not None else picture.size
        if is_first or shown != self.viewport.image:
            viewport = self.viewport.of_image(*shown)
            if not self._keeps:
                self._is_fitted = True
                viewport = viewport.fitted()
            self._move(viewport)
        self._sharpen_soon()

    @property
    def _keeps(self) -> bool:
        """Whether zoom and place stay from image to image. What was fitted is followed by what is."""
        return self._context.settings.keep_view and not self._is_fitted

    def _on_slow(self) -> None:
        if self._context.document.has_image(self.image) and self.image is not None:
            self.note = f"Opening {self._context.document.image(self.image).path}…"
            self.picture_changed.emit()

    def ground(self) -> Ground:
        is_prepared = self.picture is not None and self.picture.is_prepared(self.viewport)
        return Ground(self.viewport, self.picture, self.message, self.note, is_prepared)

    # ------------------------------------------------------------------------------------------ the boxes

    @property
    def is_editable(self) -> bool:
        """Whether boxes can be seen and worked on."""
        return self.has_size and not self._context.session.hidden

    def targets(self) -> Targets:
        """The labels and proposals that can be seen."""
        if self._targets is None:
            document, image = self._context.document, self.image
            if image is not None and self.is_editable and document.has_image(image):
                self._targets = Targets(document.labels(image).boxes, self._context.session.proposals())
            else:
                self._targets = NO_TARGETS
        return self._targets

    def _on_labels_changed(self, image: int) -> None:
        if image == self.image:
            self._targets = None
            self.labels_changed.emit()

    def _on_boxes_changed(self, *facts: object) -> None:
        self._targets = None
        self.boxes_changed.emit()

    # ----------------------------------------------------------------------------------------- zoom and place

    def point_at(self, at: tuple[float, float] | None) -> QPointF | None:
        """The image point at a place of the widget; None outside the picture."""
        if at is None or not self.has_size:
            return None
        x, y = self.viewport.to_image(*at)
        width, height = self.viewport.image
        return QPointF(x, y) if 0.0 <= x <= width and 0.0 <= y <= height else None

    def fit(self) -> None:
        """The whole picture, as large as can be; and it stays so when the widget changes."""
        self._is_fitted = True
        self._move(self.viewport.fitted())

    def zoom_to(self, zoom: float, at: tuple[float, float] | None) -> None:
        """at (widget px) stays where it is; the middle, if None."""
        self._is_fitted = False
        self._move(self.viewport.zoomed(zoom, at))

    def zoom_by(self, factor: float, at: tuple[float, float] | None) -> None:
        self.zoom_to(self.viewport.zoom * factor, at)

    def shift(self, dx: float, dy: float) -> None:
        """Move the picture by image px."""
        if (dx, dy) != (0.0, 0.0):
            self._is_fitted = False
            self._move(self.viewport.shifted(dx, dy))

    def reveal(self, xyxy: XYXY) -> None:
        """Bring a box into view, if nothing of it is."""
        viewport = self.viewport.revealing(xyxy)
        self._is_fitted = self._is_fitted and viewport == self.viewport
        self._move(viewport)

    def set_widget(self, width: float, height: float, ratio: float) -> None:
        """The widget has another size (widget px), or is on another screen."""
        viewport = self.viewport.in_widget(width, height, ratio)
        self._move(viewport.fitted() if self._is_fitted else viewport)

    def _move(self, viewport: Viewport) -> None:
        before, self.viewport = self.viewport, viewport
        if viewport.zoom != before.zoom:
            self._sharpen_soon()
            self.zoom_changed.emit(viewport.zoom)
        if viewport != before:
            self.moved.emit()

    def _sharpen_soon(self) -> None:
        """Large pictures wait until the wheel rests."""
        if self.picture is None or self.picture.is_prepared(self.viewport):
            return
        if self.picture.is_small:
            self.picture.prepare(self.viewport)
        else:
            self._rest.start()

    def _on_rested(self) -> None:
        if self.picture is not None:
            self.picture.prepare(self.viewport)
            self.picture_changed.emit()
