"""Every backbone that the folder holds."""

from __future__ import annotations

from operator import attrgetter

import pytest
import torch
from torch import nn
from torchvision import models
from torchvision.ops import FrozenBatchNorm2d

from model.discover import discover
from model.network import backbones
from model.network.backbones.backbone import Backbone, fold
from tests.model.network.twins import random_norms

ALL = discover(backbones, "BACKBONES")
each_backbone = pytest.mark.parametrize("row", ALL, ids=attrgetter("name"))


def test_the_resnets_are_there():
    assert {row.name for row in ALL} >= {"resnet18", "resnet34", "resnet50", "resnet101"}


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
def test_stages_name_all_parts_that_learn(row: Backbone):
    with torch.device("meta"):
        body = row.make(FrozenBatchNorm2d)
    parts = {name.split(".")[0] for name, _ in body.named_parameters()}
    named = [part for stage in row.stages for part in stage]
    assert parts <= set(named)
    assert all(hasattr(body, part) for part in named)


@each_backbone
def test_its_imagenet_weights_are_torchvisions_and_fit(row: Backbone):
    weights = models.get_weight(row.imagenet)
    with torch.device("meta"):
        theirs = models.get_model(row.name).state_dict()
        ours = row.make(nn.BatchNorm2d).state_dict()
    assert weights.url.startswith("https://")
    assert {n: t.shape for n, t in ours.items()} == {
        n: t.shape for n, t in theirs.items() if not n.startswith(("fc.", "classifier."))
    }


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_folding_changes_no_answer(name: str):
    (row,) = (row for row in ALL if row.name == name)
    torch.manual_seed(0)
    body = row.make(FrozenBatchNorm2d).eval()
    random_norms(body)
    pixels = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        before = body(pixels)
        fold(body)
        after = body(pixels)
    assert not any(isinstance(module, FrozenBatchNorm2d) for module in body.modules())
    for mine, expected in zip(after, before, strict=True):
        torch.testing.assert_close(mine, expected, rtol=1e-4, atol=1e-4 * expected.abs().max().item())


def test_a_new_network_is_initialised_as_torchvisions_resnet():
    torch.manual_seed(0)
    (row,) = (row for row in ALL if row.name == "resnet18")
    body = row.make(nn.BatchNorm2d)
    # kaiming, fan out: sqrt(2 / (64 * 7 * 7)) = 0.0253
    assert body.get_parameter("conv1.weight").std().item() == pytest.approx(0.0253, rel=0.05)
    assert (body.get_parameter("bn1.weight") == 1).all()
