"""Light and dark: readable, switched at once, icons and all."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QPalette
from PySide6.QtWidgets import QApplication

from app.settings import Settings
from app.theme import DARK, LIGHT, Colours, Theme, style_sheet
from app.widgets.icons import icon

GROUNDS = ("window", "panel", "base", "raised", "chosen", "hover")


@pytest.fixture
def application(qapp: QApplication):
    """The application, with its looks put back afterwards."""
    palette, sheet, style = qapp.palette(), qapp.styleSheet(), qapp.style().objectName()
    yield qapp
    qapp.setStyleSheet(sheet)
    qapp.setPalette(palette)
    qapp.setStyle(style)


def luminance(name: str) -> float:
    """WCAG 2.1's relative luminance of "#rrggbb"."""
    colour = QColor(name)
    channels = (colour.redF(), colour.greenF(), colour.blueF())
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("ink", ["text", "muted", "error"])
def test_text_can_be_read(colours: Colours, ground: str, ink: str):
    assert contrast(getattr(colours, ink), getattr(colours, ground)) >= 4.5


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_the_button_to_press_next_can_be_read(colours: Colours):
    assert contrast(colours.on_accent, colours.accent) >= 4.5
    assert contrast(colours.on_accent, colours.accent_hover) >= 4.5


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_every_name_in_the_style_sheet_is_a_colour(colours: Colours):
    assert "$" not in style_sheet(colours)


def shown(sign: QIcon) -> QColor:
    """The strongest colour of an icon."""
    image = sign.pixmap(QSize(32, 32)).toImage()
    pixels = [image.pixelColor(x, y) for x in range(32) for y in range(32)]
    return max(pixels, key=lambda pixel: pixel.alphaF())


def test_a_choice_of_colours_shows_at_once_in_icons_made_before(application, tmp_path):
    settings = Settings(tmp_path / "settings.ini")
    settings.theme = "light"
    theme = Theme(application, settings)
    sign = icon("mdi6.circle")
    assert shown(sign).name() == LIGHT.text
    settings.theme = "dark"
    assert theme.colours() == DARK
    assert application.palette().color(QPalette.ColorRole.Window).name() == DARK.window
    assert shown(sign).name() == DARK.text


def test_a_disabled_icon_is_paler(application, tmp_path):
    settings = Settings(tmp_path / "settings.ini")
    settings.theme = "light"
    Theme(application, settings)
    pale = icon("mdi6.circle").pixmap(QSize(32, 32), QIcon.Mode.Disabled).toImage().pixelColor(16, 16)
    assert pale.name() == LIGHT.disabled
