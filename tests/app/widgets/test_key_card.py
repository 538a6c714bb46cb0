"""The key card: caps to press together, what is shared said once."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget

from app.widgets.key_card import CardRow, CardSection, KeyCard, caps


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (("W",), (("W",),)),
        (("Ctrl+Shift+Z", "Ctrl+Y"), (("Ctrl", "Shift", "Z"), ("Ctrl", "Y"))),
        (("Ctrl++",), (("Ctrl", "+"),)),
        (("Return", "Enter"), (("Enter",),)),
        (tuple("1234567890"), (("1",), ("…",), ("0",))),
        (("Left", "Right", "Up", "Down"), (("←",), ("→",), ("↑",), ("↓",))),
        (("Shift+Left", "Shift+Right", "Shift+Up"), (("Shift",), ("←",), ("→",), ("↑",))),
    ],
)
def test_keys_as_caps(qapp, keys, expected):
    assert caps(keys) == expected


def test_it_fits_into_the_window_it_belongs_to(qtbot):
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.resize(700, 500)
    rows = tuple(CardRow(("Ctrl+A",), f"Row {number}") for number in range(60))
    card = KeyCard((CardSection("Many", rows), CardSection("More", rows)), parent)
    assert card.width() <= 700
    assert card.height() <= 500
