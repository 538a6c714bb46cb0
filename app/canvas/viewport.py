"""Where the picture lies in the widget: image px <-> widget px. Pure arithmetic in floats, without Qt.

Widget px are Qt's logical pixels; a screen of ratio 2 has 2 device pixels to each. Zoom counts device pixels:
at zoom 1 each pixel of the image is one pixel of the screen, on every screen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

LEAST_ZOOM, MOST_ZOOM = 0.05, 64.0
FIT_MARGIN = 22.0  # widget px around a fitted picture: room for the name tags of boxes at its edge
# where zooming by keys stops: numbers that people know
STOPS = (
    0.05, 0.07, 0.1, 0.15, 0.2, 0.25, 0.33, 0.5, 0.67, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0,
    16.0, 24.0, 32.0, 48.0, 64.0,
)  # fmt: skip

XYXY = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Viewport:
    """A view of an image in a widget. Sizes are (width, height); centre is the image point in the middle.

    The middle of the widget always lies on the picture: the picture cannot get lost, and each corner can
    be brought to the middle.
    """

    image: tuple[float, float] = (1.0, 1.0)  # px
    widget: tuple[float, float] = (1.0, 1.0)  # widget px
    ratio: float = 1.0  # device pixels to a widget px
    zoom: float = 1.0  # device pixels to an image px
    centre: tuple[float, float] = (0.5, 0.5)  # image px

    @property
    def scale(self) -> float:
        """Widget px to an image px."""
        return self.zoom / self.ratio

    @property
    def origin(self) -> tuple[float, float]:
        """The image's (0, 0) in widget px, on a whole device pixel: at zoom 1 pixels meet pixels."""
        x = self.widget[0] / 2 - self.centre[0] * self.scale
        y = self.widget[1] / 2 - self.centre[1] * self.scale
        return round(x * self.ratio) / self.ratio, round(y * self.ratio) / self.ratio

    # ------------------------------------------------------------------------------------ image <-> widget

    def to_image(self, x_widget: float, y_widget: float) -> tuple[float, float]:
        left, top = self.origin
        return (x_widget - left) / self.scale, (y_widget - top) / self.scale

    def to_widget(self, x: float, y: float) -> tuple[float, float]:
        left, top = self.origin
        return left + x * self.scale, top + y * self.scale

    def box_to_widget(self, xyxy: XYXY) -> XYXY:
        return (*self.to_widget(*xyxy[:2]), *self.to_widget(*xyxy[2:]))

    @property
    def picture(self) -> XYXY:
        """The whole picture, in widget px."""
        return self.box_to_widget((0.0, 0.0, *self.image))

    @property
    def visible(self) -> XYXY:
        """The part of the image that is in view, image px; without area where nothing is."""
        xmin, ymin = self.to_image(0.0, 0.0)
        xmax, ymax = self.to_image(*self.widget)
        width, height = self.image
        return max(0.0, xmin), max(0.0, ymin), min(width, xmax), min(height, ymax)

    # ------------------------------------------------------------------------------------------ other views

    @property
    def fit_zoom(self) -> float:
        """The zoom at which the whole picture is as large as can be."""
        room = (max(1.0, side - 2 * FIT_MARGIN) for side in self.widget)
        scale = min(side / extent for side, extent in zip(room, self.image, strict=True))
        return _allowed(scale * self.ratio)

    def fitted(self) -> Self:
        return replace(self, zoom=self.fit_zoom, centre=(self.image[0] / 2, self.image[1] / 2))

    def zoomed(self, zoom: float, at: tuple[float, float] | None = None) -> Self:
        """Another zoom; the image point at `at` (widget px; the middle if None) stays where it is.

        Zoomed by keys, a picture that fits whole is put in the middle: there is nothing to look for outside.
        """
        if at is None:
            other = replace(self, zoom=_allowed(zoom))
            sides = zip(self.image, self.widget, strict=True)
            if all(extent * other.scale <= side for extent, side in sides):
                return other.centred(self.image[0] / 2, self.image[1] / 2)
        x_widget, y_widget = at if at is not None else (self.widget[0] / 2, self.widget[1] / 2)
        x, y = self.to_image(x_widget, y_widget)
        other = replace(self, zoom=_allowed(zoom))
        return other.centred(
            x + (self.widget[0] / 2 - x_widget) / other.scale,
            y + (self.widget[1] / 2 - y_widget) / other.scale,
        )

    def next_stop(self, step: int) -> float:
        """The next zoom up (1) or down (-1) that has a round number."""
        near = 1.005  # 66.8 % shows as 67 %: the next stop is another number
        if step > 0:
            return next((stop for stop in STOPS if stop > self.zoom * near), MOST_ZOOM)
        return next((stop for stop in reversed(STOPS) if stop < self.zoom / near), LEAST_ZOOM)

    def centred(self, x: float, y: float) -> Self:
        """The image point in the middle, or as near to it as the picture goes."""
        width, height = self.image
        return replace(self, centre=(min(max(x, 0.0), width), min(max(y, 0.0), height)))

    def shifted(self, dx: float, dy: float) -> Self:
        """The picture moved by image px to the right and down."""
        return self.centred(self.centre[0] - dx, self.centre[1] - dy)

    def revealing(self, xyxy: XYXY) -> Self:
        """Centred on a box of which nothing is in view; else the same view."""
        xmin, ymin, xmax, ymax = self.visible
        if xyxy[0] < xmax and xyxy[2] > xmin and xyxy[1] < ymax and xyxy[3] > ymin:
            return self
        return self.centred((xyxy[0] + xyxy[2]) / 2, (xyxy[1] + xyxy[3]) / 2)

    def in_widget(self, width: float, height: float, ratio: float) -> Self:
        """The same image point in the middle of a widget of another size, or on another screen."""
        return replace(self, widget=(max(1.0, width), max(1.0, height)), ratio=ratio)

    def of_image(self, width: float, height: float) -> Self:
        """The same zoom and place on another image; the place is relative where the sizes differ."""
        width, height = max(1.0, width), max(1.0, height)
        x, y = self.centre[0] / self.image[0] * width, self.centre[1] / self.image[1] * height
        return replace(self, image=(width, height)).centred(x, y)


def _allowed(zoom: float) -> float:
    return min(max(zoom, LEAST_ZOOM), MOST_ZOOM)
