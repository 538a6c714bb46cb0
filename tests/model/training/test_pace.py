from __future__ import annotations

from dataclasses import replace

import pytest

from model.training.clock import Clock, Speed, Timer
from model.training.pace import Pace, Position
from tests.model.training.scenes import SETTINGS


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    seconds = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: seconds[0])
    return seconds


def test_a_clock_does_not_count_a_pause(now: list[float]) -> None:
    clock = Clock()
    now[0] = 5
    clock.pause()
    now[0] = 100
    assert clock.seconds == 5
    clock.go()
    now[0] = 102
    assert clock.seconds == 7


def test_a_timer_is_due_once_in_its_period(now: list[float]) -> None:
    timer = Timer(Clock(), 10)
    now[0] = 9
    assert not timer.is_due()
    now[0] = 10
    assert timer.is_due()
    timer.restart()
    assert not timer.is_due()


def test_the_speed_forgets_old_steps() -> None:
    speed = Speed(steps=2)
    assert speed.images_per_second == 0
    for images, seconds in ((8, 100.0), (8, 1.0), (8, 3.0)):
        speed.add(images, seconds)
    assert speed.images_per_second == 4


def test_a_run_by_epochs_is_measured_in_epochs(now: list[float]) -> None:
    position = Position(epoch=1, batch=5, step=15)
    pace = Pace(replace(SETTINGS, epochs=2), position, Clock())
    pace.batches = 10
    now[0] = 30
    assert (pace.share, pace.steps, pace.epochs, pace.is_over) == (0.75, 20, 2, False)
    assert pace.seconds_left == pytest.approx(10)
    position.epoch, position.batch = 2, 0
    assert pace.is_over
    assert not pace.time_is_up


def test_a_run_by_the_clock_is_measured_in_minutes(now: list[float]) -> None:
    position = Position(epoch=2, batch=5, step=15)
    pace = Pace(replace(SETTINGS, epochs=2, minutes=1.0), position, Clock())
    now[0] = 15
    assert (pace.share, pace.steps, pace.epochs, pace.is_over) == (0.25, 60, 8, False)
    assert pace.seconds_left == 45
    for now[0] in (30, 45, 61):  # as a run asks for it, all the time
        over = pace.is_over
    assert over
    assert pace.time_is_up


def test_a_run_by_the_clock_makes_a_step_however_short_it_is(now: list[float]) -> None:
    pace = Pace(replace(SETTINGS, minutes=0.01), Position(), Clock())
    now[0] = 100
    assert not pace.is_over
