"""The losses of a batch: what counts, and by what it is divided."""

from __future__ import annotations

import pytest
import torch

from model.network import criterion
from model.network.anchors import anchors_for
from model.network.criterion import Criterion
from model.network.losses import BOX_LOSSES, focal_loss
from model.network.matching import BACKGROUND, REFUSED, match, pad
from model.network.retinanet import Outputs
from model.network.roles import Role
from model.records import Architecture
from tests.model.network.twins import CLASSES, random_boxes

SIZE = (64, 64)
ANCHORS = anchors_for(SIZE, Architecture())


def outputs(images: int) -> Outputs:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(images, len(ANCHORS), CLASSES, generator=generator).requires_grad_()
    return Outputs(logits, torch.randn(images, len(ANCHORS), 4, generator=generator).requires_grad_())


def test_each_image_is_divided_by_its_own_foreground_then_averaged():  # keras-retinanet: by the batch's
    said, each = outputs(2), [random_boxes(1, SIZE, 1), random_boxes(12, SIZE, 2)]
    together = Criterion()(said, ANCHORS, pad(each))
    alone = [
        Criterion()(Outputs(said.logits[i : i + 1], said.deltas[i : i + 1]), ANCHORS, pad([target]))
        for i, target in enumerate(each)
    ]
    counts = [int((match(ANCHORS, pad([target])) >= 0).sum()) for target in each]
    assert counts[0] != counts[1]
    for name in ("class", "box"):
        torch.testing.assert_close(together[name], (alone[0][name] + alone[1][name]) / 2)


def test_an_image_without_boxes_is_divided_by_one():
    said = outputs(1)
    losses = Criterion()(said, ANCHORS, pad([random_boxes(0, SIZE)]))
    torch.testing.assert_close(
        losses["class"], focal_loss(said.logits[0], torch.zeros(len(ANCHORS), CLASSES))
    )
    assert losses["box"].item() == 0


def test_anchors_centred_outside_the_image_count():  # keras-retinanet ignores them
    said = outputs(1)
    Criterion()(said, ANCHORS, pad([random_boxes(0, SIZE)]))["class"].backward()
    image_width = 40  # of a batch that is 64 px wide
    outside = (ANCHORS[:, 0] + ANCHORS[:, 2]) / 2 > image_width
    assert outside.any()
    assert (said.logits.grad[0, outside] != 0).all()


def test_a_positive_anchor_learns_its_own_box_and_class():
    box, label = torch.tensor([[8.0, 8.0, 40.0, 40.0]]), torch.tensor([3])
    targets = pad([(box, label, torch.tensor([Role.OBJECT]))])
    anchor = int((match(ANCHORS, targets)[0] >= 0).nonzero()[0, 0])
    said = outputs(1)
    sum(Criterion()(said, ANCHORS, targets).values()).backward()
    assert said.logits.grad[0, anchor].sign().tolist() == [1, 1, 1, -1, 1]  # descent raises class 3 alone
    assert (said.deltas.grad[0, anchor] != 0).all()


def test_background_has_no_box_loss():
    targets = pad([random_boxes(3, SIZE)])
    said = outputs(1)
    Criterion()(said, ANCHORS, targets)["box"].backward()
    assert (said.deltas.grad[match(ANCHORS, targets) == BACKGROUND] == 0).all()


def test_what_overlaps_a_difficult_box_is_not_punished():
    box = torch.tensor([[0.0, 0.0, 32.0, 32.0]])
    said = outputs(1)
    targets = pad([(box, torch.tensor([1]), torch.tensor([Role.IGNORED]))])
    sum(Criterion()(said, ANCHORS, targets).values()).backward()
    ignored = match(ANCHORS, targets)[0] != BACKGROUND
    assert ignored.any()
    assert (said.logits.grad[0, ignored] == 0).all()


def test_in_a_region_nothing_is_punished_and_around_it_all_is():
    region = torch.tensor([[0.0, 0.0, 32.0, 32.0]])
    said = outputs(1)
    targets = pad([(region, torch.tensor([1]), torch.tensor([Role.REGION]))])
    sum(Criterion()(said, ANCHORS, targets).values()).backward()
    inside = ((ANCHORS[:, :2] >= 0) & (ANCHORS[:, 2:] <= 32)).all(dim=1)
    outside = (ANCHORS[:, :2] >= 32).any(dim=1)
    assert inside.any()
    assert outside.any()
    assert (said.logits.grad[0, inside] == 0).all()
    assert (said.logits.grad[0, outside] != 0).all()


def test_a_rejected_proposal_counts_as_often_as_asked_for_all_classes_and_no_other_place_does():
    boxes, labels, roles = random_boxes(4, SIZE)
    refused = torch.tensor([[24.0, 24.0, 56.0, 56.0]])
    targets = pad(
        [
            (
                torch.cat((boxes, refused)),
                torch.cat((labels, labels[:1])),
                torch.tensor([*roles, Role.REJECTED]),
            )
        ]
    )
    gradients = []
    for weight in (1.0, 4.0):
        said = outputs(1)
        sum(Criterion(rejected_weight=weight)(said, ANCHORS, targets).values()).backward()
        gradients.append(said.logits.grad[0])
    once, four_times = gradients
    hard = match(ANCHORS, targets)[0] == REFUSED
    assert hard.any()
    torch.testing.assert_close(four_times[hard], 4 * once[hard])
    assert torch.equal(four_times[~hard], once[~hard])


def test_by_default_a_rejected_proposal_is_background_as_any():
    refused = (torch.tensor([[24.0, 24.0, 56.0, 56.0]]), torch.tensor([1]), torch.tensor([Role.REJECTED]))
    with_it, without = (
        Criterion()(outputs(1), ANCHORS, pad([target])) for target in (refused, random_boxes(0, SIZE))
    )
    torch.testing.assert_close(with_it, without)


@pytest.mark.parametrize("name", BOX_LOSSES)
def test_the_box_loss_is_the_one_asked_for(name):
    said, targets = outputs(1), pad([random_boxes(2, SIZE)])
    loss = Criterion(name)(said, ANCHORS, targets)["box"]
    matched = match(ANCHORS, targets)[0]
    positive = matched >= 0
    each = BOX_LOSSES[name](said.deltas[0, positive], targets.boxes[0, matched[positive]], ANCHORS[positive])
    torch.testing.assert_close(loss, each.sum() / positive.sum())


def test_l1_is_what_torchvisions_weights_were_trained_with():
    said, targets = outputs(1), pad([random_boxes(2, SIZE)])
    assert torch.equal(
        Criterion()(said, ANCHORS, targets)["box"], Criterion("l1")(said, ANCHORS, targets)["box"]
    )


def test_an_unknown_box_loss_is_refused_by_name():
    with pytest.raises(ValueError, match="box_loss is 'l2'; it must be one of l1, smooth_l1, giou"):
        Criterion("l2")


def everything(matched: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """What a GPU is given in place of the indices of the foreground."""
    return torch.arange(matched.numel()), matched.flatten() >= 0


@pytest.mark.parametrize("name", BOX_LOSSES)
@pytest.mark.parametrize("counts", [(0, 0), (1, 12)])
def test_all_anchors_with_a_mask_give_what_the_foreground_alone_gives(monkeypatch, name, counts):
    each = [random_boxes(count, SIZE, seed) for seed, count in enumerate(counts)]
    few, dense = outputs(2), outputs(2)
    expected = Criterion(name)(few, ANCHORS, pad(each))
    sum(expected.values()).backward()
    monkeypatch.setattr(criterion, "foreground", everything)
    losses = Criterion(name)(dense, ANCHORS, pad(each))
    sum(losses.values()).backward()
    torch.testing.assert_close(losses, expected)
    torch.testing.assert_close(dense.logits.grad, few.logits.grad)
    torch.testing.assert_close(dense.deltas.grad, few.deltas.grad)
