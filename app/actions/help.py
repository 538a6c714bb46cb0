"""The Help menu."""

from __future__ import annotations

from app.actions.action import Action

ACTIONS = (
    Action(
        "help.keys", "Help", "&Keys", lambda c, w: w.show_key_card(), ("F1",), "mdi6.keyboard-outline",
        "help", card="This card",
    ),
    Action(
        "help.log", "Help", "Show the &log", lambda c, w: w.show_log(), icon="mdi6.text-box-outline",
        group="help",
    ),
    Action(
        "help.about", "Help", "&About Fovea", lambda c, w: w.show_about(), icon="mdi6.information-outline",
        group="about",
    ),
)  # fmt: skip
