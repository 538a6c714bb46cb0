"""One step, too little memory, losses that run away, and classes that come and go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils.hooks import RemovableHandle

from model.network.starting import CLASS_LAYER
from model.training.augmentations.augmentation import Sample
from model.training.averages import Averages
from model.training.dataset import Loader
from model.training.learner import WORST_ROW, Learner, images_at_once, move_classes
from model.training.pixels import PixelCache
from model.training.presets import preset
from tests.model.training.scenes import BAR, DISC, SETTINGS, SQUARE, TINY, scenes

CPU = torch.device("cpu")


def learner(**changes: Any) -> Learner:
    # frozen norms: then a batch in parts is a batch
    return Learner(replace(SETTINGS, norm="frozen", **changes), (SQUARE, DISC), CPU, torch.float32)


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    snapshot = scenes(tmp_path, train=4, val=0)
    load = Loader(snapshot, SETTINGS, PixelCache(TINY, 1 << 24), snapshot.images)
    return [load.sample(image, "0") for image in snapshot.images]


def weight(learner: Learner) -> Tensor:
    return learner.network.head.classification_head.cls_logits.weight.detach().clone()


def failing(times: int, forward: Callable[..., Any], most: int) -> Callable[..., Any]:
    """A forward pass that runs out of memory `times` times on more than `most` images."""
    left = [times]

    def run(pixels: Tensor) -> Any:
        if len(pixels) > most and left[0]:
            left[0] -= 1
            raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return forward(pixels)

    return run


def test_running_out_of_memory_learns_the_same_in_parts(
    samples: list[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    roomy, tight = learner(optimizer="sgd"), learner(optimizer="sgd")
    monkeypatch.setattr(tight.network, "forward", failing(9, tight.network.forward, most=1))
    expected, got = roomy.step(samples, 1e-2), tight.step(samples, 1e-2)
    assert {name: float(loss) for name, loss in got.items()} == pytest.approx(
        {name: float(loss) for name, loss in expected.items()}, rel=1e-4
    )
    assert weight(tight).sub(weight(roomy)).abs().max() < 1e-6
    assert tight.notes == [
        "Memory ran out: batches are now learned 2 images at a time.",
        "Memory ran out: batches are now learned 1 images at a time.",
    ]


def test_one_image_that_does_not_fit_is_an_error(
    samples: list[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    tight = learner()
    monkeypatch.setattr(tight.network, "forward", failing(99, tight.network.forward, most=0))
    with pytest.raises(torch.cuda.OutOfMemoryError):
        tight.step(samples, 1e-3)


def test_another_error_is_not_taken_for_one_of_memory(
    samples: list[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(pixels: Tensor) -> None:
        raise RuntimeError("a bug")

    one = learner()
    monkeypatch.setattr(one.network, "forward", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        one.step(samples, 1e-3)
    assert one.notes == []


def lose_gradients(one: Learner) -> RemovableHandle:
    """From now on one gradient of many is not a number."""
    bias = one.network.head.classification_head.cls_logits.bias
    assert bias is not None
    return bias.register_hook(lambda gradient: gradient.index_fill(0, torch.tensor([3]), float("nan")))


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_a_step_with_gradients_that_are_not_finite_changes_nothing(
    samples: list[Sample], optimizer: str
) -> None:
    one, other = learner(optimizer=optimizer), learner(optimizer=optimizer)
    hook = lose_gradients(one)
    before = weight(one)
    one.step(samples, 1e-3)
    assert weight(one).equal(before)
    hook.remove()
    one.step(samples, 1e-3)  # and leaves nothing behind: the next step is a first step
    other.step(samples, 1e-3)
    assert weight(one).equal(weight(other))


def test_many_steps_in_a_row_without_gradients_are_bad_a_few_are_not(samples: list[Sample]) -> None:
    one = learner()
    hook = lose_gradients(one)
    for _ in range(WORST_ROW - 1):
        one.step(samples[:1], 1e-3)
        assert not one.is_bad
    one.step(samples[:1], 1e-3)
    assert one.is_bad
    hook.remove()
    one.step(samples[:1], 1e-3)  # a good step is a new beginning
    assert not one.is_bad


def test_a_step_whose_loss_is_not_finite_is_bad_and_changes_nothing(samples: list[Sample]) -> None:
    one = learner()
    before = weight(one)
    with torch.no_grad():
        one.network.head.classification_head.cls_logits.bias.fill_(float("inf"))
    one.step(samples, 1e-3)
    assert one.is_bad
    assert weight(one).equal(before)


def test_float16_scales_its_losses_and_remembers_the_scale(samples: list[Sample]) -> None:
    settings = replace(SETTINGS, norm="frozen")
    one = Learner(settings, (SQUARE, DISC), CPU, torch.float16)
    before = weight(one)
    one.step(samples[:1], 1e-3)
    assert not weight(one).equal(before)
    assert one.loss_scale > 1
    other = Learner(settings, (SQUARE, DISC), CPU, torch.float16)
    other.load(one.state(), one.averages.updates, 512.0)
    assert other.loss_scale == 512
    other.step(samples[:1], 1e-3)


def test_a_large_network_on_a_cpu_learns_a_batch_in_parts() -> None:
    paper = preset("paper")
    assert images_at_once(paper, torch.device("cuda")) == 16
    assert images_at_once(replace(paper, batch_size=10_000), CPU) < 10_000
    assert images_at_once(SETTINGS, CPU) == SETTINGS.batch_size


def test_the_same_seed_starts_with_the_same_weights() -> None:
    first, same, other = learner(), learner(), learner(seed=1)
    assert weight(first).equal(weight(same))
    assert not weight(first).equal(weight(other))


def test_a_learner_leaves_the_programs_own_random_numbers_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    learner()
    assert torch.rand(1).equal(expected)


def test_classes_may_come_go_and_change_places_without_unlearning(samples: list[Sample]) -> None:
    one = learner()
    one.step(samples, 1e-3)
    old = {name: tensor.clone() for name, tensor in one.state().items()}
    other = one.for_classes((BAR, DISC))
    new = other.state()
    for owner, slot in (
        ("network", ""),
        ("average", ""),
        ("optimizer", "/exp_avg"),
        ("optimizer", "/exp_avg_sq"),
    ):
        name = f"{owner}/{CLASS_LAYER}.bias{slot}"
        assert (
            new[name].reshape(9, 2)[:, 1].equal(old[name].reshape(9, 2)[:, 1])
        )  # disc: from place 1 to place 1
    assert new[f"optimizer/{CLASS_LAYER}.bias/exp_avg"].reshape(9, 2)[:, 0].abs().max() == 0
    kept = "network/backbone.fpn.inner_blocks.0.0.weight"
    assert new[kept].equal(old[kept])
    other.step(samples, 1e-3)  # and it learns on


def test_renaming_a_class_keeps_its_row() -> None:
    one = learner()
    before = weight(one)
    renamed = one.for_classes((SQUARE, replace(DISC, name="coin")))
    assert weight(renamed).equal(before)
    assert renamed.weights({}).classes == ("square", "coin")


def test_moving_rows_leaves_all_other_tensors_alone() -> None:
    state = learner().state()
    moved = move_classes(state, (SQUARE, DISC), (DISC, SQUARE))
    changed = {name for name in state if moved[name] is not state[name]}
    assert all(CLASS_LAYER in name for name in changed)
    name = f"network/{CLASS_LAYER}.weight"
    old, new = (tensor.reshape(9, 2, *tensor.shape[1:]) for tensor in (state[name], moved[name]))
    assert new.equal(old.flip(1))


def test_the_average_follows_closely_at_first_and_slowly_later() -> None:
    network = learner().network
    averages = Averages(network, decay=0.9)
    bias = network.head.classification_head.cls_logits.bias
    start = float(bias[0].detach())
    with torch.no_grad():
        bias.add_(1.0)
    averages.update(network)  # decay 2 / 11: nine elevenths of the way at once
    averaged = averages.network.head.classification_head.cls_logits.bias
    assert float(averaged[0]) - start == pytest.approx(9 / 11, abs=1e-5)
    averages.updates = 1000
    before = float(averaged[0])
    averages.update(network)  # decay 0.9: a tenth of what is left
    assert float(averaged[0]) - before == pytest.approx(0.1 * (start + 1 - before), abs=1e-5)
    assert not averages.network.training
