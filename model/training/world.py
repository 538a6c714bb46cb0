"""The processes that train or detect together: one, or as many as torchrun has started."""

from __future__ import annotations

import datetime
import os
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

T = TypeVar("T")
PATIENCE = datetime.timedelta(minutes=10)  # for the slowest of them, which may be decoding large images


class World:
    """This process among all of them. Alone, everything here costs nothing and changes nothing.

    Whatever all must do alike (which images, when to stop) is decided by the first and shared.
    """

    def __init__(self) -> None:
        self.size = dist.get_world_size() if dist.is_initialized() else 1
        self.rank = dist.get_rank() if dist.is_initialized() else 0

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    def share(self, value: T) -> T:
        """The first process's value, on all of them."""
        if self.size == 1:
            return value
        values = [value]
        dist.broadcast_object_list(values, src=0, device=_device())
        return values[0]

    def gather(self, value: T) -> list[T]:
        """Every process's value, by rank, on all of them."""
        if self.size == 1:
            return [value]
        values: list[Any] = [None] * self.size
        dist.all_gather_object(values, value)
        return values

    def add(self, values: Tensor) -> Tensor:
        """The sum of a tensor over the processes, in place."""
        if self.size > 1:
            dist.all_reduce(values)
        return values

    def part(self, items: list[T]) -> list[T]:
        """Every size-th of the items: together all, each once."""
        return items[self.rank :: self.size]


def join(device: str) -> torch.device | None:
    """Join the processes that torchrun has started; the device of this one, or None where it runs alone.

    NCCL where each has a GPU of its own, gloo otherwise. Raises RuntimeError when the others do not come.
    """
    if "WORLD_SIZE" not in os.environ or "RANK" not in os.environ:
        return None
    local = int(os.environ.get("LOCAL_RANK", "0"))
    on_gpu = device in ("auto", "cuda") and torch.cuda.is_available() and local < torch.cuda.device_count()
    if on_gpu:
        torch.cuda.set_device(local)
    if not dist.is_initialized():
        dist.init_process_group("nccl" if on_gpu else "gloo", timeout=PATIENCE)
    return torch.device("cuda", local) if on_gpu else torch.device("cpu")


def leave() -> None:
    """Part from the others; nothing where there are none."""
    if dist.is_initialized():
        dist.destroy_process_group()


def restarts() -> int:
    """How often torchrun has started this again after one of the processes died."""
    return int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"))


def _device() -> torch.device:
    return (
        torch.device("cuda", torch.cuda.current_device())
        if dist.get_backend() == "nccl"
        else torch.device("cpu")
    )
