"""Losses that are not finite: which step they came in, and with which images."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from model.records.words import named

MOST = 3  # times that a run is taken back; then it gives up
SLOWER = 0.25  # of the learning rate, after each
EACH_STEP, NOW_AND_THEN = 1, 20  # steps between two looks: a CPU knows at once, a GPU is waited for
NAMED = 8  # images


class Watch:
    """Remembers whether each step was bad, without asking the device for it, until it is time to look."""

    def __init__(self, device: torch.device) -> None:
        self._every = EACH_STEP if device.type == "cpu" else NOW_AND_THEN
        self._steps: list[tuple[Tensor, tuple[str, ...]]] = []

    def add(self, is_bad: Tensor, names: Sequence[str]) -> None:
        """is_bad: () bool, on the device. names: the images of the step."""
        self._steps.append((is_bad, tuple(names)))

    @property
    def is_due(self) -> bool:
        return len(self._steps) >= self._every

    def look(self) -> tuple[str, ...] | None:
        """The images of the first bad step since the last look; None where there was none."""
        steps, self._steps = self._steps, []
        if not steps:
            return None
        bad = torch.stack([flag for flag, _ in steps]).tolist()
        return steps[bad.index(True)][1] if any(bad) else None


def sentence(names: Sequence[str], setbacks: int) -> str:
    """What happened at these images, the setbacks-th time, and what is done about it."""
    return (
        f"The losses grew without bound at a batch of {named(names, NAMED)}. The network is put back to where it "
        f"was at its last checkpoint, and goes on with a quarter of the learning rate (setback {setbacks} of {MOST})."
    )


def last_sentence(names: Sequence[str], setbacks: int) -> str:
    """Why the run gives up."""
    return (
        f"The losses grew without bound {setbacks} times, at last with {named(names, NAMED)}. Look at the boxes of "
        "these images, or train again with a lower learning rate."
    )
