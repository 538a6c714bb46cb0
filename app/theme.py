"""How it looks: Qt's Fusion style in our colours, light or dark as the system says or as the person chose.

The colours are in two palettes and one style sheet, resources/style.qss; widgets ask the palette.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from string import Template

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from app.settings import Settings

RESOURCES = Path(__file__).resolve().parents[1] / "resources"
Role, Group = QPalette.ColorRole, QPalette.ColorGroup


@dataclass(frozen=True, slots=True)
class Colours:
    """Every colour of the window, "#rrggbb". Text has a contrast of at least 4.5; a test says so."""

    window: str  # frames, bars
    panel: str  # what stands in a dock
    base: str  # lists and fields
    raised: str  # buttons
    hover: str
    pressed: str
    border: str
    text: str
    muted: str
    disabled: str
    accent: str  # the one accent: what is active, what should be pressed next
    accent_hover: str
    on_accent: str
    chosen: str  # ground of the selected row
    tooltip: str
    error: str
    warning: str
    canvas: str  # around the picture


LIGHT = Colours(
    window="#f3f4f6", panel="#f9fafb", base="#ffffff", raised="#ffffff", hover="#e9ecf0", pressed="#dde2e8",
    border="#d7dbe1", text="#1b1f26", muted="#5c6673", disabled="#a3abb6", accent="#0b7285",
    accent_hover="#0a6172", on_accent="#ffffff", chosen="#d5ecf0", tooltip="#262b33", error="#c02b2b",
    warning="#8f5a00", canvas="#dfe2e7",
)  # fmt: skip
DARK = Colours(
    window="#1b1e23", panel="#202429", base="#17191d", raised="#2a2f36", hover="#2f353d", pressed="#383f48",
    border="#343a43", text="#e6e9ed", muted="#a0aab8", disabled="#5d6672", accent="#3bc0d3",
    accent_hover="#5fd0e0", on_accent="#06262b", chosen="#1a3a42", tooltip="#343a43", error="#ff7b74",
    warning="#f0b24b", canvas="#121417",
)  # fmt: skip


class Theme(QObject):
    """Keeps the application in the colours chosen, whatever changes: the setting or the system."""

    def __init__(self, application: QApplication, settings: Settings) -> None:
        super().__init__(application)
        self._application = application
        self._settings = settings
        self._shown: Colours | None = None
        application.setStyle("Fusion")
        application.setEffectEnabled(Qt.UIEffect.UI_AnimateCombo, False)
        application.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)
        settings.changed.connect(self._on_setting_changed)
        self._follow_setting()

    def colours(self) -> Colours:
        """Light or dark: what the person chose, else what the system says, else light."""
        choice = self._settings.theme
        if choice == "system":
            is_dark = self._application.styleHints().colorScheme() == Qt.ColorScheme.Dark
        else:
            is_dark = choice == "dark"
        return DARK if is_dark else LIGHT

    def _on_setting_changed(self, name: str) -> None:
        if name == "theme":
            self._follow_setting()

    def _on_scheme_changed(self, scheme: Qt.ColorScheme) -> None:
        self._show()

    def _follow_setting(self) -> None:
        schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
        # the system draws window frames and file dialogs in the same scheme; Unknown follows it again
        self._application.styleHints().setColorScheme(
            schemes.get(self._settings.theme, Qt.ColorScheme.Unknown)
        )
        self._show()

    def _show(self) -> None:
        colours = self.colours()
        if colours != self._shown:
            self._shown = colours
            self._application.setPalette(palette_of(colours))
            self._application.setStyleSheet(style_sheet(colours))


def apply(settings: Settings) -> Theme:
    """Give the application its looks, for as long as it runs."""
    application = QGuiApplication.instance()
    assert isinstance(application, QApplication), "make the QApplication first"
    return Theme(application, settings)


def palette_of(colours: Colours) -> QPalette:
    """The palette that Fusion and everything we paint ourselves draws with."""
    palette = QPalette()
    for role, name in (
        (Role.Window, colours.window), (Role.WindowText, colours.text), (Role.Base, colours.base),
        (Role.AlternateBase, colours.panel), (Role.Text, colours.text), (Role.Button, colours.raised),
        (Role.ButtonText, colours.text), (Role.BrightText, colours.error),
        (Role.PlaceholderText, colours.muted),
        (Role.Highlight, colours.chosen), (Role.HighlightedText, colours.text), (Role.Link, colours.accent),
        (Role.LinkVisited, colours.accent), (Role.ToolTipBase, colours.tooltip),
        (Role.ToolTipText, "#f2f4f6"),
        (Role.Light, colours.hover), (Role.Midlight, colours.hover), (Role.Mid, colours.border),
        (Role.Dark, colours.canvas), (Role.Shadow, "#000000"), (Role.Accent, colours.accent),
    ):  # fmt: skip
        palette.setColor(role, QColor(name))
    for role in (Role.WindowText, Role.Text, Role.ButtonText, Role.HighlightedText, Role.PlaceholderText):
        palette.setColor(Group.Disabled, role, QColor(colours.disabled))
    palette.setColor(Group.Disabled, Role.Accent, QColor(colours.disabled))
    return palette


def style_sheet(colours: Colours) -> str:
    """resources/style.qss with our colours in the places of their names."""
    images = (RESOURCES / "controls").as_posix()
    tone = "dark" if colours is DARK else "light"
    return Template((RESOURCES / "style.qss").read_text("utf-8")).substitute(
        asdict(colours), images=images, tone=tone
    )
