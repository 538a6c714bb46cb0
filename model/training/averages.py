"""Averaged weights: steadier than the newest ones, and what is shown, measured and kept."""

from __future__ import annotations

import copy

import torch

from model.network.retinanet import RetinaNet


class Averages:
    """An exponential moving average of a network, as a network ready to detect.

    Norm statistics are averaged like weights. The decay warms up, min(decay, (1 + n) / (10 + n)) after n
    updates as in TensorFlow's ExponentialMovingAverage, so that the first steps do not linger in a short run.
    """

    def __init__(self, network: RetinaNet, decay: float) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.updates = 0
        self._decay = decay

    def update(self, network: RetinaNet) -> None:
        """Take in the weights as they are after a step."""
        self.updates += 1
        decay = min(self._decay, (1 + self.updates) / (10 + self.updates))
        ours, theirs = self.network.state_dict(), network.state_dict()
        moving = [name for name, tensor in ours.items() if tensor.is_floating_point()]
        with torch.no_grad():
            torch._foreach_lerp_(
                [ours[name] for name in moving], [theirs[name] for name in moving], 1 - decay
            )
