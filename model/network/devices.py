"""Where a network runs and in which precision: decided once, said in words, the same for training and
detection.
"""

from __future__ import annotations

import time
from functools import cache

import torch
from torch import nn

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
# times faster half precision must be: native support gives 2 to 8, emulation is slower than float32
WORTHWHILE = 1.3
REPEATS = 20


def choose_device(name: str) -> torch.device:
    """The device of this name; "auto" is the first of cuda, mps and cpu that computes.

    Raises ValueError where the one asked for is not there.
    """
    if name == "auto":
        return next(torch.device(each) for each in ("cuda", "mps", "cpu") if _computes(each))
    if name.partition(":")[0] not in ("cuda", "mps", "cpu"):
        raise ValueError(f"there is no device {name!r}; it must be auto, cpu, cuda or mps")
    if not _computes(name):
        raise ValueError(f"the device {name!r} is not there or does not compute; use auto or cpu")
    return torch.device(name)


def choose_precision(name: str, device: torch.device) -> torch.dtype:
    """The number format of activations on this device; "auto" is the fastest that learns as well.

    Raises ValueError where the device does not know the one asked for.
    """
    if name == "auto":
        return fastest_precision(device)
    if name not in PRECISIONS:
        raise ValueError(f"there is no precision {name!r}; it must be auto, {', '.join(PRECISIONS)}")
    if name == "float16" and device.type == "cpu":
        raise ValueError(
            "float16 is a hundred times slower than float32 on a CPU; use auto, bfloat16 or float32"
        )
    return PRECISIONS[name]


@cache
def fastest_precision(device: torch.device) -> torch.dtype:
    """Half precision where this device's convolutions are clearly faster in it, else float32.

    Measured once, in some 50 ms: a CPU may emulate bfloat16, and a GPU may know float16 at a sixty-fourth of
    its speed (Pascal).
    """
    half = _half_precision(device)
    if half is None:
        return torch.float32
    plain, halved = (_convolution_seconds(dtype, device) for dtype in (torch.float32, half))
    return half if plain > WORTHWHILE * halved else torch.float32


def _half_precision(device: torch.device) -> torch.dtype | None:
    """The kind of half precision to try. bfloat16 needs no scaling of losses."""
    if device.type == "cpu":
        return torch.bfloat16
    if device.type == "cuda":
        # before compute capability 8.0 bfloat16 is emulated
        return torch.bfloat16 if torch.cuda.get_device_capability(device)[0] >= 8 else torch.float16
    return None


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether an error of torch says that memory did not suffice, on whichever device."""
    text = str(error).lower()
    return (
        isinstance(error, torch.cuda.OutOfMemoryError)
        or "out of memory" in text
        or "can't allocate memory" in text
    )


def _computes(name: str) -> bool:
    """A driver may be there and yet refuse: an old GPU without kernels, a device of another process."""
    try:
        return float(torch.ones(1, device=name).add(1).item()) == 2.0
    except (RuntimeError, AssertionError):  # a torch built without CUDA asserts
        return False


def _convolution_seconds(dtype: torch.dtype, device: torch.device) -> float:
    """The best of many 3x3 convolutions of 128 channels, as the heads do them; infinite where there is none.

    On a CPU on one thread: on several, a busy machine measures how long they wait for each other, and float32
    and bfloat16 looked alike where one is four times the other.
    """
    threads = torch.get_num_threads()
    on_gpu = device.type == "cuda"
    size = (8, 128, 80, 80) if on_gpu else (1, 128, 20, 20)  # a GPU is not to wait for Python
    try:
        torch.set_num_threads(1)
        conv = nn.Conv2d(128, 128, 3, padding=1).to(device, dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]
        pixels = torch.zeros(size, dtype=dtype, device=device).to(memory_format=torch.channels_last)
        best = float("inf")
        with torch.inference_mode():
            for _ in range(REPEATS):
                start = time.perf_counter()
                conv(pixels)
                if on_gpu:
                    torch.cuda.synchronize(device)
                best = min(best, time.perf_counter() - start)
        return best
    except RuntimeError:  # a build without convolutions of this kind
        return float("inf")
    finally:
        torch.set_num_threads(threads)
