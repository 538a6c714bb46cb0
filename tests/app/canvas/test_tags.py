"""Name tags do not cover what they name, where that can be avoided."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QFont

from app.canvas.tags import DARK, GAP, LIGHT, Tag, Tags, ink_on, place_readout, place_tag
from model.data.palette import PALETTE

VIEW = (0.0, 0.0, 600.0, 400.0)
SIZE = (50.0, 16.0)


def test_a_tag_stands_above_its_box():
    assert place_tag((100, 100, 200, 200), SIZE, VIEW) == (99, 100 - GAP - 16)


def test_at_the_upper_edge_it_stands_below():
    assert place_tag((100, 5, 200, 200), SIZE, VIEW) == (99, 200 + GAP)


def test_where_there_is_no_room_outside_it_moves_inside():
    x, y = place_tag((100, 2, 200, 398), SIZE, VIEW)
    assert 100 <= x <= 150
    assert 2 <= y <= 382


@pytest.mark.parametrize("box", [(590, 100, 700, 200), (-50, 100, 10, 200), (-50, -50, 900, 900)])
def test_it_does_not_leave_the_view(box):
    x, y = place_tag(box, SIZE, VIEW)
    assert 0 <= x <= 600 - 50
    assert 0 <= y <= 400 - 16


def test_the_size_of_a_box_is_said_below_it_at_the_right():
    assert place_readout((100, 100, 200, 200), SIZE, VIEW) == (151, 200 + GAP)
    assert place_readout((100, 100, 200, 399), SIZE, VIEW)[1] < 399 - 16


@pytest.mark.parametrize("colour", PALETTE)
def test_every_class_colour_has_text_of_a_contrast_above_4_5(colour):
    light, dark = sorted((luminance(QColor(colour)), luminance(ink_on(QColor(colour)))), reverse=True)
    assert (light + 0.05) / (dark + 0.05) > 4.5


def test_text_is_dark_on_light_and_light_on_dark():
    assert ink_on(QColor("#f0e442")) is DARK
    assert ink_on(QColor("#202060")) is LIGHT


def luminance(colour: QColor) -> float:
    def linear(c: float) -> float:
        return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())


def test_a_proposal_says_its_score_and_has_other_ground_than_a_label(qapp):
    tags = Tags(QFont(), 1.0)
    label, proposal = Tag("bolt", "#e69f00"), Tag("bolt", "#e69f00", 0.934)
    assert proposal.rest == "0.93"
    assert tags.size(proposal)[0] > tags.size(label)[0]
    middle = (tags.pixmap(tag).toImage().pixelColor(8, 2) for tag in (label, proposal))
    assert [colour.lightness() > 60 for colour in middle] == [True, False]


def test_a_long_name_ends_in_an_ellipsis(qapp):
    assert Tags(QFont(), 1.0).size(Tag("x" * 500, "#e69f00"))[0] < 260


def test_a_tag_is_as_large_on_every_screen(qapp):
    sizes = [Tags(QFont(), ratio).size(Tag("bolt", "#e69f00")) for ratio in (1.0, 1.25, 2.0)]
    for size in sizes[1:]:
        assert size == pytest.approx(sizes[0], abs=2)
