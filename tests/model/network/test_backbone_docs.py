"""docs/backbones.md says what is measured."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn
from torchvision import models

from model.network.backbones.backbone import Backbone
from model.network.retinanet import RetinaNet
from model.records import Architecture
from tests.model.network.test_backbones import ALL, each_backbone

PAGE = Path(__file__).resolve().parents[3] / "docs" / "backbones.md"


def table() -> dict[str, list[str]]:
    """The page's rows, by name: RetinaNet, body, channels, top-1, what it suits."""
    rows = [line.strip("|").split("|") for line in PAGE.read_text("utf-8").splitlines() if line[:2] == "| "]
    return {name.strip(): [cell.strip() for cell in cells] for name, *cells in rows[1:]}


def millions(network: nn.Module) -> str:
    return f"{sum(parameter.numel() for parameter in network.parameters()) / 1e6:.2f}"


def test_the_page_has_a_row_for_each_backbone():
    assert table().keys() == {row.name for row in ALL}


@each_backbone
def test_the_page_equals_what_is_measured(row: Backbone):
    with torch.device("meta"):
        network = RetinaNet(Architecture(row.name), 91)
    accuracy = models.get_weight(row.imagenet).meta["_metrics"]["ImageNet-1K"]["acc@1"]
    *facts, suits = table()[row.name]
    assert facts == [
        millions(network),
        millions(network.backbone.body),
        ", ".join(map(str, row.channels)),
        f"{accuracy:.2f}",
    ]
    assert suits


@pytest.mark.parametrize(("name", "expected"), [("resnet50", "34.01"), ("resnet101", "52.95")])
def test_the_counts_are_those_that_are_known(name: str, expected: str):
    # torchvision reports 34,014,999 for retinanet_resnet50_fpn; ResNet-101 has 18.94 M more
    assert table()[name][0] == expected
