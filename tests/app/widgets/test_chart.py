"""Lines in the colours of the theme."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QPalette

from app.widgets.chart import Chart, Line


@pytest.fixture
def chart(qtbot):
    chart = Chart((Line("AP"), Line("AR", QPalette.ColorRole.WindowText)), "epoch", "AP", y_range=(0, 1))
    qtbot.addWidget(chart)
    return chart


def test_it_draws_the_points_it_was_given(chart):
    chart.set_points("AP", [(1, 0.2), (2, 0.4)])
    xs, ys = chart._items["AP"].getData()
    assert (list(xs), list(ys)) == ([1, 2], [0.2, 0.4])
    assert chart.points("AR") == ()


def test_nothing_is_built_before_there_is_something_to_draw(chart):
    assert chart._plot is None
    chart.set_points("AP", ())
    assert chart._plot is None


def test_one_point_alone_is_seen(chart):
    chart.set_points("AP", [(1, 0.2)])
    assert chart._items["AP"].opts["symbol"] == "o"


def test_another_theme_gives_it_other_colours(chart):
    chart.set_points("AP", [(1, 0.2)])
    palette = QPalette(chart.palette())
    palette.setColor(QPalette.ColorRole.Accent, QColor(1, 2, 3))
    chart.setPalette(palette)
    assert chart._items["AP"].opts["pen"].color() == QColor(1, 2, 3)


def test_the_first_losses_of_a_run_do_not_flatten_the_rest(qtbot):
    chart = Chart((Line("class"),), "step", "loss")
    qtbot.addWidget(chart)
    chart.set_points("class", [(step, 9.0 if step < 5 else 0.5) for step in range(100)])
    assert chart.y_range() == (0.0, 0.5)
    chart.set_points("class", [(0, 9.0), (1, 0.5)])  # so few that each counts
    assert chart.y_range() == (0.0, 9.0)


def test_the_axis_says_what_the_values_are(qtbot):  # pyqtgraph would call 0.6 "600", in thousandths
    chart = Chart((Line("class"),), "step", "loss")
    qtbot.addWidget(chart)
    chart.set_points("class", [(step, 0.6) for step in range(50)])
    chart.show()
    chart.grab()
    axis = chart._plot.getAxis("left")
    assert axis.label.isVisible()
    assert axis.autoSIPrefixScale == 1.0
