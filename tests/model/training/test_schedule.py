from __future__ import annotations

from dataclasses import replace

import pytest

from model.training.schedule import frozen_stages, learning_rate
from tests.model.training.scenes import SETTINGS

RATE = replace(SETTINGS, learning_rate=1.0, warmup_steps=100)


def test_the_rate_warms_up_over_the_first_steps() -> None:
    assert learning_rate(replace(RATE, schedule="constant"), 0, 0.0) == pytest.approx(0.01)
    assert learning_rate(replace(RATE, schedule="constant"), 49, 0.001) == pytest.approx(0.5)
    assert learning_rate(replace(RATE, schedule="constant"), 100, 0.002) == pytest.approx(1.0)


def test_the_warm_up_of_a_short_run_ends_after_a_tenth_of_it() -> None:
    assert learning_rate(replace(RATE, schedule="constant"), 3, 0.05) == pytest.approx(0.5)
    assert learning_rate(replace(RATE, schedule="constant"), 6, 0.1) == pytest.approx(1.0)


def test_the_cosine_ends_at_nothing() -> None:
    assert learning_rate(RATE, 500, 0.5) == pytest.approx(0.5)
    assert learning_rate(RATE, 1000, 1.0) == pytest.approx(0.0)
    assert learning_rate(RATE, 1001, 1.01) == pytest.approx(0.0)  # the clock may run over


def test_steps_divide_the_rate_by_ten_at_the_milestones() -> None:
    stepwise = replace(RATE, schedule="step", milestones=(2 / 3, 8 / 9))
    rates = [learning_rate(stepwise, 500, share) for share in (0.6, 0.7, 0.95)]
    assert rates == pytest.approx([1.0, 0.1, 0.01])


def test_an_unknown_schedule_is_refused() -> None:
    with pytest.raises(ValueError, match="cosine, step, plateau or constant"):
        learning_rate(replace(RATE, schedule="zigzag"), 0, 0.0)


def test_the_plateau_schedule_falls_tenfold_with_each_drop() -> None:
    settings = replace(SETTINGS, schedule="plateau", warmup_steps=0, learning_rate=1.0)
    assert [learning_rate(settings, 9, 0.5, drops) for drops in (0, 1, 2)] == pytest.approx([1, 0.1, 0.01])


def test_stages_are_freed_from_the_last_to_the_first() -> None:
    settings = replace(SETTINGS, frozen_stages=4, unfreeze_by=0.4)
    shares = (0.0, 0.05, 0.1, 0.2, 0.3, 0.39, 0.4, 1.0)
    assert [frozen_stages(settings, share) for share in shares] == [4, 4, 3, 2, 1, 1, 0, 0]
    assert frozen_stages(replace(settings, unfreeze_by=0.0), 1.0) == 4  # never
