"""The optimizer of a recipe, and its state by the names of parameters."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW, Optimizer

from model.records import TrainSettings


def make_optimizer(network: nn.Module, settings: TrainSettings) -> Optimizer:
    """SGD, Adam or AdamW over what learns. Raises ValueError.

    Weights decay; biases and norms do not: pulled towards zero, they would only undo the prior and the
    statistics.
    """
    # what is frozen now and learns later is there from the start: it is passed over while it has no gradient
    learning = [p for p in network.parameters() if p.requires_grad or settings.unfreeze_by]
    groups: list[dict[str, Any]] = [
        {"params": [p for p in learning if _decays(p)], "weight_decay": settings.weight_decay},
        {"params": [p for p in learning if not _decays(p)], "weight_decay": 0.0},
    ]
    fused = learning[0].device.type in ("cpu", "cuda")  # one pass over memory instead of one for each term
    rate, momentum = settings.learning_rate, settings.momentum
    match settings.optimizer:
        case "sgd":
            optimizer = SGD(groups, rate, momentum=momentum, fused=fused)
            if momentum:  # made here: a fused first step that is skipped leaves them as memory happened to be
                for parameter in learning:
                    optimizer.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter)
            return optimizer
        case "adam":
            return Adam(groups, rate, betas=(momentum, 0.999), fused=fused)
        case "adamw":
            return AdamW(groups, rate, betas=(momentum, 0.999), fused=fused)
    raise ValueError(f"optimizer is {settings.optimizer!r}; it must be sgd, adam or adamw")


def _decays(parameter: Tensor) -> bool:
    """Whether it mixes channels. ConvNeXt's scale of each channel is (C, 1, 1), and no weight."""
    return sum(side > 1 for side in parameter.shape) > 1


def set_rate(optimizer: Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate


def optimizer_state(optimizer: Optimizer, network: nn.Module) -> dict[str, Tensor]:
    """The optimizer's memory as "parameter/slot" -> tensor, for instance "head.….bias/exp_avg"."""
    return {
        f"{name}/{slot}": value
        for name, parameter in network.named_parameters()
        for slot, value in optimizer.state.get(parameter, {}).items()
        if isinstance(value, Tensor)
    }


def load_optimizer_state(optimizer: Optimizer, network: nn.Module, state: dict[str, Tensor]) -> None:
    """Give an optimizer the memory that optimizer_state() gave."""
    parameters = dict(network.named_parameters())
    for key, value in state.items():
        name, _, slot = key.rpartition("/")
        parameter = parameters[name]
        if value.shape == parameter.shape:
            # laid out in memory as the parameter is: the fused kernels walk through both side by side
            optimizer.state[parameter][slot] = torch.empty_like(parameter).copy_(value)
        else:  # Adam's count of steps
            optimizer.state[parameter][slot] = value.to(parameter.device, copy=True)
