"""Weights packed for shipping: a quarter of the size, and the error bounded."""

from __future__ import annotations

import pytest
import torch

from model.network.pack import SMALLEST, main, packed
from model.network.retinanet import RetinaNet
from model.network.weights import SCALE, Weights, build, load, save, state_of, unpack
from model.records import Architecture
from tests.model.network.twins import random_norms

STARTER = Architecture(backbone="resnet18", channels=128, short_side=320, long_side=320)
CLASSES = tuple(f"class {number}" for number in range(12))


@pytest.fixture(scope="module")
def weights() -> Weights:
    torch.manual_seed(0)
    network = RetinaNet(STARTER, len(CLASSES))
    random_norms(network)
    return Weights(STARTER, CLASSES, state_of(network), {"preset": "fast"})


def test_no_weight_is_off_by_more_than_half_a_step_of_its_channel(weights):
    read = unpack(packed(weights.tensors))
    assert read.keys() == weights.tensors.keys()
    for name, tensor in weights.tensors.items():
        if tensor.dim() < 2:
            assert torch.equal(read[name], tensor), name
        else:
            half_a_step = tensor.flatten(1).abs().amax(dim=1) / 254
            error = (read[name] - tensor).flatten(1).abs().amax(dim=1)
            assert (error <= half_a_step * 1.001).all(), name


def test_large_tensors_are_int8_and_small_ones_as_they_were(weights):
    stored = packed(weights.tensors)
    for name, tensor in weights.tensors.items():
        large = tensor.dim() > 1 and tensor.numel() >= SMALLEST
        assert stored[name].dtype is (torch.int8 if large else torch.float32), name
        assert (name + SCALE in stored) is large


def test_a_channel_of_zeros_stays_zero():
    conv = torch.randn(4, 64, 5, 5)
    conv[2] = 0
    read = unpack(packed({"conv": conv}))["conv"]
    assert (read[2] == 0).all()
    assert read.isfinite().all()


def test_answers_hardly_change(weights):
    pixels = torch.randn(1, 3, 96, 96)
    original = build(weights)
    after = build(Weights(STARTER, CLASSES, unpack(packed(weights.tensors))))
    with torch.no_grad():
        expected, outputs = original(pixels), after(pixels)
    for mine, other in zip(outputs, expected, strict=True):
        spread = other.std()
        assert (mine - other).square().mean().sqrt() < 0.05 * spread


def test_the_starter_is_below_16_mb_on_disk_and_reads_as_any_file(weights, tmp_path, capsys):
    source, target = tmp_path / "trained.safetensors", tmp_path / "starter.safetensors"
    save(weights, source)
    assert main([str(source), str(target)]) == 0
    assert target.stat().st_size < 16_000_000
    read = load(target)
    assert (read.architecture, read.classes, read.about) == (STARTER, CLASSES, {"preset": "fast"})
    assert all(tensor.dtype is torch.float32 for tensor in read.tensors.values())
    assert "MiB, was 51" in capsys.readouterr().out


def test_a_file_that_cannot_be_read_is_told_in_one_line(tmp_path, capsys):
    assert main([str(tmp_path / "gone.safetensors"), str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err.splitlines() == [f"pack: {tmp_path / 'gone.safetensors'} does not exist."]
    assert main([]) == 2
