"""Every backbone against torchvision's network of that name with the same weights, in eval mode."""

from __future__ import annotations

import copy
from operator import attrgetter
from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn
from torchvision import models
from torchvision.ops import FrozenBatchNorm2d

from model.network.backbones.backbone import Backbone, fold
from tests.model.network.test_backbones import ALL
from tests.model.network.twins import random_norms

PIXELS = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))


class Twins(NamedTuple):
    """Both networks, C3 to C5 of both, and the gradients of both of one random sum over these."""

    ours: nn.Module
    maps: list[Tensor]
    their_maps: list[Tensor]
    gradients: dict[str, Tensor]
    their_gradients: dict[str, Tensor]


@pytest.fixture(scope="module", params=ALL, ids=attrgetter("name"))
def twins(request: pytest.FixtureRequest) -> Twins:
    row: Backbone = request.param
    torch.manual_seed(0)
    theirs = models.get_model(row.name).eval()  # its batch norms keep their statistics, as frozen ones do
    as_after_training(theirs)
    ours = row.make(FrozenBatchNorm2d).eval()
    names = ours.state_dict().keys()
    ours.load_state_dict({name: tensor for name, tensor in theirs.state_dict().items() if name in names})

    their_maps: list[Tensor] = []
    for *_, part in row.stages[2:]:  # copied: what comes behind may change a map in place
        theirs.get_submodule(part).register_forward_hook(lambda _, i, o: their_maps.append(o.clone()))
    theirs(PIXELS)
    maps = ours(PIXELS)
    scales = [torch.randn_like(features) / features.detach().std() for features in maps]
    for features in (maps, their_maps):
        sum((scale * f).sum() for scale, f in zip(scales, features, strict=True)).backward()
    gradients, their_gradients = (
        {name: p.grad for name, p in network.named_parameters() if p.grad is not None}
        for network in (ours, theirs)
    )
    return Twins(
        ours, [m.detach() for m in maps], [m.detach() for m in their_maps], gradients, their_gradients
    )


def as_after_training(network: nn.Module) -> None:
    """Norms and layer scales that are not the ones of a start: what is forgotten must show."""
    random_norms(network)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d | nn.LayerNorm):
                module.weight.uniform_(0.5, 1.2)
                module.bias.normal_(0, 0.1)
        for name, parameter in network.named_parameters():
            if name.endswith("layer_scale"):  # 1e-6 at the start: a block that does nothing
                parameter.uniform_(0.2, 0.8)


def assert_near(found: Tensor, expected: Tensor, relative: float = 1e-4) -> None:
    """To `relative` of the largest value."""
    torch.testing.assert_close(found, expected, rtol=0, atol=relative * expected.abs().max().item())


def test_its_features_are_torchvisions(twins: Twins):
    assert len(twins.maps) == len(twins.their_maps) == 3
    for mine, expected in zip(twins.maps, twins.their_maps, strict=True):
        assert_near(mine, expected)


def test_folded_norms_leave_the_gradients_as_they_were(twins: Twins):
    assert twins.gradients.keys() == {name for name, _ in twins.ours.named_parameters()}
    for name, gradient in twins.gradients.items():
        assert gradient.abs().max() > 0, name
        assert_near(gradient, twins.their_gradients[name])


def test_frozen_norms_are_folded_as_it_runs(twins: Twins):
    """None is run for itself, which would cost a pass over the activations."""
    body = copy.deepcopy(twins.ours)
    ran = []
    for module in body.modules():
        if isinstance(module, FrozenBatchNorm2d):
            module.register_forward_hook(lambda *_: ran.append(_))
    with torch.no_grad():
        body(PIXELS)
    assert not ran


def test_folding_for_good_changes_no_answer(twins: Twins):
    body = copy.deepcopy(twins.ours)
    fold(body)
    with torch.no_grad():
        after = body(PIXELS)
    assert not any(isinstance(module, FrozenBatchNorm2d) for module in body.modules())
    for mine, expected in zip(after, twins.maps, strict=True):
        assert_near(mine, expected)
