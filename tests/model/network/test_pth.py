"""Files of PyTorch's kind from disk: torchvision's state_dicts in each wrapping, and nothing that could run."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torchvision import models
from torchvision.models.detection import retinanet_resnet50_fpn, retinanet_resnet50_fpn_v2

from model.network import pth
from model.network.pth import is_pth, read_pth
from model.network.retinanet import RetinaNet
from model.network.sources.registry import kind_named
from model.network.starting import starting_tensors
from model.network.weights import WeightsError
from model.records import Architecture

V1, V2 = Architecture(), Architecture(p6_from="c5", head_norm="group")


def state_of(build, classes: int = 91) -> dict[str, Tensor]:
    torch.manual_seed(0)
    return build(weights=None, weights_backbone=None, num_classes=classes).state_dict()


@pytest.fixture(scope="module")
def v1() -> dict[str, Tensor]:
    return state_of(retinanet_resnet50_fpn)


@pytest.fixture(scope="module")
def resnet18() -> dict[str, Tensor]:
    torch.manual_seed(0)
    return models.resnet18(weights=None).state_dict()


def saved(path: Path, value: object, **options: object) -> Path:
    torch.save(value, path, **options)
    return path


def refused(path: Path) -> str:
    with pytest.raises(WeightsError) as error:
        read_pth(path)
    return str(error.value)


def test_a_retinanet_of_torchvisions_loads_whole_with_cocos_names(v1, tmp_path):
    path = saved(tmp_path / "mine.pth", v1)
    tensors, notes = starting_tensors(str(path), V1, ("person", "Zebra", "bolt"))
    assert RetinaNet(V1, 3).load_state_dict(tensors, strict=False) == ([], [])
    assert notes == ("The weights mine.pth know already: person, Zebra (as zebra).",)
    rows = tensors["head.classification_head.cls_logits.bias"].reshape(9, 3)
    theirs = v1["head.classification_head.cls_logits.bias"].reshape(9, 91)
    assert torch.equal(rows[:, 0], theirs[:, 1])
    assert torch.equal(tensors["backbone.body.bn1.running_var"], v1["backbone.body.bn1.running_var"])


def test_the_second_retinanet_loads_whole(tmp_path):
    state = state_of(retinanet_resnet50_fpn_v2)
    tensors, _ = starting_tensors(str(saved(tmp_path / "v2.pt", state)), V2, ("person",))
    assert RetinaNet(V2, 1).load_state_dict(tensors, strict=False) == ([], [])
    name = "head.regression_head.conv.3.1.weight"
    assert torch.equal(tensors[name], state[name])


def test_with_another_number_of_classes_nobody_knows_their_names(tmp_path):
    path = saved(tmp_path / "mine.pth", state_of(retinanet_resnet50_fpn, classes=4))
    tensors, notes = starting_tensors(str(path), V1, ("person",))
    missing = RetinaNet(V1, 1).load_state_dict(tensors, strict=False).missing_keys
    assert missing == [f"head.classification_head.cls_logits.{part}" for part in ("weight", "bias")]
    assert notes == ()


def test_a_backbone_of_torchvisions_is_a_start(resnet18, tmp_path):
    path = saved(tmp_path / "resnet18.pth", resnet18)
    tensors, _ = starting_tensors(str(path), Architecture("resnet18"), ("bolt",))
    assert torch.equal(tensors["backbone.body.layer4.1.conv2.weight"], resnet18["layer4.1.conv2.weight"])
    with pytest.raises(
        WeightsError, match=r"The weights resnet18\.pth are for another backbone than resnet50"
    ):
        starting_tensors(str(path), V1, ("bolt",))


WRAPPED = {
    "as it is": lambda state: state,
    "under model": lambda state: {"model": state, "epoch": 3},
    "under state_dict": lambda state: {"state_dict": state, "optimizer": {"state": {}}},
    "under model_state_dict": lambda state: {"model_state_dict": state},
    "of DataParallel": lambda state: {f"module.{name}": tensor for name, tensor in state.items()},
    "of Lightning": lambda state: {"state_dict": {f"model.{name}": tensor for name, tensor in state.items()}},
    "compiled, of DataParallel, in a checkpoint": lambda state: {
        "model": {f"module._orig_mod.{name}": tensor for name, tensor in state.items()}
    },
    "as parameters": lambda state: {
        name: nn.Parameter(t) if t.is_floating_point() else t for name, t in state.items()
    },
    "in half precision": lambda state: {
        name: t.half() if t.is_floating_point() else t for name, t in state.items()
    },
}


@pytest.mark.parametrize("wrap", WRAPPED.values(), ids=WRAPPED)
@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "before torch 1.6"])
def test_each_wrapping_is_opened(resnet18, tmp_path, wrap, zipped):
    path = saved(tmp_path / "x.pth", wrap(resnet18), _use_new_zipfile_serialization=zipped)
    assert is_pth(path)
    read = read_pth(path).tensors
    assert {name.removeprefix("backbone.body.") for name in read} == resnet18.keys()
    name = "layer1.0.conv1.weight"
    assert read[f"backbone.body.{name}"].dtype is torch.float32
    torch.testing.assert_close(read[f"backbone.body.{name}"], resnet18[name], rtol=1e-3, atol=1e-4)


def test_cocos_own_file_is_recognised_under_any_name(v1, tmp_path, monkeypatch):
    path = saved(tmp_path / "downloaded (1).pth", v1)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (row,) = kind_named("coco").sources()
    monkeypatch.setattr(pth, "sources", lambda: (replace(row, hash=digest[:8]),))
    name = "backbone.body.bn1.running_var"
    assert torch.equal(read_pth(path).tensors[name], v1[name] - 1e-5)  # torchvision runs it with eps 0


class Program:
    def __init__(self, ran: Path) -> None:
        self.ran = ran

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return (Path.touch, (self.ran,))


@pytest.mark.parametrize("zipped", [True, False])
def test_a_program_in_a_file_is_not_run(resnet18, tmp_path, zipped):
    value = {"state_dict": resnet18, "args": Program(tmp_path / "ran")}
    sentence = refused(saved(tmp_path / "x.pth", value, _use_new_zipfile_serialization=zipped))
    assert "x.pth holds more than tensors" in sentence
    assert "torch.save(model.state_dict(), PATH)" in sentence
    assert not (tmp_path / "ran").exists()


def test_a_whole_module_is_refused_by_its_name(tmp_path):
    sentence = refused(saved(tmp_path / "x.pth", models.resnet18(weights=None)))
    assert "(torchvision.models.resnet.ResNet)" in sentence


HOLLOW = {
    "a number": 7,
    "a list": [torch.zeros(1)],
    "no tensors": {"model": {"epoch": 3}},
    "an empty table": {},
    "numbered": {1: torch.zeros(1)},
    "another detector": {"backbone.0.body.conv1.weight": torch.zeros(64, 3, 7, 7)},
    "one number that claims to be a billion": {"conv1.weight": torch.zeros(1).expand(1_000_000_000)},
    "no numbers": {"conv1.weight": torch.full((64, 3, 7, 7), float("nan"))},
}


@pytest.mark.parametrize("value", HOLLOW.values(), ids=HOLLOW)
def test_what_holds_no_state_dict_is_refused(tmp_path, value):
    sentence = refused(saved(tmp_path / "x.pth", value))
    assert sentence.startswith("x.pth ")
    assert sentence.endswith(".")


def test_layers_of_odd_shapes_do_not_trip_it(tmp_path):
    state = {pth.CLASS_LAYER: torch.zeros(()), pth.BOX_LAYER: torch.zeros(())}
    assert "another detector" in refused(saved(tmp_path / "x.pth", state))


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize("zipped", [True, False])
def test_damaged_files_are_told_whatever_is_wrong_with_them(tmp_path, zipped):
    value = {"model": {"conv1.weight": torch.ones(64, 3, 7, 7), "bn1.bias": torch.ones(64)}}
    data = saved(tmp_path / "x.pth", value, _use_new_zipfile_serialization=zipped).read_bytes()
    draw = random.Random(0)
    damaged = [data[: int(len(data) * share)] for share in (0.0, 0.01, 0.3, 0.99)]
    for _ in range(60):
        noisy = bytearray(data)
        for _ in range(draw.choice((1, 3, 20))):
            noisy[draw.randrange(min(len(noisy), 1500))] = draw.randrange(256)
        damaged.append(bytes(noisy))
    read = 0  # most of the noise lies in the tensors, or in names
    for number, content in enumerate(damaged):
        path = tmp_path / f"{number}.pth"
        path.write_bytes(content)
        with contextlib.suppress(WeightsError):
            read_pth(path)
            read += 1
    assert read < len(damaged) / 2


def test_other_files_and_places_are_not_pytorchs(tmp_path):
    (tmp_path / "x.pth").write_bytes(b"\xff\xd8\xff")
    assert not is_pth(tmp_path / "x.pth")
    assert not is_pth(tmp_path)
    assert not is_pth(tmp_path / "gone.pth")
    with pytest.raises(WeightsError, match=r"x\.pth is not a weights file: it is a picture"):
        starting_tensors(str(tmp_path / "x.pth"), V1, ("bolt",))
    with pytest.raises(WeightsError, match=r"gone\.pth does not exist"):
        starting_tensors(str(tmp_path / "gone.pth"), V1, ("bolt",))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes in folders")
def test_a_named_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.pth")
    with pytest.raises(WeightsError, match="is not a regular file"):
        starting_tensors(str(tmp_path / "pipe.pth"), V1, ("bolt",))
