"""The panels' tests run over played work: no torch, no SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from app.work.job import stop_all
from app.work.training import TrainingWork
from tests.app.panels.fakes import FAST, PAPER, make_context


@pytest.fixture
def work_context(qtbot, tmp_path, monkeypatch) -> Iterator[SimpleNamespace]:
    monkeypatch.setattr(TrainingWork, "presets", lambda self: (FAST, PAPER))
    context = make_context(tmp_path)
    yield context
    assert stop_all(5)
    assert context.detection.close()
