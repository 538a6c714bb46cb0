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


def test_time_in_which_nothing_was_computed_does_not_count(
    now: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    computed = [0.0]
    monkeypatch.setattr("time.process_time", lambda: computed[0])
    clock = Clock()
    now[0], computed[0] = 40, 39
    assert clock.seconds == 40  # a long step
    now[0] += 8 * 3600  # the laptop slept
    computed[0] += 0.1
    assert clock.seconds == 40
    now[0] += 20  # a short wait, for a disk perhaps
    assert clock.seconds == 60


def test_a_run_has_settled_when_it_is_out_of_patience() -> None:
    position = Position()
    pace = Pace(replace(SETTINGS, epochs=99, patience=2), position, Clock())
    assert pace.note(0.3)
    position.epoch = 1
    assert not pace.note(0.30001)  # that is noise
    assert pace.note(0.4)
    assert not pace.note(0.4)
    assert not pace.has_settled
    assert not pace.note(0.2)
    position.epoch = 5
    assert pace.has_settled
    assert pace.is_over
    assert pace.reason == "It had learned what it could: none of the last 2 epochs was better than epoch 3."


def test_a_run_by_the_clock_uses_up_its_time() -> None:
    position = Position(step=9, stale=5, best=0.4)
    pace = Pace(replace(SETTINGS, minutes=10.0, patience=2), position, Clock())
    assert not pace.has_settled
    assert not pace.is_over
    assert pace.reason == ""


def test_each_drop_of_the_rate_is_given_time_to_work() -> None:
    position = Position()
    pace = Pace(replace(SETTINGS, schedule="plateau", plateau_epochs=2), position, Clock())
    drops = []
    for score in (0.3, 0.3, 0.3, 0.3, 0.3, 0.5, 0.5, 0.5):
        pace.note(score)
        drops.append(position.drops)
    assert drops == [0, 0, 1, 1, 2, 2, 2, 3]
