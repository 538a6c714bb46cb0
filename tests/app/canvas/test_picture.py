"""The picture is where the viewport says it is, at every zoom."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter

from app.canvas.picture import Picture, halved
from app.canvas.viewport import Viewport
from tests.app.canvas.fakes import picture


def painted(picture: Picture, viewport: Viewport) -> np.ndarray:
    """(H, W, 4) BGRA, device pixels."""
    width, height = (round(side * viewport.ratio) for side in viewport.widget)
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(viewport.ratio)
    image.fill(Qt.GlobalColor.black)
    painter = QPainter(image)
    picture.paint(painter, viewport)
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).reshape(height, width, 4).copy()


def view(zoom: float, ratio: float = 1.0, centre=(100.0, 50.0)) -> Viewport:
    return Viewport((200.0, 100.0)).in_widget(320, 200, ratio).zoomed(zoom).centred(*centre)


@pytest.mark.parametrize("ratio", [1.0, 1.25, 2.0])
@pytest.mark.parametrize("zoom", [0.33, 0.67, 1.0, 1.5, 7.3, 64.0])
def test_each_pixel_of_the_screen_shows_the_pixel_under_it(qapp, zoom, ratio):
    viewport = view(zoom, ratio, centre=(90.3, 61.7))
    shown = painted(Picture(picture()), viewport)
    for x_device, y_device in ((100, 60), (160, 100), (201, 133)):
        x, y = viewport.to_image((x_device + 0.5) / ratio, (y_device + 0.5) / ratio)
        if 2 < x < 198 and 2 < y < 98:
            blue, green, red, _ = shown[y_device, x_device].tolist()
            assert (red, green, blue) == pytest.approx((x - 0.5, y - 0.5, 90), abs=1.2 + 0.5 / zoom)


def test_at_zoom_1_pixels_are_copied(qapp):
    shown = painted(Picture(picture()), view(1.0, centre=(99.6, 50.2)))
    left, top = (round(v) for v in view(1.0, centre=(99.6, 50.2)).origin)
    assert (shown[top : top + 100, left : left + 200, 2] == np.arange(200)).all()


def test_above_400_percent_pixels_are_squares_of_one_colour(qapp):
    shown = painted(Picture(picture()), view(8.0))
    assert len(np.unique(shown[100, :, 2])) == 320 / 8


def test_up_to_400_percent_it_is_smooth(qapp):
    shown = painted(
        Picture(checkers()), Viewport((64.0, 64.0)).in_widget(320, 200, 1.0).zoomed(4.0).centred(32, 32)
    )
    assert len(np.unique(shown[100, :, 2])) > 2


def checkers(side: int = 64) -> QImage:
    """Black and white in turn: every copy of it is grey."""
    image = QImage(side, side, QImage.Format.Format_RGB32)
    for y in range(side):
        for x in range(side):
            image.setPixelColor(x, y, QColor("white" if (x + y) % 2 else "black"))
    return image


def test_a_small_picture_of_a_fine_pattern_is_grey_and_does_not_flicker(qapp):
    shown = Picture(checkers(256))
    viewport = Viewport((256.0, 256.0)).in_widget(320, 200, 1.0).zoomed(0.23).centred(128, 128)
    assert not shown.is_prepared(viewport)
    shown.prepare(viewport)
    assert shown.is_prepared(viewport)
    middle = painted(shown, viewport)[80:120, 140:180, 0]
    assert middle.min() > 110
    assert middle.max() < 145


@pytest.mark.parametrize("size", [(200, 100), (201, 99), (1, 7), (1, 1)])
def test_halving_rounds_up_and_keeps_the_mean(size):
    image = QImage(*size, QImage.Format.Format_RGB888)
    image.fill(QColor(10, 20, 30))
    half = halved(image)
    assert (half.width(), half.height()) == ((size[0] + 1) // 2, (size[1] + 1) // 2)
    assert half.pixelColor(0, 0) == QColor(10, 20, 30)


def test_a_thumbnail_is_stretched_over_the_place_of_its_image(qapp):
    thumbnail = Picture(picture().scaled(50, 25))
    whole, stretched = painted(Picture(picture()), view(1.0)), painted(thumbnail, view(1.0))
    assert (whole[..., 0] > 0).sum() == pytest.approx((stretched[..., 0] > 0).sum(), rel=0.02)


def test_a_picture_out_of_view_paints_nothing(qapp):
    away = Viewport((200.0, 100.0), (320.0, 200.0), 1.0, 1.0, (-5000.0, 0.0))
    assert painted(Picture(picture()), away)[..., 0].max() == 0
