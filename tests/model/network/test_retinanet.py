"""The network as a whole: shapes, the paper's start, what learns and what does not."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import torch

from model.network.anchors import level_ends
from model.network.backbones.backbone import fold
from model.network.criterion import Criterion
from model.network.heads import PRIOR
from model.network.matching import pad
from model.network.pyramid import TopBlocks
from model.network.retinanet import KEPT_ANCHORS, RetinaNet
from model.records import Architecture
from tests.model.network.twins import random_boxes, random_norms

SMALL = Architecture(backbone="resnet18", channels=32, head_convs=2, anchor_sizes=(16, 32, 64, 128, 256))


def network(seed: int = 0, **options: object) -> RetinaNet:
    torch.manual_seed(seed)
    return RetinaNet(SMALL, 3, **options)  # type: ignore[arg-type]


def learn_one_step(net: RetinaNet) -> None:
    pixels = torch.randn(2, 3, 64, 96)
    targets = pad([random_boxes(4, (64, 96)), random_boxes(0, (64, 96))])
    targets.labels.clamp_(max=2)
    optimizer = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], lr=0.1)
    sum(Criterion()(net.train()(pixels), net.anchors((64, 96)), targets).values()).backward()
    optimizer.step()


def test_there_is_one_answer_for_each_anchor():
    net = network()
    with torch.no_grad():
        outputs = net(torch.zeros(2, 3, 96, 160))
    count = len(net.anchors((96, 160)))
    assert outputs.logits.shape == (2, count, 3)
    assert outputs.deltas.shape == (2, count, 4)
    assert level_ends((96, 160), SMALL)[-1] == count


def test_each_anchor_starts_as_background_with_a_prior_of_a_hundredth():
    net = network()
    random_norms(net)
    with torch.no_grad():
        p = net(torch.randn(1, 3, 96, 96)).logits.sigmoid()
    assert PRIOR == 0.01
    assert p.mean().item() == pytest.approx(0.01, rel=0.2)


def test_the_subnets_are_four_convolutions_of_256_channels_in_the_paper():
    with torch.device("meta"):
        head = RetinaNet(Architecture(), 2).head
    for tower in (head.classification_head.conv, head.regression_head.conv):
        assert [tuple(layer[0].weight.shape) for layer in tower] == [(256, 256, 3, 3)] * 4


def test_p6_comes_from_p5_or_from_c5():
    with torch.device("meta"):
        channels = {
            source: RetinaNet(replace(SMALL, p6_from=source), 3).backbone.fpn.extra_blocks.p6.in_channels
            for source in ("p5", "c5")
        }
    assert channels == {"p5": 32, "c5": 512}


def test_p6_from_c5_runs():
    torch.manual_seed(0)
    net = RetinaNet(replace(SMALL, p6_from="c5"), 3)
    with torch.no_grad():
        assert net(torch.zeros(1, 3, 64, 64)).logits.shape == (1, len(net.anchors((64, 64))), 3)


@pytest.mark.parametrize("norm", ["frozen", "batch"])
def test_gradients_reach_every_parameter_that_learns(norm):
    net = network(norm=norm)
    learn_one_step(net)
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name


@pytest.mark.parametrize("norm", ["frozen", "batch"])
def test_frozen_stages_stay_as_they_were_to_the_last_statistic(norm):
    net = network(norm=norm, frozen_stages=2)  # the stem and layer1
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    learn_one_step(net)
    frozen = tuple(f"backbone.body.{part}." for part in ("conv1", "bn1", "layer1"))
    for name, tensor in net.state_dict().items():
        if name.startswith(frozen):
            assert torch.equal(tensor, before[name]), name
    assert not torch.equal(
        net.state_dict()["backbone.body.layer2.0.conv1.weight"], before["backbone.body.layer2.0.conv1.weight"]
    )


def test_a_frozen_norm_keeps_its_statistics_and_a_batch_norm_learns_them():
    name = "backbone.body.layer1.0.bn1.running_mean"
    moved = {}
    for norm in ("frozen", "batch"):
        net = network(norm=norm)
        before = net.state_dict()[name].clone()
        learn_one_step(net)
        moved[norm] = not torch.equal(net.state_dict()[name], before)
    assert moved == {"frozen": False, "batch": True}


def test_what_was_trained_with_batch_norm_answers_the_same_with_frozen_norm():
    trained = network(norm="batch")
    learn_one_step(trained)
    frozen = network(seed=1)
    frozen.load_state_dict(trained.state_dict())
    pixels = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        mine, expected = frozen.eval()(pixels), trained.eval()(pixels)
    torch.testing.assert_close(mine.logits, expected.logits, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(mine.deltas, expected.deltas, rtol=1e-4, atol=1e-4)


def test_folding_the_whole_network_changes_no_answer():
    net = network().eval()
    random_norms(net)
    pixels = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        expected = net(pixels)
        fold(net)
        mine = net(pixels)
    torch.testing.assert_close(mine.logits, expected.logits, rtol=1e-4, atol=1e-4)


def test_channels_last_gives_the_same_answers():
    net = network().eval()
    pixels = torch.randn(2, 3, 64, 96)
    with torch.no_grad():
        expected = net(pixels)
        mine = net.to(memory_format=torch.channels_last)(pixels.to(memory_format=torch.channels_last))
    torch.testing.assert_close(mine.logits, expected.logits, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(mine.deltas, expected.deltas, rtol=1e-4, atol=1e-4)


def test_anchors_are_made_once_for_each_size_and_only_a_few_are_kept():
    net = network()
    assert net.anchors((64, 96)) is net.anchors((64, 96))
    for step in range(KEPT_ANCHORS + 5):
        net.anchors((64, 128 + 32 * step))
    assert len(net._anchors) == KEPT_ANCHORS


@pytest.mark.parametrize(
    ("changes", "options", "message"),
    [
        ({"backbone": "vgg"}, {}, "there is no backbone 'vgg'; there are "),
        ({"p6_from": "c4"}, {}, "p6_from is 'c4'"),
        ({"anchor_sizes": (32, 64)}, {}, "anchor_sizes are (32, 64); there must be one for each of P3 to P7"),
        ({}, {"norm": "group"}, "norm is 'group'; it must be one of frozen, batch"),
        ({}, {"frozen_stages": 6}, "frozen_stages is 6; resnet18 has 5 stages"),
    ],
)
def test_what_cannot_be_built_is_refused_by_name(changes, options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        RetinaNet(replace(SMALL, **changes), 3, **options)


@pytest.mark.parametrize("frozen", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v3_large"])
def test_going_on_from_the_frozen_stages_is_going_from_the_start(name, frozen):
    torch.manual_seed(0)
    network = RetinaNet(Architecture(name, 32, head_convs=1), 3, frozen_stages=frozen).train()
    network.backbone.body.eval()  # stochastic depth
    pixels = torch.randn(2, 3, 64, 96)
    expected = network(pixels)
    features = network.frozen_features(pixels)
    assert not any(level.requires_grad for level in features)
    got = network.forward_from(features)
    assert torch.equal(got.logits, expected.logits)
    assert torch.equal(got.deltas, expected.deltas)
    alone = network.frozen_features(pixels[1:])
    for one, both in zip(alone, features, strict=True):
        torch.testing.assert_close(one, both[1:], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("size", [(64, 64), (320, 64), (320, 32), (32, 32), (64, 320)], ids=str)
def test_narrow_images_have_gradients_in_bfloat16_too(size):  # oneDNN's are random on maps one column wide
    torch.manual_seed(0)
    blocks = TopBlocks(64, 64, "p5")
    p5 = torch.randn(2, 64, size[0] // 32, size[1] // 32)
    with torch.no_grad():
        p6 = blocks.p6(p5)
        plain = (p6, blocks.p7(torch.relu(p6)))
    for mine, theirs in zip(blocks(p5, p5), plain, strict=True):
        torch.testing.assert_close(mine, theirs)

    def gradients(precision: torch.dtype) -> list[torch.Tensor]:
        blocks.zero_grad()
        with torch.autocast("cpu", precision, enabled=precision is not torch.float32):
            p6, p7 = blocks(p5, p5)
        (p6.float().sum() + (p7.float() ** 2).sum()).backward()
        return [conv.weight.grad.clone() for conv in (blocks.p6, blocks.p7)]

    expected = gradients(torch.float32)
    for _ in range(20):
        for mine, theirs in zip(gradients(torch.bfloat16), expected, strict=True):
            assert (mine - theirs).abs().max() < 0.2 * theirs.abs().max()
