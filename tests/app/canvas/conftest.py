"""What the tests of the canvas share."""

from __future__ import annotations

import pytest

from tests.app.canvas.fakes import Stage


@pytest.fixture
def stage(qtbot) -> Stage:
    """A canvas shown with image 1."""
    stage = Stage()
    qtbot.addWidget(stage.canvas)
    stage.canvas.show()
    return stage.open()
