"""Numbers as a person says them."""

from __future__ import annotations

import pytest

from app.widgets.words import count, duration, epoch_of, listed, speed
from model.records import Architecture, StepEnded, TrainSettings


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (-3, "0 s"), (42.4, "42 s"), (59.7, "1 min"), (200, "3 min"), (3599, "1 h 00 min"),
     (3900, "1 h 05 min"), (183_600, "2 d 3 h")],
)  # fmt: skip
def test_durations(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("rate", "text"), [(212.3, "212 images/s"), (4.26, "4.3 images/s"), (0.4, "24 images/min"), (0, "")]
)
def test_speeds(rate, text):
    assert speed(rate) == text


def test_counts_and_lists():
    assert count(1, "image") == "1 image"
    assert count(1234, "box", "boxes") == "1,234 boxes"
    assert listed(("bolt",)) == "bolt"
    assert listed(tuple("abcde")) == "a, b, c, d, e"
    assert listed(tuple("abcdefgh")) == "a, b, c, d and 4 more"


@pytest.mark.parametrize(("minutes", "text"), [(None, "epoch 3 of 30"), (10.0, "epoch 3")])
def test_nobody_knows_how_many_epochs_fit_into_minutes(minutes, text):
    settings = TrainSettings("fast", Architecture(), epochs=30, minutes=minutes)
    assert epoch_of(StepEnded(2, 30, 41, 100, (), 1e-4, 21.3, 200.0), settings) == text
