"""A combo box too narrow for its entry."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox

from app.widgets.elided_combo import PADDING, ElidedComboBox


def is_clear_at_the_end(box: QComboBox) -> bool:
    """Whether nothing is written in the last pixels of the place that the text has: each row is of one colour."""
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    control, part = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
    place = box.style().subControlRect(control, option, part, box)
    image = box.grab().toImage()
    columns = range(place.right() - PADDING + 2, place.right())
    rows = range(place.top() + 4, place.bottom() - 4)
    return all(len({image.pixel(x, y) for x in columns}) == 1 for y in rows)


def test_a_long_entry_ends_before_its_place_does_and_asks_for_no_more(qtbot):
    for kind, is_clear in ((ElidedComboBox, True), (QComboBox, False)):
        box = kind()
        qtbot.addWidget(box)
        box.addItem("W" * 60)
        box.resize(160, 30)
        box.show()
        assert is_clear_at_the_end(box) is is_clear
        assert (box.minimumSizeHint().width() <= 160) is is_clear
