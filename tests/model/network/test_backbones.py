"""Every backbone that the folder holds: what its row says is what torchvision's network of that name is."""

from __future__ import annotations

from operator import attrgetter

import pytest
import torch
from torch import Tensor, nn
from torchvision import models
from torchvision.ops import FrozenBatchNorm2d, StochasticDepth

from model.discover import discover
from model.network import backbones
from model.network.backbones.backbone import Backbone
from model.network.retinanet import RetinaNet
from model.records import Architecture

ALL: tuple[Backbone, ...] = discover(backbones, "BACKBONES")
each_backbone = pytest.mark.parametrize("row", ALL, ids=attrgetter("name"))

# the layers of torchvision's that no row takes: what serves the classifier alone
LEFT_OUT = {
    **dict.fromkeys(
        ("efficientnet_b0", "efficientnet_b1", "efficientnet_b2", "efficientnet_b3"), "features.8"
    ),
    "efficientnet_v2_s": "features.7",
}
NORMS = (nn.BatchNorm2d, FrozenBatchNorm2d, nn.LayerNorm)


def test_the_backbones_are_there():
    assert {row.name for row in ALL} >= {
        *("resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d"),
        *("efficientnet_b0", "efficientnet_b1", "efficientnet_b2", "efficientnet_b3", "efficientnet_v2_s"),
        *("mobilenet_v3_large", "convnext_tiny"),
    }


def test_no_two_have_one_name():
    assert len({row.name for row in ALL}) == len(ALL)


@each_backbone
def test_features_have_strides_8_16_32_and_the_channels_declared(row: Backbone):
    with torch.device("meta"):  # shapes without the arithmetic
        features = row.make(FrozenBatchNorm2d)(torch.zeros(2, 3, 96, 160))
    assert [tuple(f.shape) for f in features] == [
        (2, channels, 96 // stride, 160 // stride)
        for channels, stride in zip(row.channels, (8, 16, 32), strict=True)
    ]


@each_backbone
def test_a_stage_is_what_leads_to_the_next_stride(row: Backbone):
    maps: dict[str, Tensor] = {}
    with torch.device("meta"):
        theirs = models.get_model(row.name).eval()
        for part in (part for stage in row.stages for part in stage):
            theirs.get_submodule(part).register_forward_hook(
                lambda _, i, o, part=part: maps.update({part: o})
            )
        theirs(torch.zeros(1, 3, 64, 64))
    strides = {part: 64 // features.shape[-1] for part, features in maps.items()}
    assert [strides[stage[-1]] for stage in row.stages[1:]] == [4, 8, 16, 32]
    for before, stage in zip(row.stages[1:], row.stages[2:], strict=False):  # C3 is the last map of stride 8
        assert strides[stage[0]] == 2 * strides[before[-1]]


@each_backbone
@pytest.mark.parametrize("norm", [FrozenBatchNorm2d, nn.BatchNorm2d])
def test_stages_name_each_part_once(row: Backbone, norm: type[nn.Module]):
    with torch.device("meta"):
        body = row.make(norm)
    named = [part for stage in row.stages for part in stage]
    assert len(set(named)) == len(named)
    for name in body.state_dict():
        assert sum(name.startswith(f"{part}.") for part in named) == 1, name
    for part in named:
        assert any(name.startswith(f"{part}.") for name in body.state_dict()), part


@each_backbone
def test_its_imagenet_weights_are_torchvisions_and_fit(row: Backbone):
    weights = models.get_weight(row.imagenet)
    with torch.device("meta"):
        theirs = models.get_model(row.name)
        ours = row.make(nn.BatchNorm2d).state_dict()
    assert isinstance(weights, models.get_model_weights(row.name))
    assert weights.url.startswith("https://download.pytorch.org/")
    left_out = tuple(f"{part}." for part in ("fc", "classifier", LEFT_OUT.get(row.name, "fc")))
    assert {n: t.shape for n, t in ours.items()} == {
        n: t.shape for n, t in theirs.state_dict().items() if not n.startswith(left_out)
    }


@each_backbone
@pytest.mark.parametrize("norm", [FrozenBatchNorm2d, nn.BatchNorm2d])
def test_its_norms_have_the_eps_and_the_momentum_of_torchvisions(row: Backbone, norm: type[nn.Module]):
    with torch.device("meta"):
        theirs, ours = models.get_model(row.name), row.make(norm)
    norms = {name: module for name, module in ours.named_modules() if isinstance(module, NORMS)}
    assert len(norms) >= 20
    for name, module in norms.items():
        expected = theirs.get_submodule(name)
        assert module.eps == expected.eps
        if isinstance(expected, nn.BatchNorm2d):
            assert type(module) is norm
            assert getattr(module, "momentum", expected.momentum) == expected.momentum
        else:  # a layer norm has nothing to freeze
            assert type(module) is type(expected)


@pytest.mark.parametrize(
    ("name", "eps", "momentum"),
    [("resnet50", 1e-5, 0.1), ("efficientnet_b0", 1e-5, 0.1), ("efficientnet_v2_s", 1e-3, 0.1)]
    + [("mobilenet_v3_large", 1e-3, 0.01)],
)
def test_the_papers_differ_in_eps_and_momentum(name: str, eps: float, momentum: float):
    with torch.device("meta"):
        body = RetinaNet(Architecture(name), 2, norm="batch").backbone.body
    norms = [module for module in body.modules() if isinstance(module, nn.BatchNorm2d)]
    assert {(module.eps, module.momentum) for module in norms} == {(eps, momentum)}


@each_backbone
def test_stochastic_depth_is_as_deep_as_torchvisions(row: Backbone):
    with torch.device("meta"):
        theirs, ours = models.get_model(row.name), row.make(FrozenBatchNorm2d)
    chances = {name: m.p for name, m in ours.named_modules() if isinstance(m, StochasticDepth)}
    assert chances == {name: m.p for name, m in theirs.named_modules() if isinstance(m, StochasticDepth)}
    assert bool(chances) is row.name.startswith(("efficientnet", "convnext"))


def test_a_new_network_is_initialised_as_torchvisions_resnet():
    torch.manual_seed(0)
    (row,) = (row for row in ALL if row.name == "resnet18")
    body = row.make(nn.BatchNorm2d)
    # kaiming, fan out: sqrt(2 / (64 * 7 * 7)) = 0.0253
    assert body.get_parameter("conv1.weight").std().item() == pytest.approx(0.0253, rel=0.05)
    assert (body.get_parameter("bn1.weight") == 1).all()
