"""What the status line says of training."""

from __future__ import annotations

from dataclasses import replace

import pytest

from model.records import StepEnded
from tests.app.panels.fakes import FAST

STEP = StepEnded(1, 4, 41, 100, (("class", 0.5),), 1e-4, 21.3, 200.0)


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (None, "Training: epoch 2 of 4, 21 images/s, 3 min left"),
        (10.0, "Training: epoch 2, 21 images/s, 3 min left"),
    ],
)
def test_a_total_of_epochs_is_named_only_where_there_is_one(shell, window, minutes, text):
    training = shell.context.training
    for image in shell.open():
        shell.draw(image, (5, 5))
    training.choose(replace(FAST, epochs=4, minutes=minutes))
    training.start()
    assert training.is_running
    training.history.add(STEP)
    training.step_ended.emit(STEP)
    assert window.status._training.text() == text
