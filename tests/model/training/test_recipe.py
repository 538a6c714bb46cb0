from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch

from model.network.retinanet import RetinaNet
from model.records import TrainSettings
from model.training.optimizer import make_optimizer
from model.training.presets import PRESETS, preset
from model.training.recipe import effective
from model.training.schedule import learning_rate
from tests.model.training.scenes import SETTINGS


def test_training_from_nothing_lets_every_norm_and_stage_learn() -> None:
    settings, notes = effective(replace(SETTINGS, norm="frozen", frozen_stages=2))
    assert (settings.norm, settings.frozen_stages, len(notes)) == ("batch", 0, 1)


def test_fine_tuning_is_done_as_asked() -> None:
    asked = replace(SETTINGS, norm="frozen", frozen_stages=2, weights="starter")
    assert effective(asked) == (asked, ())


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 0},
        {"minutes": 0.0},
        {"minutes": math.nan},
        {"batch_size": 0},
        {"learning_rate": -1.0},
        {"learning_rate": math.nan},
        {"average_decay": 1.0},
        {"scale_jitter": (1.2, 0.8)},
        {"scale_jitter": (0.0, 1.0)},
    ],
    ids=str,
)
def test_numbers_that_no_run_can_be_made_of_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} is"):
        effective(replace(SETTINGS, **wrong))


@pytest.mark.parametrize("settings", PRESETS, ids=lambda settings: settings.preset)
def test_every_preset_is_a_recipe_that_can_be_made(settings: TrainSettings) -> None:
    assert preset(settings.preset) is settings
    assert effective(settings) == (settings, ())
    with torch.device("meta"):
        network = RetinaNet(settings.architecture, 3, settings.norm, settings.frozen_stages)
    make_optimizer(network, settings)
    assert learning_rate(settings, 10_000, 0.5) > 0


def test_the_paper_preset_has_the_papers_numbers() -> None:
    paper = preset("paper")
    assert (paper.architecture.short_side, paper.optimizer, paper.learning_rate) == (600, "sgd", 0.01)
    assert (paper.momentum, paper.weight_decay, paper.batch_size) == (0.9, 1e-4, 16)
    assert (paper.schedule, paper.milestones) == ("step", (2 / 3, 8 / 9))
    assert (paper.box_loss, paper.best_anchor) == ("smooth_l1", False)


def test_fast_and_balanced_share_the_starters_shape() -> None:
    fast, balanced = (
        replace(preset(name).architecture, short_side=0, long_side=0) for name in ("fast", "balanced")
    )
    assert fast == balanced


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(ValueError, match="fast, balanced, accurate, paper"):
        preset("quick")


def test_norms_and_biases_do_not_decay() -> None:
    network = RetinaNet(SETTINGS.architecture, 2, "batch")
    decaying, others = make_optimizer(network, replace(SETTINGS, weight_decay=0.1)).param_groups
    assert (decaying["weight_decay"], others["weight_decay"]) == (0.1, 0.0)
    assert all(p.dim() > 1 for p in decaying["params"])
    assert len(decaying["params"]) + len(others["params"]) == len(list(network.parameters()))


def test_frozen_stages_are_not_the_optimizers() -> None:
    network = RetinaNet(SETTINGS.architecture, 2, "frozen", frozen_stages=2)
    frozen = network.backbone.body.conv1.weight
    groups = make_optimizer(network, SETTINGS).param_groups
    assert all(p is not frozen for group in groups for p in group["params"])
