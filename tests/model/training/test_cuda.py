"""What holds on a GPU alone. Skipped where there is none."""

from __future__ import annotations

import time
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.training.dataset import Loader
from model.training.learner import Learner
from model.training.pixels import PixelCache
from tests.model.training.scenes import DISC, SETTINGS, SQUARE, TINY, scenes

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16, torch.float16], ids=str)
def test_a_step_never_waits_for_the_device(tmp_path: Path, precision: torch.dtype, optimizer: str) -> None:
    snapshot = scenes(tmp_path, train=4, val=0)
    load = Loader(snapshot, SETTINGS, PixelCache(TINY, 1 << 24), snapshot.images)
    samples = [load.sample(image, "0") for image in snapshot.images]
    settings = replace(SETTINGS, norm="frozen", optimizer=optimizer)
    learner = Learner(settings, (SQUARE, DISC), torch.device("cuda"), precision)
    learner.step(samples, 1e-4)  # the first makes anchors and the optimizer's memory
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("warn")
    try:
        with warnings.catch_warnings(record=True) as waits:
            warnings.simplefilter("always")
            learner.step(samples, 1e-4)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert [str(wait.message) for wait in waits if "synchroniz" in str(wait.message)] == []


def test_a_gpu_learns_what_a_cpu_learns(tmp_path: Path) -> None:
    snapshot = scenes(tmp_path, train=4, val=0)
    load = Loader(snapshot, SETTINGS, PixelCache(TINY, 1 << 24), snapshot.images)
    samples = [load.sample(image, "0") for image in snapshot.images]
    settings = replace(SETTINGS, norm="frozen", optimizer="sgd")
    losses = [
        Learner(settings, (SQUARE, DISC), torch.device(device), torch.float32).step(samples, 1e-3)
        for device in ("cpu", "cuda")
    ]
    for name, loss in losses[0].items():
        assert losses[1][name].item() == pytest.approx(loss.item(), rel=1e-3)


def test_a_held_learner_gives_its_memory_back_within_a_second_and_learns_on(tmp_path: Path) -> None:
    snapshot = scenes(tmp_path, train=4, val=0)
    load = Loader(snapshot, SETTINGS, PixelCache(TINY, 1 << 24), snapshot.images)
    samples = [load.sample(image, "0") for image in snapshot.images]
    one = Learner(replace(SETTINGS, norm="frozen"), snapshot.classes, torch.device("cuda"), torch.float32)
    one.step(samples, 1e-3)
    torch.cuda.synchronize()
    taken, began = torch.cuda.memory_reserved(), time.monotonic()
    one.release()
    assert time.monotonic() - began < 1
    assert torch.cuda.memory_allocated() < 1 << 20
    assert torch.cuda.memory_reserved() < taken / 4
    one.take_back()
    one.step(samples, 1e-3)
    assert not one.is_bad
