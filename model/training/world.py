"""The processes that train or detect together: one, or as many as torchrun has started."""

from __future__ import annotations

import datetime
import os
from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

T = TypeVar("T")
PATIENCE = datetime.timedelta(minutes=10)  # for the slowest of them, which may be decoding large images


class World:
    """This process among all of them. Alone, everything here costs nothing and changes nothing.

    Whatever all must do alike (which images, when to stop) is decided by the first and shared. Values go from
    processor to processor, past the GPUs, so that nothing waits for these.
    """

    def __init__(self) -> None:
        joined = _has_joined()
        self.size = dist.get_world_size() if joined else 1
        self.rank = dist.get_rank() if joined else 0

    @property
    def is_alone(self) -> bool:
        return self.size == 1

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    def share(self, value: T) -> T:
        """The first process's value, on all of them."""
        if self.is_alone:
            return value
        values = [value]
        dist.broadcast_object_list(values, src=0, group=_processors())
        return values[0]

    def gather(self, value: T) -> list[T]:
        """Every process's value, by rank, on all of them."""
        if self.is_alone:
            return [value]
        values: list[Any] = [None] * self.size
        dist.all_gather_object(values, value, group=_processors())
        return values

    def add(self, values: Tensor) -> Tensor:
        """The sum of a tensor over the processes, in place, on their devices."""
        if not self.is_alone:
            dist.all_reduce(values)
        return values

    def part(self, items: Sequence[T]) -> list[T]:
        """Every size-th of the items: together the processes have all, each once."""
        return list(items[self.rank :: self.size])

    def together(self, mine: Sequence[T]) -> list[T]:
        """What the processes made of their part() of some items, one thing of each, in the items' order."""
        parts = self.gather(list(mine))
        return [part[row] for row in range(len(parts[0])) for part in parts if row < len(part)]


def join(device: str) -> None:
    """Join the processes that torchrun has started; nothing where it started none.

    NCCL where each has a GPU of its own, gloo otherwise. device: auto, cpu or cuda, as TrainSettings has it.
    Raises RuntimeError when the others do not come.
    """
    if "WORLD_SIZE" not in os.environ or "RANK" not in os.environ or _has_joined():
        return
    local = int(os.environ.get("LOCAL_RANK", "0"))
    on_gpu = device in ("auto", "cuda") and torch.cuda.is_available() and local < torch.cuda.device_count()
    if on_gpu:
        torch.cuda.set_device(local)
    dist.init_process_group("nccl" if on_gpu else "gloo", timeout=PATIENCE)


def leave() -> None:
    """Part from the others; nothing where there are none."""
    if _has_joined():
        _processors.cache_clear()
        dist.destroy_process_group()


def restarts() -> int:
    """How often torchrun has started this again after one of the processes died."""
    return int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"))


def _has_joined() -> bool:
    """Some builds of torch come without processes that work together."""
    return dist.is_available() and dist.is_initialized()


@cache
def _processors() -> Any:
    """The group through which values go; the first to ask must be all of them at once."""
    return dist.new_group(backend="gloo", timeout=PATIENCE) if dist.get_backend() != "gloo" else None
