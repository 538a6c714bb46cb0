"""Checkpoints: written on a thread of their own, while the run goes on, and held to go back to."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from model.training.checkpoint import Checkpoint, save_checkpoint


class Keeper:
    """Holds the newest state that was good, and writes it to a file.

    Copying a state takes as long as a step does, writing it as long as ten: so only the copy is waited for.
    The memory of one copy is used again and again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: threading.Thread | None = None
        self._error: OSError | None = None  # of the newest write
        self._has_told = False
        self.newest: Checkpoint | None = None

    def hold(self, checkpoint: Checkpoint) -> None:
        """Copy a state, to go back to. Waits for a write that goes on."""
        self._wait()
        held = self.newest.tensors if self.newest is not None else {}
        tensors = {name: _copied(tensor, held.get(name)) for name, tensor in checkpoint.tensors.items()}
        self.newest = replace(checkpoint, position=replace(checkpoint.position), tensors=tensors)

    def keep(self, checkpoint: Checkpoint) -> None:
        """Copy a state and begin to write it."""
        self.hold(checkpoint)
        # not a daemon: the program ends when the file is whole
        self._writer = threading.Thread(target=self._write, args=(self.newest,), name="writing a checkpoint")
        self._writer.start()

    def take_news(self) -> OSError | None:
        """Why files cannot be written, the first time that this is asked since they could."""
        if self._error is None or self._has_told:
            return None
        self._has_told = True
        return self._error

    def finish(self) -> None:
        """Wait for the file. Raises OSError where the newest state could not be written."""
        self._wait()
        if self._error is not None:
            raise self._error

    def discard(self) -> None:
        """The run is over: there is nothing left to go on with."""
        self._wait()
        self._path.unlink(missing_ok=True)

    def _write(self, checkpoint: Checkpoint) -> None:
        try:
            save_checkpoint(checkpoint, self._path)
        except OSError as error:
            self._error = error
        else:
            self._error, self._has_told = None, False

    def _wait(self) -> None:
        if self._writer is not None:
            self._writer.join()
            self._writer = None


def _copied(tensor: Tensor, into: Tensor | None) -> Tensor:
    """A copy on the CPU, contiguous as files want it; in the memory of `into` where that has its shape."""
    if into is None or into.shape != tensor.shape or into.dtype != tensor.dtype:
        into = torch.empty(tensor.shape, dtype=tensor.dtype)
    return into.copy_(tensor.detach())
