"""Image px <-> widget px: arithmetic that the reader can check."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.canvas.viewport import FIT_MARGIN, LEAST_ZOOM, MOST_ZOOM, STOPS, Viewport

VIEW = Viewport(image=(200.0, 100.0), widget=(640.0, 400.0)).fitted()
numbers = st.floats(-1e4, 1e4)
ratios = st.sampled_from((1.0, 1.25, 1.5, 2.0, 3.0))


def test_fitted_the_picture_leaves_the_margin_on_its_longer_side():
    assert VIEW.zoom == pytest.approx((640 - 2 * FIT_MARGIN) / 200)
    left, _, right, _ = VIEW.picture
    assert (left, right) == pytest.approx((FIT_MARGIN, 640 - FIT_MARGIN), abs=1)


def test_a_fitted_picture_is_in_the_middle():
    assert VIEW.to_widget(100, 50) == pytest.approx((320, 200), abs=0.5)


@given(numbers, numbers, st.floats(LEAST_ZOOM, MOST_ZOOM), ratios)
def test_there_and_back_is_the_same_point(x, y, zoom, ratio):
    view = VIEW.in_widget(640, 400, ratio).zoomed(zoom)
    assert view.to_image(*view.to_widget(x, y)) == pytest.approx((x, y), abs=1e-6)


@given(st.floats(0.1, 10), st.floats(0, 200), st.floats(0, 100), ratios)
def test_zooming_keeps_the_point_under_the_cursor_within_a_pixel(factor, x, y, ratio):
    view = VIEW.in_widget(640, 400, ratio).fitted()
    at = view.to_widget(x, y)
    zoomed = view.zoomed(view.zoom * factor, at)
    held = (
        zoomed.revealing((0, 0, 200, 100)) == zoomed
        and 0 < zoomed.centre[0] < 200
        and 0 < zoomed.centre[1] < 100
    )
    if held:  # at its limits the picture gives way
        assert zoomed.to_widget(x, y) == pytest.approx(at, abs=1 / ratio)


def test_zoom_stays_within_5_percent_and_6400_percent():
    assert VIEW.zoomed(1e9).zoom == 64.0
    assert VIEW.zoomed(1e-9).zoom == 0.05


def test_on_a_screen_of_ratio_2_zoom_1_is_half_a_widget_px_for_a_pixel():
    assert VIEW.in_widget(640, 400, 2.0).zoomed(1.0).scale == 0.5


@given(numbers, numbers, st.floats(LEAST_ZOOM, MOST_ZOOM), ratios)
def test_the_origin_lies_on_a_device_pixel(x, y, zoom, ratio):
    left, top = VIEW.in_widget(641, 403, ratio).zoomed(zoom).centred(x, y).origin
    assert left * ratio == pytest.approx(round(left * ratio), abs=1e-6)
    assert top * ratio == pytest.approx(round(top * ratio), abs=1e-6)


@given(numbers, numbers)
def test_the_middle_of_the_widget_never_leaves_the_picture(dx, dy):
    x, y = VIEW.shifted(dx, dy).centre
    assert 0 <= x <= 200
    assert 0 <= y <= 100


def test_the_stops_go_through_every_round_number_and_end():
    view, seen = VIEW.zoomed(LEAST_ZOOM), []
    while view.zoom < MOST_ZOOM:
        view = view.zoomed(view.next_stop(1))
        seen.append(view.zoom)
    assert tuple(seen) == STOPS[1:]
    assert view.next_stop(1) == MOST_ZOOM
    assert view.zoomed(1.0).next_stop(-1) == 0.75


def test_a_box_out_of_view_is_brought_to_the_middle_and_one_in_view_moves_nothing():
    near = VIEW.zoomed(16).centred(10, 10)
    assert near.revealing((5, 5, 15, 15)) is near
    assert near.revealing((150, 60, 170, 80)).centre == (160, 70)


def test_another_image_keeps_zoom_and_relative_place():
    view = VIEW.zoomed(8).centred(50, 25).of_image(400, 400)
    assert (view.zoom, view.centre) == (8, (100, 100))


def test_an_empty_widget_or_image_is_no_division_by_zero():
    view = Viewport().in_widget(0, 0, 1.0).of_image(0, 0).fitted()
    assert view.scale > 0


def test_zoomed_by_keys_a_picture_that_fits_is_put_in_the_middle():
    view = Viewport(image=(200, 100), widget=(800, 600), zoom=8.0, centre=(10, 90))
    assert view.zoomed(1.0).centre == (100, 50)
    assert view.zoomed(6.0).centre == (10, 90)  # 1200 widget px wide: the place that was looked at stays
    assert view.zoomed(1.0, at=(400, 300)).centre == (10, 90)  # by the wheel the cursor says what stays
