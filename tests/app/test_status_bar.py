"""What the status line says of training."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.document import edits
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


def test_the_keys_told_are_those_of_what_is_selected(shell, window):
    (image, *_), context = shell.open(), shell.context
    shell.draw(image, (5, 5))
    (uid,) = (box.uid for box in context.document.labels(image).boxes)
    context.session.select(frozenset({uid}))
    assert "X difficult" in window.status._hint.text()
    before = context.document.labels(image)
    context.document.apply(edits.set_mark(image, before, frozenset({uid}), "ignore", True))
    assert "I an object again" in window.status._hint.text()
    assert "X difficult" not in window.status._hint.text()  # an area has no class to find
    context.document.undo()
    assert "X difficult" in window.status._hint.text()
