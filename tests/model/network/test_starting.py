"""What a network starts from: what fits is taken over, what does not is told."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from urllib.error import URLError

import pytest
import torch
from torch import Tensor
from torchvision import models
from torchvision.models.detection import retinanet_resnet50_fpn

from model.network import starting
from model.network.heads import PRIOR_BIAS
from model.network.retinanet import RetinaNet
from model.network.starting import CLASS_LAYER, class_rows, starting_tensors, torchvision_files
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
    monkeypatch.setattr(starting, "STARTER", path)
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


def test_deeper_subnets_take_the_layers_that_are_there(starter):
    loaded, notes = starting_tensors("starter", replace(FAST, head_convs=3), ("cat",))
    assert "head.classification_head.conv.1.0.weight" in loaded
    assert "head.classification_head.conv.2.0.weight" not in loaded
    assert [note for note in notes if "subnet in part" in note] == list(notes)
    assert len(notes) == 2


def test_other_anchors_take_no_class_rows(starter):
    loaded, _ = starting_tensors("starter", replace(FAST, anchor_ratios=(1.0,)), KNOWN)
    assert not any(name.startswith(CLASS_LAYER) for name in loaded)
    assert "head.regression_head.bbox_reg.weight" not in loaded


@pytest.mark.parametrize("backbone", ["resnet34", "resnet50"])
def test_another_backbone_is_refused_with_what_fits_which_preset(starter, backbone):
    with pytest.raises(WeightsError) as refused:
        starting_tensors("starter", replace(FAST, backbone=backbone), KNOWN)
    assert f"another backbone than {backbone}" in str(refused.value)
    assert "fit the presets fast and balanced, coco fits accurate" in str(refused.value)


def test_all_that_is_given_loads(starter):
    for changes in ({}, {"channels": 32}, {"p6_from": "c5"}, {"head_convs": 3}):
        architecture = replace(FAST, **changes)
        loaded, _ = starting_tensors("starter", architecture, ("bolt", "cat"))
        assert RetinaNet(architecture, 2).load_state_dict(loaded, strict=False).unexpected_keys == []


def test_a_missing_starter_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(starting, "STARTER", tmp_path / "starter.safetensors")
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


@pytest.fixture
def hub(tmp_path, monkeypatch) -> Path:
    """An empty cache of torch's, and no network."""
    (tmp_path / "checkpoints").mkdir()
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))

    def no_network(*_: object, **__: object) -> None:
        raise URLError("no network")

    monkeypatch.setattr(torch.hub, "urlopen", no_network)
    return tmp_path / "checkpoints"


@pytest.mark.parametrize("source", ["imagenet", "coco"])
def test_without_a_network_it_says_which_file_to_put_where(hub, source):
    with pytest.raises(WeightsError) as refused:
        starting_tensors(source, Architecture(), KNOWN)
    assert "could not be downloaded (no network)" in str(refused.value)
    assert f"put the file into {hub}" in str(refused.value)
    assert ".pth elsewhere" in str(refused.value)


def test_a_damaged_download_is_not_used(hub):
    (hub / "resnet18-f37072fd.pth").write_bytes(b"not what it was")
    with pytest.raises(WeightsError, match=r"resnet18-f37072fd\.pth is damaged\. Delete it"):
        starting_tensors("imagenet", FAST, KNOWN)


def test_imagenet_gives_the_whole_backbone(hub, monkeypatch):
    body = models.resnet18(weights=None)
    random_norms(body)
    torch.save(body.state_dict(), hub / "resnet18-f37072fd.pth")
    monkeypatch.setattr(starting, "_is_whole", lambda file: True)
    loaded, notes = starting_tensors("imagenet", FAST, KNOWN)
    network = RetinaNet(FAST, 3)
    missing = network.load_state_dict(loaded, strict=False).missing_keys
    assert not any(name.startswith("backbone.body.") for name in missing)
    assert torch.equal(network.backbone.body.get_buffer("bn1.running_mean"), body.bn1.running_mean)
    assert notes == (f"From nothing, because the imagenet weights do not fit: {ALL_BUT_THE_BACKBONE}.",)


def test_a_program_in_a_pickle_is_not_run(hub, monkeypatch, tmp_path):
    class Program:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path.touch, (tmp_path / "ran",))  # type: ignore[return-value]

    torch.save(Program(), hub / "resnet18-f37072fd.pth")
    monkeypatch.setattr(starting, "_is_whole", lambda file: True)
    with pytest.raises(WeightsError, match="came damaged"):
        starting_tensors("imagenet", FAST, KNOWN)
    assert not (tmp_path / "ran").exists()


def test_coco_answers_as_torchvision_runs_it(monkeypatch):  # with eps 0 in the backbone's norms, not 1e-5
    torch.manual_seed(0)
    theirs = retinanet_resnet50_fpn(weights=None, weights_backbone=None, num_classes=4).eval()
    random_norms(theirs)
    for module in theirs.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_var *= 1e-4  # so that eps tells
            torch.nn.init.constant_(module.weight, 1e-2)  # and nothing grows
            module.eps = 0.0
    categories = ("__background__", "bolt", "N/A", "nut")
    monkeypatch.setattr(starting, "_from_torchvision", lambda name: (theirs.state_dict(), categories))
    loaded, notes = starting_tensors("coco", Architecture(), categories)
    assert notes == ("The coco weights know already: bolt, nut.",)
    ours = RetinaNet(Architecture(), 4).eval()
    ours.load_state_dict(loaded, strict=False)
    pixels = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        expected, features = list(theirs.backbone(pixels).values()), ours.backbone(pixels)
    for mine, other in zip(features, expected, strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-3, atol=1e-3 * other.abs().max().item())


def test_a_deeper_resnet_takes_cocos_stages_up_to_the_first_that_differs(monkeypatch):
    with torch.device("meta"):
        state = retinanet_resnet50_fpn(weights=None, weights_backbone=None).state_dict()
    monkeypatch.setattr(starting, "_from_torchvision", lambda name: (state, ("cat",) * 91))
    loaded, notes = starting_tensors("coco", Architecture(backbone="resnet101"), ("bolt",))
    body = {name.split(".")[2] for name in loaded if name.startswith("backbone.body.")}
    assert body == {"conv1", "bn1", "layer1", "layer2"}  # layer4 is alike, but its input would be random
    assert notes == ("The coco weights fit 3 of 5 stages of resnet101; the others start from nothing.",)


def test_the_doctor_learns_where_the_files_would_be(hub):
    files = torchvision_files()
    assert files["ImageNet resnet18"] == hub / "resnet18-f37072fd.pth"
    assert len(files) == 5
