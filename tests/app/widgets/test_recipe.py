"""A recipe's fields, and what follows from a change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.widgets.field import part
from app.widgets.recipe import (
    FIELDS,
    as_recipe,
    consistent,
    on_this_machine,
    own_changes,
)
from app.widgets.words import BACKBONES, PRESETS, backbone_title, device_title, preset_title
from model.discover import discover
from model.network import backbones
from model.records import TrainSettings, recipe_of
from model.training.presets import PRESETS as RECIPES
from tests.app.panels.fakes import FAST, PAPER


def with_network(plan: TrainSettings, **changes) -> TrainSettings:
    return replace(plan, architecture=replace(plan.architecture, **changes))


def test_every_backbone_can_be_chosen_and_has_a_name():
    assert {row.name for row in discover(backbones, "BACKBONES")} == set(BACKBONES)
    assert backbone_title("convnext_tiny") == "ConvNeXt-Tiny"
    assert backbone_title("theirs") == "theirs"


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.preset)
def test_every_preset_has_a_name_and_a_sentence_and_fits_its_own_form(recipe):
    assert PRESETS[recipe.preset].words.endswith(".")
    for field in FIELDS:
        value = part(recipe, field.name)
        assert value is None or field.option.flaw(value) == ""


def test_names_that_are_not_ours_are_shown_as_they_are():
    assert preset_title("adam_voc") == "Adam 1e-5 (VOC)"
    assert preset_title("mine") == "Mine"
    assert device_title("xpu") == "xpu"


def test_fields_of_one_group_stand_together():
    groups = [field.option.group for field in FIELDS]
    assert len([n for n, group in enumerate(groups) if n == 0 or groups[n - 1] != group]) == len(set(groups))


def test_what_the_machine_decides_is_no_change_of_the_recipe():
    plan = replace(FAST, epochs=7, device="cuda", seed=3)
    assert own_changes(plan, FAST) == ("Epochs",)
    assert on_this_machine(PAPER, plan) == replace(PAPER, device="cuda", seed=3)


def test_put_back_a_plan_keeps_what_it_starts_from_and_its_anchors():
    plan = with_network(replace(FAST, epochs=7, weights="none"), anchor_ratios=(1.0,), short_side=640)
    assert as_recipe(plan, FAST) == with_network(replace(FAST, weights="none"), anchor_ratios=(1.0,))


def test_a_plan_of_no_preset_is_its_own_recipe():
    mine = replace(FAST, preset="mine")
    assert recipe_of(mine, (FAST, PAPER)) is mine
    assert recipe_of(replace(PAPER, epochs=3), (FAST, PAPER)) is PAPER


@pytest.mark.parametrize(
    ("weights", "backbone", "then"),
    [("starter", "resnet34", "imagenet"), ("/a/model.safetensors", "resnet34", "imagenet"),
     ("none", "resnet34", "none"), ("imagenet", "resnet18", "starter"), ("starter", "resnet18", "starter")],
)  # fmt: skip
def test_another_backbone_starts_from_weights_that_there_are_for_it(weights, backbone, then):
    other = "resnet34" if backbone == "resnet18" and weights == "imagenet" else "resnet18"
    before = with_network(replace(FAST, weights=weights), backbone=other)
    assert consistent(with_network(before, backbone=backbone), before, FAST).weights == then


@pytest.mark.parametrize(
    ("sides", "then"),
    [({"short_side": 640}, (640, 640)), ({"long_side": 256}, (256, 256)), ({"long_side": 640}, (320, 640))],
)
def test_the_short_side_is_never_the_longer_one(sides, then):
    network = consistent(with_network(FAST, **sides), FAST, FAST).architecture
    assert (network.short_side, network.long_side) == then
