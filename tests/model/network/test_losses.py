"""Focal and box losses, against sums that the reader can do."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torchvision.ops import sigmoid_focal_loss

from model.network import losses
from model.network.losses import ALPHA, BOX_LOSSES, focal_loss, focal_loss_of_anchors

ANCHOR = torch.tensor([[0.0, 0.0, 10.0, 10.0]])


def test_focal_loss_of_one_positive_at_p_half():  # 0.25 * (1 - 0.5)**2 * -ln 0.5 = 0.0433
    assert focal_loss(torch.zeros(1), torch.ones(1)).item() == pytest.approx(0.0433, abs=5e-5)


def test_focal_loss_of_one_negative_at_p_half():  # 0.75 * 0.5**2 * -ln 0.5 = 0.1300
    assert focal_loss(torch.zeros(1), torch.zeros(1)).item() == pytest.approx(0.1300, abs=5e-5)


def test_an_easy_negative_counts_a_hundredth_of_a_percent():
    # p = 0.01, the prior: 0.75 * 0.01**2 * -ln 0.99 = 7.5e-7, where cross entropy has 0.01
    logit = torch.tensor([math.log(0.01 / 0.99)])
    assert focal_loss(logit, torch.zeros(1)).item() == pytest.approx(
        0.75 * 0.01**2 * -math.log(0.99), rel=1e-4
    )


def test_without_gamma_and_alpha_it_is_binary_cross_entropy():
    logits, targets = torch.randn(40), (torch.arange(40) % 3 == 0).float()
    expected = F.binary_cross_entropy_with_logits(logits, targets, reduction="sum")
    torch.testing.assert_close(focal_loss(logits, targets, alpha=None, gamma=0), expected)


def test_the_definition_is_torchvisions():
    logits, targets = 3 * torch.randn(200), (torch.arange(200) % 5 == 0).float()
    expected = sigmoid_focal_loss(logits, targets, alpha=0.25, gamma=2, reduction="sum")
    torch.testing.assert_close(focal_loss(logits, targets), expected)


YES = torch.tensor([True])


def one_pass_case() -> tuple[torch.Tensor, ...]:
    """2 images x 30 anchors x 4 classes; 6 foreground anchors; some ignored; images weigh differently."""
    logits = 4 * torch.randn(2, 30, 4, generator=torch.Generator().manual_seed(0))
    weights = torch.tensor([[0.5], [0.125]]).repeat(1, 30)
    weights[:, 5:9] = 0
    foreground, labels = torch.tensor([0, 1, 20, 31, 45, 59]), torch.tensor([0, 3, 1, 1, 2, 0])
    return logits, weights, foreground, labels, torch.ones(6, dtype=torch.bool)


def plain(
    logits: torch.Tensor,
    weights: torch.Tensor,
    foreground: torch.Tensor,
    labels: torch.Tensor,
    learns: torch.Tensor,
) -> torch.Tensor:
    """The same by the definition, anchor by anchor."""
    targets = torch.zeros(60, 4)
    targets[foreground, labels] = learns.float()
    rows = zip(logits.reshape(60, 4), targets, weights.flatten(), strict=True)
    return torch.stack([weight * focal_loss(row, target) for row, target, weight in rows]).sum()


def test_one_pass_equals_the_definition_in_value_and_gradient():
    logits, *rest = one_pass_case()
    mine, expected = logits.clone().requires_grad_(), logits.clone().requires_grad_()
    loss, definition = focal_loss_of_anchors(mine, *rest), plain(expected, *rest)
    torch.testing.assert_close(loss, definition)
    (3 * loss).backward()
    (3 * definition).backward()
    torch.testing.assert_close(mine.grad, expected.grad)


def test_indices_that_learn_nothing_change_nothing():  # a GPU is given all anchors
    logits, weights, foreground, labels, learns = one_pass_case()
    few, all_of_them = logits.clone().requires_grad_(), logits.clone().requires_grad_()
    loss = focal_loss_of_anchors(few, weights, foreground, labels, learns)
    every = torch.arange(60)
    of_each = torch.zeros(60, dtype=torch.int64).index_put((foreground,), labels)
    again = focal_loss_of_anchors(all_of_them, weights, every, of_each, torch.isin(every, foreground))
    torch.testing.assert_close(again, loss)
    loss.backward()
    again.backward()
    assert torch.equal(all_of_them.grad, few.grad)


def test_ignored_anchors_have_no_gradient():
    logits, *rest = one_pass_case()
    logits.requires_grad_()
    focal_loss_of_anchors(logits, *rest).backward()
    assert (logits.grad[:, 5:9] == 0).all()
    assert (logits.grad[:, 9:] != 0).all()


def test_a_sure_foreground_keeps_its_tiny_gradient():  # subtracted from that of background it would drown
    logits = torch.full((1, 1, 1), 8.0, requires_grad=True)
    focal_loss_of_anchors(logits, torch.ones(1, 1), torch.tensor([0]), torch.tensor([0]), YES).backward()
    q = 1 / (1 + math.exp(8))  # -0.25 q^2 (2 (1 - q) softplus(-8) + q) = -8.4e-11
    expected = -0.25 * q**2 * (2 * (1 - q) * math.log1p(math.exp(-8)) + q)
    assert logits.grad.item() == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("logit", [-200.0, 200.0])
def test_huge_logits_stay_finite(logit):
    logits = torch.full((1, 2, 3), logit, requires_grad=True)
    loss = focal_loss_of_anchors(logits, torch.ones(1, 2), torch.tensor([0]), torch.tensor([1]), YES)
    loss.backward()
    assert loss.isfinite()
    assert logits.grad.isfinite().all()


def test_in_bfloat16_the_sum_is_kept_in_float32():
    logits, *rest = one_pass_case()
    low = logits.bfloat16().requires_grad_()
    loss = focal_loss_of_anchors(low, *rest)
    loss.backward()
    assert loss.dtype is torch.float32
    assert low.grad.dtype is torch.bfloat16
    torch.testing.assert_close(loss, plain(low.detach().float(), *rest))


def test_in_float16_the_gradient_of_a_scaled_loss_does_not_vanish():  # what a GradScaler is there for
    # p = 0.01: 0.75 p^2 (2 * 0.99 * 0.01005 + 0.01) = 2.2e-6; a thousandth is below float16's smallest, 6e-8
    logits = torch.full((1, 5, 2), math.log(0.01 / 0.99)).half().requires_grad_()
    nothing = torch.zeros(0, dtype=torch.int64)
    loss = focal_loss_of_anchors(logits, torch.full((1, 5), 1e-3), nothing, nothing, nothing.bool())
    (loss * 65536).backward()
    assert logits.grad.dtype is torch.float16
    expected = 65536 * 1e-3 * 0.75 * 0.01**2 * (2 * 0.99 * -math.log(0.99) + 0.01)
    torch.testing.assert_close(logits.grad.float(), torch.full((1, 5, 2), expected), rtol=0.02, atol=0)


def test_alpha_is_the_papers():
    assert ALPHA == 0.25


def test_l1_is_the_sum_of_four_distances():
    # the anchor shifted by half its width: delta 0.5; the network says 0.2 and 0.1 for the others
    deltas = torch.tensor([[0.2, 0.1, 0.1, 0.1]])
    boxes = torch.tensor([[5.0, 0.0, 15.0, 10.0]])
    torch.testing.assert_close(BOX_LOSSES["l1"](deltas, boxes, ANCHOR), torch.tensor([0.6]))


def test_smooth_l1_is_square_below_a_ninth_and_straight_above():
    # 0.5 - 1/18 = 0.4444 above; 0.5 * 0.1**2 * 9 = 0.045 below
    deltas = torch.tensor([[0.5, 0.0, 0.0, 0.0], [0.1, 0.0, 0.0, 0.0]])
    two = ANCHOR.expand(2, 4)
    torch.testing.assert_close(BOX_LOSSES["smooth_l1"](deltas, two, two), torch.tensor([0.5 - 1 / 18, 0.045]))


def test_giou_of_two_boxes_side_by_side():
    # IoU 0, hull 30 x 10, union 200: GIoU = 0 - 100 / 300, loss 1 + 1/3
    boxes = torch.tensor([[20.0, 0.0, 30.0, 10.0]])
    torch.testing.assert_close(BOX_LOSSES["giou"](torch.zeros(1, 4), boxes, ANCHOR), torch.tensor([4 / 3]))


@pytest.mark.parametrize("name", BOX_LOSSES)
def test_a_perfect_box_costs_nothing(name):
    loss = BOX_LOSSES[name](torch.zeros(1, 4), ANCHOR, ANCHOR)
    torch.testing.assert_close(loss, torch.zeros(1), rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", BOX_LOSSES)
def test_no_foreground_is_no_loss(name):
    assert BOX_LOSSES[name](torch.zeros(0, 4), torch.zeros(0, 4), torch.zeros(0, 4)).shape == (0,)


@pytest.mark.parametrize("at_once", [1, 7, 100, 240, 1000])
def test_logits_taken_a_few_at_a_time_lose_nothing(monkeypatch, at_once):
    monkeypatch.setattr(losses, "AT_ONCE_CPU", at_once)
    logits, *rest = one_pass_case()
    mine, expected = logits.clone().requires_grad_(), logits.clone().requires_grad_()
    loss, definition = focal_loss_of_anchors(mine, *rest), plain(expected, *rest)
    torch.testing.assert_close(loss, definition)
    loss.backward()
    definition.backward()
    torch.testing.assert_close(mine.grad, expected.grad)
