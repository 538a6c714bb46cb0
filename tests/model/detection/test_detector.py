"""Pictures in, detections out: in the picture's own pixels, from any thread, with the newest weights."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from model.detection import detector as module
from model.detection.detector import FLOOR, Detector
from model.detection.runtimes.eager import EagerRunner
from model.detection.runtimes.runtime import Runtime
from model.network.preprocess import MEAN
from model.network.retinanet import Outputs, RetinaNet
from model.network.weights import Weights, WeightsError, state_of
from model.records import Architecture, Detection

SMALL = Architecture(
    "resnet18", 32, head_convs=1, anchor_sizes=(16, 32, 64, 128, 256), short_side=96, long_side=128
)
CLASSES = ("square", "disc")


def random_weights(seed: int = 0, classes: tuple[str, ...] = CLASSES, spread: float = 0.3) -> Weights:
    """A network that says something about everything: random, with a class head far from its prior."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = RetinaNet(SMALL, len(classes))
        torch.nn.init.normal_(network.head.classification_head.cls_logits.weight, std=spread)
        torch.nn.init.constant_(network.head.classification_head.cls_logits.bias, -3.0)
    return Weights(SMALL, classes, state_of(network))


def picture(seed: int = 0, size: tuple[int, int] = (96, 128)) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)


class Bright:
    """A network made by hand: finds the brightest anchor-sized place of the pixels it is given."""

    def __init__(self, weights: Weights, device: torch.device, precision: torch.dtype) -> None:
        self._network = RetinaNet(weights.architecture, len(weights.classes))
        self._classes = len(weights.classes)

    def __call__(self, pixels: Tensor) -> Outputs:
        anchors = self.anchors((pixels.shape[2], pixels.shape[3]))
        images = []
        for image in pixels:
            white = image.mean(0) > 1.5
            rows, columns = white.nonzero(as_tuple=True)
            box = torch.stack((columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)).float()
            images.append(-(anchors - box).abs().sum(dim=1))
        best = torch.stack(images)
        logits = torch.full((*best.shape, self._classes), -10.0)
        logits[..., 1] = torch.where(best == best.max(dim=1, keepdim=True).values, 3.0, -10.0)
        return Outputs(logits, torch.zeros(*best.shape, 4))

    def anchors(self, size: tuple[int, int]) -> Tensor:
        return self._network.anchors(size)


@pytest.fixture
def bright(monkeypatch: pytest.MonkeyPatch) -> Detector:
    monkeypatch.setattr(module, "discover", lambda package, constant: (Runtime("bright", Bright),))
    return Detector(random_weights(), "cpu", "float32", runtime="bright")


@pytest.mark.parametrize("times", [1, 2, 5])
@pytest.mark.parametrize("turned", [False, True])
def test_boxes_are_in_the_pictures_own_pixels(bright: Detector, times: int, turned: bool) -> None:
    """An anchor's box drawn at several sizes is found where it was drawn."""
    image = np.zeros((96, 128, 3), np.uint8)
    image[24:56, 48:80] = 255  # 32 px square, centred on a grid corner at stride 8
    image = np.repeat(np.repeat(image, times, axis=0), times, axis=1)
    expected = [times * value for value in (48, 24, 80, 56)]
    if turned:
        image, expected = image.transpose(1, 0, 2), [expected[i] for i in (1, 0, 3, 2)]
    found = bright.detect(np.ascontiguousarray(image))
    side = 32 * times
    assert found[0].xyxy == pytest.approx(expected, abs=0.15 * side)
    assert found[0].name == "disc"
    assert found[0].score == pytest.approx(1 / (1 + np.exp(-3.0)), abs=1e-3)


def test_detections_are_above_the_floor_best_first_and_inside() -> None:
    found = Detector(random_weights(), "cpu", "float32").detect(picture(size=(150, 200)))
    scores = [d.score for d in found]
    assert len(found) > 10
    assert scores == sorted(scores, reverse=True)
    assert min(scores) > FLOOR
    assert all(0 <= d.xmin < d.xmax <= 200 and 0 <= d.ymin < d.ymax <= 150 for d in found)


def test_a_batch_is_its_pictures_one_by_one() -> None:
    detector = Detector(random_weights(), "cpu", "float32")
    images = [picture(seed) for seed in range(3)]
    for together, alone in zip(detector.detect_batch(images), map(detector.detect, images), strict=True):
        assert_same(together, alone, 1e-3)
    assert detector.detect_batch([]) == ()


def test_folding_the_norms_changes_no_answer() -> None:
    weights = random_weights()
    tensors = {
        name: torch.rand_like(t) + 0.5 if "bn" in name or "downsample.1" in name else t
        for name, t in weights.tensors.items()
    }
    weights = replace(weights, tensors=tensors)
    network = RetinaNet(SMALL, len(CLASSES)).eval()
    network.load_state_dict(tensors)
    pixels = torch.randn(1, 3, 96, 128)
    with torch.inference_mode():
        expected = network(pixels)
    got = EagerRunner(weights, torch.device("cpu"), torch.float32)(pixels)
    assert got.logits.sub(expected.logits).abs().max() < 1e-3 * expected.logits.abs().max()
    assert got.deltas.sub(expected.deltas).abs().max() < 1e-3 * expected.deltas.abs().max()


def test_bfloat16_finds_nearly_the_same() -> None:
    exact, quick = (
        Detector(random_weights(spread=0.05), "cpu", p).detect(picture()) for p in ("float32", "bfloat16")
    )
    assert [d.score for d in quick[:5]] == pytest.approx([d.score for d in exact[:5]], abs=0.03)


def test_newer_weights_are_taken_up() -> None:
    detector, newer = Detector(random_weights(0), "cpu", "float32"), random_weights(1)
    before = detector.detect(picture())
    detector.load_weights(newer.tensors)
    after = detector.detect(picture())
    assert after != before
    assert after == Detector(newer, "cpu", "float32").detect(picture())


def test_weights_of_another_network_are_refused_and_the_old_ones_stay() -> None:
    detector = Detector(random_weights(), "cpu", "float32")
    before = detector.detect(picture())
    with pytest.raises(WeightsError, match="another network"):
        detector.load_weights(random_weights(classes=("a", "b", "c")).tensors)
    assert detector.detect(picture()) == before


def test_loaded_weights_are_not_changed_by_detecting() -> None:
    weights = random_weights()
    before = {name: tensor.clone() for name, tensor in weights.tensors.items()}
    for precision in ("float32", "bfloat16"):
        Detector(weights, "cpu", precision).detect(picture())
    assert all(weights.tensors[name].equal(before[name]) for name in before)


def test_two_threads_may_share_a_detector_while_weights_change() -> None:
    detector = Detector(random_weights(), "cpu", "float32")
    sizes = [(96, 128), (128, 96), (64, 128), (96, 96)]
    images = [picture(seed, sizes[seed % 4]) for seed in range(8)]
    expected = [detector.detect(image) for image in images]
    answers: dict[int, list[tuple[Detection, ...]]] = {}

    def work(number: int) -> None:
        answers[number] = [detector.detect(image) for image in images]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        detector.load_weights(random_weights().tensors)  # the same again
    for thread in threads:
        thread.join()
    for number in range(2):
        for got, wanted in zip(answers[number], expected, strict=True):
            assert_same(got, wanted, 1e-4)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((9, 9), np.uint8),
        np.zeros((9, 9, 4), np.uint8),
        np.zeros((9, 9, 3)),
        np.zeros((0, 9, 3), np.uint8),
    ],
    ids=["grey", "four channels", "floating point", "empty"],
)
def test_what_is_no_picture_is_refused(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match="uint8"):
        Detector(random_weights(), "cpu", "float32").detect(image)


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (700, 2)])
def test_odd_shapes_are_pictures_too(size: tuple[int, int]) -> None:
    Detector(random_weights(), "cpu", "float32").detect(picture(0, size))


def test_a_picture_of_the_mean_colour_is_padding() -> None:
    """What is beside a picture in a batch has no say in it: a grey frame and no frame give about the same."""
    colour = np.array([round(255 * channel) for channel in MEAN], np.uint8)
    assert Detector(random_weights(), "cpu", "float32").detect(np.full((96, 128, 3), colour))


def test_an_unknown_runtime_is_refused() -> None:
    with pytest.raises(ValueError, match="eager"):
        Detector(random_weights(), runtime="steam")


def assert_same(ours: tuple[Detection, ...], theirs: tuple[Detection, ...], tolerance: float) -> None:
    assert len(ours) == len(theirs)
    for a, b in zip(ours[:20], theirs[:20], strict=True):
        assert a.score == pytest.approx(b.score, abs=tolerance)
