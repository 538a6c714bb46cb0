"""Short epochs and one thread: these tests are about what training does, not about how long."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from model.training import run, sampling


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """An epoch is one pass over the images, and each step is told."""
    monkeypatch.setattr(sampling, "LEAST_STEPS", 1)
    monkeypatch.setattr(run, "STEP_S", 0.0)
