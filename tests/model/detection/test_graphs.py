"""Replays: captured for shapes that come again, never trusted blindly. On a GPU also the real ones."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from model.detection.runtimes.eager import EagerRunner
from model.detection.runtimes.graphs import MOST_SHAPES, Graphs, Run, capture
from model.network.retinanet import Outputs, RetinaNet
from model.network.weights import Weights, state_of
from model.records import Architecture


class Network:
    """Counts how often it runs, plainly and replayed."""

    def __init__(self, off: float = 0.0, error: str = "") -> None:
        self.plain = self.replayed = self.captured = 0
        self._off, self._error = off, error

    def run(self, pixels: Tensor) -> Outputs:
        self.plain += 1
        return Outputs(pixels * 2, pixels * 3)

    def capture(self, run: Run, example: Tensor) -> Run:
        self.captured += 1
        if self._error:
            raise RuntimeError(self._error)

        def replay(pixels: Tensor) -> Outputs:
            self.replayed += 1
            return Outputs(pixels * 2 + self._off, pixels * 3)

        return replay


def test_a_shape_is_captured_when_it_comes_again() -> None:
    network = Network()
    graphs = Graphs(network.run, network.capture)
    for value in range(5):
        outputs = graphs(torch.full((1, 3, 8, 8), float(value)))
        assert (outputs.logits == 2 * value).all()
        assert (outputs.deltas == 3 * value).all()
    assert network.captured == 1
    assert network.plain == 2  # the first time, and to compare
    assert network.replayed == 5  # to compare, and four times


def test_shapes_that_come_once_are_never_captured() -> None:
    network = Network()
    graphs = Graphs(network.run, network.capture)
    for width in range(1, 50):
        graphs(torch.zeros(1, 3, 8, width))
    assert network.captured == 0


def test_only_the_shapes_used_last_are_kept() -> None:
    network = Network()
    graphs = Graphs(network.run, network.capture)
    for width in range(1, MOST_SHAPES + 2):
        for _ in range(2):
            graphs(torch.zeros(1, 3, 8, width))
    assert network.captured == MOST_SHAPES + 1
    graphs(torch.zeros(1, 3, 8, MOST_SHAPES + 1))
    graphs(torch.zeros(1, 3, 8, 1))  # forgotten: a new shape
    assert network.captured == MOST_SHAPES + 1


@pytest.mark.parametrize(
    ("network", "said"),
    [
        (Network(off=1.0), "answers otherwise"),
        (Network(error="operation not permitted when stream is capturing"), "not permitted"),
    ],
    ids=["wrong", "refused"],
)
def test_a_replay_that_is_no_good_is_not_used(
    network: Network, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    graphs = Graphs(network.run, network.capture)
    for _ in range(4):
        assert (graphs(torch.ones(1, 3, 8, 8)).logits == 2).all()
    assert network.captured == 1
    assert said in caplog.text


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16], ids=str)
def test_a_real_replay_answers_as_the_network_does(
    precision: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    architecture = Architecture("resnet18", 64, head_convs=2)
    weights = Weights(architecture, ("cat",), state_of(RetinaNet(architecture, 1)))
    captures: list[Run] = []

    def counting(run: Run, example: Tensor) -> Run:
        captures.append(run)
        return capture(run, example)

    monkeypatch.setattr("model.detection.runtimes.eager.capture", counting)
    runner = EagerRunner(weights, torch.device("cuda"), precision)
    for seed in range(4):
        generator = torch.Generator().manual_seed(seed)
        pixels = torch.randn(1, 3, 128, 160, generator=generator).cuda()
        outputs = runner(pixels)
        expected = EagerRunner(weights, torch.device("cuda"), precision)(pixels)
        torch.testing.assert_close(outputs.logits, expected.logits, rtol=1e-2, atol=1e-2)
    assert len(captures) == 1
