"""Where and in which precision a network runs."""

from __future__ import annotations

import pytest
import torch

from model.network import devices
from model.network.devices import choose_device, choose_precision, faster_precision, is_out_of_memory

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("float32", "bfloat16", "chosen"),
    [
        (4.0, 1.0, "bfloat16"),  # native support
        (1.0, 2.0, "float32"),  # emulated
        (1.2, 1.0, "float32"),  # not worth its rounding
        (1.0, float("inf"), "float32"),  # not supported at all
    ],
)
def test_bfloat16_is_used_where_it_is_clearly_faster(float32: float, bfloat16: float, chosen: str) -> None:
    seconds = {torch.float32: float32, torch.bfloat16: bfloat16}
    assert faster_precision(seconds.__getitem__) == chosen


def test_the_cpus_precision_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    devices.cpu_precision.cache_clear()
    measured: list[torch.dtype] = []

    def seconds(dtype: torch.dtype) -> float:
        measured.append(dtype)
        return 1.0 if dtype is torch.bfloat16 else 4.0

    monkeypatch.setattr(devices, "_convolution_seconds", seconds)
    assert choose_precision("auto", CPU) is choose_precision("auto", CPU) is torch.bfloat16
    assert len(measured) == 2
    devices.cpu_precision.cache_clear()


def test_measuring_leaves_the_number_of_threads_alone() -> None:
    threads = torch.get_num_threads()
    assert 0 < devices._convolution_seconds(torch.float32) < 5
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
