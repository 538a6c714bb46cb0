"""Weights as files: what is saved is what is read, and whatever else lies there is refused in a sentence."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from safetensors.torch import save as to_bytes

from model.network.retinanet import RetinaNet
from model.network.weights import FORMAT, Weights, WeightsError, build, hash_of, load, save, state_of
from model.records import Architecture

SMALL = Architecture(backbone="resnet18", channels=16, head_convs=1, anchor_ratios=(0.5, 1.0))
CLASSES = ("bolt", "écrou", "ワッシャー")


@pytest.fixture(scope="module")
def weights() -> Weights:
    torch.manual_seed(0)
    return Weights(SMALL, CLASSES, state_of(RetinaNet(SMALL, 3)), {"preset": "fast", "ap": "0.5"})


@pytest.fixture(scope="module")
def file(weights: Weights, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "modèle.safetensors"
    save(weights, path)
    return path


def test_what_is_saved_is_what_is_read(weights, file):
    read = load(file)
    assert (read.architecture, read.classes, read.about) == (SMALL, CLASSES, weights.about)
    assert read.tensors.keys() == weights.tensors.keys()
    assert all(torch.equal(read.tensors[name], tensor) for name, tensor in weights.tensors.items())


def test_nothing_else_is_left_beside_the_file(file):
    assert os.listdir(file.parent) == [file.name]


def test_a_built_network_answers_as_the_one_that_was_saved(weights, file):
    torch.manual_seed(0)
    original = RetinaNet(SMALL, 3).eval()
    pixels = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        expected, outputs = original(pixels), build(load(file))(pixels)
    assert torch.equal(outputs.logits, expected.logits)
    assert torch.equal(outputs.deltas, expected.deltas)


def test_a_built_network_is_for_detection(weights):
    network = build(weights)
    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_a_network_trained_with_batch_norm_is_saved_and_built(tmp_path):
    trained = RetinaNet(SMALL, 3, norm="batch").train()
    with torch.no_grad():
        trained(torch.randn(2, 3, 64, 64))  # moves the running statistics
        pixels = torch.randn(1, 3, 64, 64)
        expected = trained.eval()(pixels)
        save(Weights(SMALL, CLASSES, state_of(trained)), tmp_path / "w.safetensors")
        outputs = build(load(tmp_path / "w.safetensors"))(pixels)
    torch.testing.assert_close(outputs.logits, expected.logits, rtol=1e-4, atol=1e-4)


def test_a_state_is_a_copy():
    network = RetinaNet(SMALL, 3)
    state = state_of(network)
    name, parameter = next(iter(network.named_parameters()))
    before = state[name].clone()
    torch.nn.init.zeros_(parameter)
    assert torch.equal(state[name], before)


def test_saving_over_a_file_that_is_loaded_does_not_change_what_was_loaded(weights, tmp_path):
    path = tmp_path / "w.safetensors"
    save(weights, path)
    read = load(path)
    save(Weights(SMALL, CLASSES, {n: torch.zeros_like(t) for n, t in weights.tensors.items()}), path)
    assert all(torch.equal(read.tensors[name], tensor) for name, tensor in weights.tensors.items())


# ------------------------------------------------------------------------------------------ what is refused


FOREIGN = {
    "empty": (b"", "it is empty"),
    "html": (b"<!DOCTYPE html><html><body>404 Not Found</body></html>" * 9, "it is a web page"),
    "git-lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "git lfs pull"),
    "torch zip": (b"PK\x03\x04" + bytes(200), "it is a zip file, perhaps a PyTorch checkpoint"),
    "pickle": (b"\x80\x02}q\x00." + bytes(200), "it is a Python pickle"),
    "jpeg": (b"\xff\xd8\xff\xe0" + bytes(200), "it is a picture"),
    "noise": (bytes(range(1, 250)), "it is another kind of file"),
    "safetensors of nothing known": (to_bytes({"x": torch.zeros(2)}), "it is not a weights file of Fovea"),
}


@pytest.mark.parametrize(("data", "reason"), FOREIGN.values(), ids=FOREIGN)
def test_foreign_files_are_named_for_what_they_are(tmp_path, data, reason):
    path = tmp_path / "x.safetensors"
    path.write_bytes(data)
    with pytest.raises(WeightsError) as refused:
        load(path)
    assert str(refused.value).startswith("x.safetensors ")
    assert reason in str(refused.value)


@pytest.mark.parametrize("kept", [0.2, 0.99, 300])
def test_a_file_that_is_cut_off_is_refused(file, tmp_path, kept):
    data = file.read_bytes()
    path = tmp_path / "cut.safetensors"
    path.write_bytes(data[: int(len(data) * kept) if kept < 1 else int(kept)])
    with pytest.raises(
        WeightsError, match=r"cut\.safetensors is not a weights file: it is cut off or damaged"
    ):
        load(path)


def test_one_flipped_bit_is_noticed(file, tmp_path):
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    path = tmp_path / "flipped.safetensors"
    path.write_bytes(data)
    with pytest.raises(WeightsError, match=r"flipped\.safetensors is damaged"):
        load(path)


def written(path: Path, tensors: dict[str, torch.Tensor], **changes: str) -> Path:
    """A file whose hash is right, whatever it says."""
    header = {
        "format": FORMAT,
        "architecture": json.dumps(asdict(SMALL)),
        "classes": json.dumps(CLASSES),
        "about": "{}",
        "hash": hash_of(tensors),
    }
    path.write_bytes(to_bytes(tensors, {**header, **changes}))
    return path


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_numbers_are_refused(weights, tmp_path, value):
    tensors = dict(weights.tensors)
    tensors["head.regression_head.bbox_reg.bias"] = torch.full((24,), value)
    with pytest.raises(WeightsError, match=r"not numbers \(in head.regression_head.bbox_reg.bias\)"):
        load(written(tmp_path / "nan.safetensors", tensors))


CHANGED = {
    "missing": lambda tensors: tensors.pop("head.regression_head.bbox_reg.bias"),
    "of another shape": lambda tensors: tensors.update(
        {"head.regression_head.bbox_reg.bias": torch.zeros(36)}
    ),
    "of whole numbers": lambda tensors: tensors.update(
        {"head.regression_head.bbox_reg.bias": torch.zeros(24, dtype=torch.int64)}
    ),
    "of none of it": lambda tensors: tensors.update({"head.x": torch.zeros(1)}),
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_tensors_that_are_not_the_networks_are_refused(weights, tmp_path, change):
    tensors = dict(weights.tensors)
    change(tensors)
    with pytest.raises(WeightsError, match=r"does not fit the network that it describes: 1 tensors .* head"):
        load(written(tmp_path / "w.safetensors", tensors))


LIES = {
    "no JSON": {"architecture": "resnet18"},
    "a list": {"architecture": "[1]"},
    "a billion layers": {"architecture": json.dumps({**asdict(SMALL), "head_convs": 10**9})},
    "no layers": {"architecture": json.dumps({**asdict(SMALL), "channels": 0})},
    "half a channel": {"architecture": json.dumps({**asdict(SMALL), "channels": 16.5})},
    "words for numbers": {"architecture": json.dumps({**asdict(SMALL), "anchor_sizes": ["a", "b"]})},
    "no number": {"architecture": '{"anchor_ratios": [NaN]}'},
    "a newer field": {"architecture": json.dumps({**asdict(SMALL), "attention": True})},
    "no such backbone": {"architecture": json.dumps({**asdict(SMALL), "backbone": "resnet19"})},
    "four levels": {"architecture": json.dumps({**asdict(SMALL), "anchor_sizes": [32, 64, 128, 256]})},
    "no classes": {"classes": "[]"},
    "two of one name": {"classes": '["a", "a", "b"]'},
    "classes without names": {"classes": "[1, 2, 3]"},
    "too deep": {"about": "[" * 100_000},
    "about is no table": {"about": "7"},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_headers_that_lie_are_refused(tmp_path, lie):
    with pytest.raises(
        WeightsError, match=r"^lie\.safetensors (has a header|describes a network) that cannot be"
    ):
        load(written(tmp_path / "lie.safetensors", {"x": torch.zeros(1)}, **lie))


def test_a_newer_format_says_to_update(tmp_path):
    path = written(tmp_path / "new.safetensors", {"x": torch.zeros(1)}, format="fovea weights 2")
    with pytest.raises(WeightsError, match=r"new\.safetensors was written by a newer Fovea"):
        load(path)


def test_a_file_that_is_not_there_and_a_folder_are_refused(tmp_path):
    with pytest.raises(WeightsError, match=r"gone\.safetensors does not exist"):
        load(tmp_path / "gone.safetensors")
    with pytest.raises(WeightsError, match="is not a regular file"):
        load(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes in folders")
def test_a_named_pipe_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.safetensors")
    with pytest.raises(WeightsError, match="is not a regular file"):
        load(tmp_path / "pipe.safetensors")
