"""A RetinaNet of every backbone: what learns, what stays frozen, what a file gives back."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from model.network.backbones.backbone import Backbone
from model.network.retinanet import Outputs, RetinaNet, backbone
from model.network.weights import Weights, build, load, save, state_of
from model.records import Architecture
from tests.model.network.test_backbones import each_backbone
from tests.model.network.twins import random_norms


def small(row: Backbone, norm: str = "frozen", frozen_stages: int = 0) -> RetinaNet:
    torch.manual_seed(0)
    return RetinaNet(Architecture(row.name, channels=32, head_convs=1), 2, norm, frozen_stages)


def pixels(images: int = 1) -> torch.Tensor:
    return torch.randn(images, 3, 64, 64, generator=torch.Generator().manual_seed(1))


@each_backbone
def test_gradient_reaches_every_parameter_but_those_of_frozen_stages(row: Backbone):
    network = small(row, frozen_stages=2).eval()  # in train mode stochastic depth leaves out whole blocks
    frozen = tuple(f"backbone.body.{part}." for stage in row.stages[:2] for part in stage)
    outputs = network(pixels())
    # a random sum: on no anchor is the gradient nothing because the answer happens to be right
    sum((torch.randn_like(o) * o).sum() for o in outputs).backward()
    for name, parameter in network.named_parameters():
        if name.startswith(frozen):
            assert not parameter.requires_grad, name
            assert parameter.grad is None, name
        else:
            assert parameter.grad is not None, name
            assert torch.isfinite(parameter.grad).all(), name
            assert parameter.grad.abs().max() > 0, name
    assert any(name.startswith(frozen) for name, _ in network.named_parameters())


@each_backbone
def test_norms_learn_and_count_with_norm_batch_but_not_in_frozen_stages(row: Backbone):
    network = small(row, norm="batch", frozen_stages=2).train()
    frozen = tuple(f"backbone.body.{part}" for stage in row.stages[:2] for part in stage)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    with torch.no_grad():
        network.backbone.body(pixels(images=2))
    for name, module in network.named_modules():
        within = name.startswith(tuple(f"{part}." for part in frozen)) or name in frozen
        if name.startswith("backbone.body."):
            assert module.training is not within, name
        if isinstance(module, nn.BatchNorm2d):
            assert torch.equal(module.running_mean, before[f"{name}.running_mean"]) is within, name
            assert torch.isfinite(module.running_var).all(), name
    assert network.eval().training is False


@each_backbone
def test_all_stages_can_be_frozen(row: Backbone):
    with torch.device("meta"):
        network = RetinaNet(Architecture(row.name), 2, frozen_stages=len(row.stages)).train()
    assert not any(parameter.requires_grad for parameter in network.backbone.body.parameters())
    assert all(parameter.requires_grad for parameter in network.backbone.fpn.parameters())


@each_backbone
def test_a_saved_network_gives_the_same_answers(row: Backbone, tmp_path: Path):
    network = small(row).eval()
    random_norms(network)
    before, after = answers(network), answers(saved_and_read(network, tmp_path))
    assert all(torch.equal(mine, expected) for mine, expected in zip(after, before, strict=True))


@pytest.mark.parametrize("name", ["resnet18", "efficientnet_v2_s", "mobilenet_v3_large"])
def test_norms_that_have_learned_are_read_as_frozen_ones(name: str, tmp_path: Path):
    network = small(backbone(name), norm="batch").eval()
    random_norms(network)
    before, after = answers(network), answers(saved_and_read(network, tmp_path))
    for mine, expected in zip(after, before, strict=True):
        torch.testing.assert_close(mine, expected, rtol=0, atol=1e-4 * expected.abs().max().item())


def saved_and_read(network: RetinaNet, folder: Path) -> RetinaNet:
    file = folder / "model.safetensors"
    save(Weights(network.architecture, ("bolt", "nut"), state_of(network)), file)
    again = build(load(file))
    file.unlink()  # up to 0.2 GB, and pytest keeps what is left
    return again


def answers(network: RetinaNet) -> Outputs:
    with torch.no_grad():
        outputs: Outputs = network(pixels())
    return outputs


def kept_bytes(network: RetinaNet, side: int) -> int:
    """What backward needs of forward on one image, each tensor once, as far as it was not there before."""
    own = {t.untyped_storage().data_ptr() for t in (*network.parameters(), *network.buffers())}
    kept: dict[int, torch.Tensor] = {}  # held, so that no address is given twice

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        kept.setdefault(tensor.untyped_storage().data_ptr(), tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        network(torch.randn(1, 3, side, side))
    return sum(t.untyped_storage().nbytes() for address, t in kept.items() if address not in own)


@each_backbone
def test_each_pixel_takes_as_much_memory_as_its_row_says(row: Backbone):
    network = RetinaNet(Architecture(row.name), 2).train()
    small, large = 64, 128  # the difference: folded weights take the same for both
    grown = kept_bytes(network, large) - kept_bytes(network, small)
    assert grown / (large**2 - small**2) == pytest.approx(row.kept, rel=0.05)
