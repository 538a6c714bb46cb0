"""Where the keyboard goes when the widget that has it is hidden or switched off."""

from __future__ import annotations

from PySide6.QtWidgets import QMainWindow, QStackedWidget, QWidget


def hand_focus_back(*leaving: QWidget) -> None:
    """Give the focus to the page in the middle of the window if one of these, or what is in it, has it.

    To be called before they are hidden or disabled: Qt would give it to the next widget that takes it, which
    may be the toolbar's first button, and Space would press that. Without a main window nothing happens.
    """
    for widget in leaving:
        focus = widget.window().focusWidget()
        if focus is None or not (focus is widget or widget.isAncestorOf(focus)):
            continue
        main = _main_window(widget)
        central = main.centralWidget() if main is not None else None
        page = central.currentWidget() if isinstance(central, QStackedWidget) else central
        if main is not None and page is not None:
            if widget.isActiveWindow():
                main.activateWindow()  # a floating panel is a window of its own
            page.setFocus()


def _main_window(widget: QWidget) -> QMainWindow | None:
    """The one that this stands in, or that the panel it stands in has floated out of."""
    above: QWidget | None = widget
    while above is not None and not isinstance(above, QMainWindow):
        above = above.parentWidget()
    return above
