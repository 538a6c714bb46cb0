"""PyTorch as it is: nothing to export, nothing to wait for, new weights in some 20 ms."""

from __future__ import annotations

import torch
from torch import Tensor

from model.detection.runtimes.graphs import Graphs, Run, capture
from model.detection.runtimes.runtime import Runtime
from model.network.backbones.backbone import fold
from model.network.retinanet import Outputs, RetinaNet
from model.network.weights import Weights


class EagerRunner:
    """A RetinaNet with its norms folded, its weights in channels_last and in the given precision.

    Weights that are bfloat16 themselves, instead of being cast at every call, are a quarter faster on a CPU.
    """

    def __init__(self, weights: Weights, device: torch.device, precision: torch.dtype) -> None:
        with torch.device("meta"):  # no memory and no random start for tensors that are replaced at once
            network = RetinaNet(weights.architecture, len(weights.classes))
        network.load_state_dict(weights.tensors, assign=True)
        fold(network)  # in float32, before the precision is lost
        network.requires_grad_(False)
        network.to(device=device, dtype=precision, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._network = network.eval()
        self._device, self._precision = device, precision
        self._run: Run = Graphs(self._network, capture) if device.type == "cuda" else self._network

    def __call__(self, pixels: Tensor) -> Outputs:
        with torch.inference_mode():
            return self._run(pixels.to(self._precision, memory_format=torch.channels_last))

    def anchors(self, size: tuple[int, int]) -> Tensor:
        return self._network.anchors(size, self._device)


RUNTIME = Runtime("eager", EagerRunner)
