"""What a network starts from: what fits is taken over, what does not is told."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torchvision import models
from torchvision.models.detection import retinanet_resnet50_fpn, retinanet_resnet50_fpn_v2

from model.network import weights
from model.network.heads import PRIOR_BIAS
from model.network.retinanet import RetinaNet
from model.network.starting import CLASS_LAYER, class_rows, starting_tensors
from model.network.weights import Weights, WeightsError, save, state_of
from model.records import Architecture
from tests.model.network.twins import random_norms

FAST = Architecture(backbone="resnet18", channels=16, head_convs=2)
KNOWN = ("bolt", "nut", "washer")
ALL_BUT_THE_BACKBONE = "feature pyramid, class subnet, box subnet"


@pytest.fixture(scope="module")
def tensors() -> dict[str, Tensor]:
    torch.manual_seed(0)
    network = RetinaNet(FAST, 3)
    random_norms(network)
    torch.nn.init.normal_(network.head.classification_head.cls_logits.bias)
    return state_of(network)


@pytest.fixture
def starter(tensors, tmp_path_factory, monkeypatch) -> Path:
    path = tmp_path_factory.getbasetemp() / "starter.safetensors"
    if not path.exists():
        save(Weights(FAST, KNOWN, tensors), path)
    monkeypatch.setattr(weights, "STARTER", path)
    return path


def class_bias(tensors: dict[str, Tensor], classes: int) -> Tensor:
    """(9, K)"""
    return tensors[f"{CLASS_LAYER}.bias"].reshape(9, classes)


def test_from_nothing_is_nothing():
    assert starting_tensors("none", FAST, KNOWN) == ({}, ())


def test_the_same_architecture_and_classes_take_all(starter, tensors):
    loaded, notes = starting_tensors("starter", FAST, KNOWN)
    assert loaded.keys() == tensors.keys()
    assert all(torch.equal(loaded[name], tensor) for name, tensor in tensors.items())
    assert notes == ("The starter weights know already: bolt, nut, washer.",)


def test_a_file_of_ours_serves_as_the_starter_does(starter, tensors, tmp_path):
    path = tmp_path / "mine.safetensors"
    shutil.copy(starter, path)
    loaded, notes = starting_tensors(str(path), FAST, KNOWN)
    assert loaded.keys() == tensors.keys()
    assert notes == ("The weights mine.safetensors know already: bolt, nut, washer.",)


def test_classes_of_the_same_name_keep_their_rows_and_the_others_start_at_the_prior(starter, tensors):
    loaded, notes = starting_tensors("starter", FAST, ("screw", "washer", "bolt", "pin"))
    old, new = class_bias(tensors, 3), class_bias(loaded, 4)
    assert torch.equal(new[:, 1], old[:, 2])
    assert torch.equal(new[:, 2], old[:, 0])
    assert (new[:, [0, 3]] == PRIOR_BIAS).all()
    weight = loaded[f"{CLASS_LAYER}.weight"].reshape(9, 4, -1)
    assert torch.equal(weight[:, 1], tensors[f"{CLASS_LAYER}.weight"].reshape(9, 3, -1)[:, 2])
    assert weight[:, 0].std().item() == pytest.approx(0.01, rel=0.1)
    assert notes == ("The starter weights know already: washer, bolt.",)


def test_without_a_class_in_common_the_class_layer_stays_as_it_is(starter):
    loaded, notes = starting_tensors("starter", FAST, ("cat",))
    assert not any(name.startswith(CLASS_LAYER) for name in loaded)
    assert notes == ()


def test_other_channels_take_the_backbone_and_say_so(starter, tensors):
    loaded, notes = starting_tensors("starter", replace(FAST, channels=32), KNOWN)
    assert loaded.keys() == {name for name in tensors if name.startswith("backbone.body.")}
    assert notes == (f"From nothing, because the starter weights do not fit: {ALL_BUT_THE_BACKBONE}.",)


def test_p6_from_elsewhere_takes_the_rest_of_the_pyramid(starter, tensors):
    loaded, notes = starting_tensors("starter", replace(FAST, p6_from="c5"), ("cat",))
    left_out = {name for name in tensors if name not in loaded and not name.startswith(CLASS_LAYER)}
    assert left_out == {f"backbone.fpn.extra_blocks.p6.{part}" for part in ("weight", "bias")}
    assert notes == (
        "The starter weights fit the feature pyramid in part; the rest of it starts from nothing.",
    )


def test_deeper_subnets_take_the_layers_that_are_there_and_none_over_a_random_one(starter):
    loaded, notes = starting_tensors("starter", replace(FAST, head_convs=3), ("cat", "bolt"))
    assert "head.regression_head.bbox_reg.weight" not in loaded
    assert not any(name.startswith(CLASS_LAYER) for name in loaded)
    assert "head.classification_head.conv.1.0.weight" in loaded
    assert "head.classification_head.conv.2.0.weight" not in loaded
    assert [note for note in notes if "subnet in part" in note] == list(notes)
    assert len(notes) == 2


def test_names_match_as_people_type_them(starter, tensors):
    loaded, notes = starting_tensors("starter", FAST, (" Washer", "BOLT"))
    assert torch.equal(class_bias(loaded, 2), class_bias(tensors, 3)[:, [2, 0]])
    assert notes == ("The starter weights know already:  Washer (as washer), BOLT (as bolt).",)


def test_other_anchors_take_no_class_rows(starter):
    loaded, _ = starting_tensors("starter", replace(FAST, anchor_ratios=(1.0,)), KNOWN)
    assert not any(name.startswith(CLASS_LAYER) for name in loaded)
    assert "head.regression_head.bbox_reg.weight" not in loaded


@pytest.mark.parametrize(
    ("backbone", "fitting"), [("resnet34", "imagenet, none"), ("resnet50", "coco, coco_v2, imagenet, none")]
)
def test_another_backbone_is_refused_with_what_fits(starter, backbone, fitting):
    with pytest.raises(WeightsError) as refused:
        starting_tensors("starter", replace(FAST, backbone=backbone), KNOWN)
    assert str(refused.value) == (
        f"The starter weights are for another backbone than {backbone}. What fits it: {fitting}."
    )


def test_all_that_is_given_loads(starter):
    for changes in ({}, {"channels": 32}, {"p6_from": "c5"}, {"head_convs": 3}):
        architecture = replace(FAST, **changes)
        loaded, _ = starting_tensors("starter", architecture, ("bolt", "cat"))
        assert RetinaNet(architecture, 2).load_state_dict(loaded, strict=False).unexpected_keys == []


def test_a_missing_starter_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(weights, "STARTER", tmp_path / "starter.safetensors")
    with pytest.raises(WeightsError, match="The starter weights are missing"):
        starting_tensors("starter", FAST, KNOWN)


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(WeightsError, match=r"mine\.safetensors does not exist"):
        starting_tensors(str(tmp_path / "mine.safetensors"), FAST, KNOWN)


def test_rows_move_for_one_dimension_and_for_four():
    old = torch.arange(6.0)  # 2 anchors x 3 classes
    assert class_rows(old, torch.full((4,), -1.0), {1: 2}, (3, 2)).tolist() == [-1, 2, -1, 5]
    moved = class_rows(old.reshape(6, 1, 1, 1), torch.zeros(8, 1, 1, 1), {0: 0, 3: 1}, (3, 4))
    assert moved.flatten().tolist() == [0, 0, 0, 1, 3, 0, 0, 4]


# ----------------------------------------------------------------------------------- torchvision's files

CATEGORIES = ("", "bolt", "", "nut")  # two rows stand for nothing


@pytest.fixture
def played(monkeypatch):
    """Makes torchvision's files, whichever is asked for, hold this state_dict."""

    def play(state: dict[str, Tensor], rows: tuple[str, ...] = CATEGORIES) -> None:
        monkeypatch.setattr("model.network.starting.fetch", lambda source: iter(()))
        monkeypatch.setattr("model.network.torchvision_files.state_dict", lambda source: state)
        monkeypatch.setattr("model.network.torchvision_files.categories", lambda name: rows)

    return play


def seeded_norms(network: torch.nn.Module) -> None:
    """Running statistics and weights of group norms that are not those of a new network."""
    random_norms(network)
    for module in network.modules():
        if isinstance(module, torch.nn.GroupNorm):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, std=0.1)


def test_imagenet_gives_the_whole_backbone(played):
    body = models.resnet18(weights=None)
    random_norms(body)
    played(body.state_dict())
    loaded, notes = starting_tensors("imagenet", FAST, KNOWN)
    network = RetinaNet(FAST, 3)
    missing = network.load_state_dict(loaded, strict=False).missing_keys
    assert not any(name.startswith("backbone.body.") for name in missing)
    assert torch.equal(network.backbone.body.get_buffer("bn1.running_mean"), body.bn1.running_mean)
    assert notes == (f"From nothing, because the imagenet weights do not fit: {ALL_BUT_THE_BACKBONE}.",)


def test_coco_answers_as_torchvision_runs_it(played):  # with eps 0 in the backbone's norms, not 1e-5
    torch.manual_seed(0)
    theirs = retinanet_resnet50_fpn(weights=None, weights_backbone=None, num_classes=4).eval()
    random_norms(theirs)
    for module in theirs.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_var *= 1e-4  # so that eps tells
            torch.nn.init.constant_(module.weight, 1e-2)  # and nothing grows
            module.eps = 0.0
    played(theirs.state_dict())
    loaded, notes = starting_tensors("coco", Architecture(), ("__background__", "bolt", "N/A", "nut"))
    assert notes == ("The coco weights know already: bolt, nut.",)
    ours = RetinaNet(Architecture(), 4).eval()
    ours.load_state_dict(loaded, strict=False)
    pixels = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        expected, features = list(theirs.backbone(pixels).values()), ours.backbone(pixels)
    for mine, other in zip(features, expected, strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-3, atol=1e-3 * other.abs().max().item())


V2 = Architecture(p6_from="c5", head_norm="group")


def test_coco_v2_answers_as_torchvision_runs_it(played):
    torch.manual_seed(0)
    theirs = retinanet_resnet50_fpn_v2(weights=None, weights_backbone=None, num_classes=4).eval()
    seeded_norms(theirs)
    played(theirs.state_dict())
    loaded, notes = starting_tensors("coco_v2", V2, ("Nut", "washer", "bolt"))
    assert notes == ("The coco_v2 weights know already: Nut (as nut), bolt.",)
    ours = RetinaNet(V2, 3).eval()
    assert ours.load_state_dict(loaded, strict=False) == ([], [])
    pixels = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        features = list(theirs.backbone(pixels).values())
        expected, outputs = theirs.head(features), ours(pixels)
    known, their_rows = outputs.logits[..., [0, 2]], expected["cls_logits"][..., [3, 1]]
    torch.testing.assert_close(known, their_rows, rtol=1e-3, atol=1e-3 * their_rows.abs().max().item())
    torch.testing.assert_close(
        outputs.deltas, expected["bbox_regression"], rtol=1e-3, atol=1e-3 * outputs.deltas.abs().max().item()
    )
    assert (class_bias(loaded, 3)[:, 1] == PRIOR_BIAS).all()


def _shapes(build) -> dict[str, Tensor]:
    with torch.device("meta"):
        return build(weights=None, weights_backbone=None).state_dict()


@pytest.mark.parametrize(
    ("weights", "build", "architecture"),
    [("coco", retinanet_resnet50_fpn, V2), ("coco_v2", retinanet_resnet50_fpn_v2, Architecture())],
)
def test_heads_with_and_without_group_norm_are_not_mixed(played, weights, build, architecture):
    played(_shapes(build), ("cat",) * 91)
    loaded, notes = starting_tensors(weights, architecture, ("cat",))
    assert not any(name.startswith("head.") for name in loaded)
    assert notes == (
        f"The {weights} weights fit the feature pyramid in part; the rest of it starts from nothing.",
        f"From nothing, because the {weights} weights do not fit: class subnet, box subnet.",
    )


def test_a_deeper_resnet_takes_cocos_stages_up_to_the_first_that_differs(played):
    played(_shapes(retinanet_resnet50_fpn), ("cat",) * 91)
    loaded, notes = starting_tensors("coco", Architecture(backbone="resnet101"), ("bolt",))
    body = {name.split(".")[2] for name in loaded if name.startswith("backbone.body.")}
    assert body == {"conv1", "bn1", "layer1", "layer2"}  # layer4 is alike, but its input would be random
    assert notes == ("The coco weights fit 3 of 5 stages of resnet101; the others start from nothing.",)
