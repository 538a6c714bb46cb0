"""Where and in which precision a network runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from model.network import devices
from model.network.devices import choose_device, choose_precision, is_out_of_memory

CPU = torch.device("cpu")


@pytest.fixture
def _forgotten() -> Iterator[None]:
    """What was measured before and after is of no matter."""
    devices.fastest_precision.cache_clear()
    yield
    devices.fastest_precision.cache_clear()


@pytest.mark.usefixtures("_forgotten")
@pytest.mark.parametrize(
    ("capability", "float32", "half", "chosen"),
    [
        (None, 4.0, 1.0, torch.bfloat16),  # a CPU that knows it
        (None, 1.0, 2.0, torch.float32),  # emulated
        (None, 1.2, 1.0, torch.float32),  # not worth its rounding
        (None, 1.0, float("inf"), torch.float32),  # not supported at all
        ((9, 0), 6.0, 1.0, torch.bfloat16),
        ((7, 5), 3.0, 1.0, torch.float16),  # Turing: bfloat16 would be emulated
        ((6, 1), 1.0, 60.0, torch.float32),  # Pascal: float16 is there, and slow
    ],
)
def test_half_precision_is_used_where_it_is_clearly_faster(
    monkeypatch: pytest.MonkeyPatch,
    capability: tuple[int, int] | None,
    float32: float,
    half: float,
    chosen: torch.dtype,
) -> None:
    measured: list[torch.dtype] = []

    def seconds(dtype: torch.dtype, device: torch.device) -> float:
        measured.append(dtype)
        return float32 if dtype is torch.float32 else half

    monkeypatch.setattr(devices, "_convolution_seconds", seconds)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    device = torch.device("cuda" if capability else "cpu")
    assert choose_precision("auto", device) is choose_precision("auto", device) is chosen
    assert len(measured) == 2  # once


def test_measuring_leaves_the_number_of_threads_alone() -> None:
    threads = torch.get_num_threads()
    assert 0 < devices._convolution_seconds(torch.float32, CPU) < 5
    assert torch.get_num_threads() == threads


def test_a_precision_asked_for_is_taken_or_refused_with_a_reason() -> None:
    assert choose_precision("bfloat16", CPU) is torch.bfloat16
    assert choose_precision("auto", torch.device("mps")) is torch.float32
    with pytest.raises(ValueError, match="slower"):
        choose_precision("float16", CPU)
    with pytest.raises(ValueError, match="float8"):
        choose_precision("float8", CPU)


def test_a_device_asked_for_is_taken_or_refused_with_a_reason() -> None:
    assert choose_device("cpu") == CPU
    with pytest.raises(ValueError, match="abacus"):
        choose_device("abacus")
    if not torch.cuda.is_available():
        with pytest.raises(ValueError, match="cuda"):
            choose_device("cuda")


def test_auto_takes_the_first_device_that_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_computes", lambda name: name != "cuda")  # a driver without kernels
    assert choose_device("auto") == torch.device("mps")
    monkeypatch.setattr(devices, "_computes", lambda name: name == "cpu")
    assert choose_device("auto") == CPU


def test_out_of_memory_is_known_on_every_device() -> None:
    assert is_out_of_memory(torch.cuda.OutOfMemoryError("CUDA out of memory."))
    assert is_out_of_memory(RuntimeError("MPS backend out of memory (MPS allocated: 5 GB)"))
    assert is_out_of_memory(RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate"))
    assert not is_out_of_memory(RuntimeError("shape mismatch"))
