"""Our training and torchvision's recipe meet on equal terms: weights, images, measures. What is printed is so."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from model.data.exchange import export_voc
from model.data.images import read_image
from model.detection.detector import Detector
from model.network.preprocess import collate
from model.network.retinanet import RetinaNet
from model.network.starting import CLASS_LAYER, starting_tensors
from model.network.weights import Weights, load
from model.records import ClassMetrics, Detection, LabelledImage, Labels, Metrics, Snapshot, WeightsOffered
from model.training.presets import FAST
from model.training.selection import select
from model.training.train import train
from tests.benchmarks import against_torchvision
from tests.benchmarks.against_torchvision import judge, report
from tests.benchmarks.contest import EVERY_S, Contest, Curve, Point, contest_of, cores_of, follow
from tests.benchmarks.rivals import Standing
from tests.benchmarks.torchvision_recipe import (
    Feed,
    detect,
    endless,
    epoch_of,
    learn,
    learning_rate,
    train_as_torchvision,
    twin,
)
from tests.model.training.scenes import draw, scenes

ARCHITECTURE = replace(FAST.architecture, short_side=96, long_side=96)
SETTINGS = replace(FAST, architecture=ARCHITECTURE, batch_size=4, minutes=0.05)


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    """Eight images to learn and two to measure on, twice as large as the network takes them."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    images = [draw(folder, n, "train" if n <= 8 else "val", (192, 256)) for n in range(1, 11)]
    return replace(scenes(folder, 0, 0), images=tuple(images))


@pytest.fixture
def contest(snapshot: Snapshot, tmp_path: Path) -> Contest:
    return contest_of("drawn", snapshot, tmp_path, SETTINGS)


def ids(images: tuple[LabelledImage, ...]) -> list[int]:
    return sorted(image.id for image in images)


# ------------------------------------------------------------------------------------------ equal terms


def test_at_step_0_both_networks_say_the_same(contest):
    start = load(contest.start)
    torch.manual_seed(99)  # what is not from the file would differ
    ours = RetinaNet(ARCHITECTURE, len(start.classes)).eval()
    tensors, _ = starting_tensors(contest.settings.weights, ARCHITECTURE, start.classes)
    ours.load_state_dict(tensors, strict=False)
    theirs = twin(start).eval()
    batch = collate([np.random.default_rng(0).integers(0, 256, (72, 96, 3), np.uint8)])
    with torch.no_grad():
        outputs = ours(batch.pixels)
        expected = theirs.head(list(theirs.backbone(batch.pixels).values()))
    assert outputs.logits.std() > 0.01
    torch.testing.assert_close(outputs.logits, expected["cls_logits"], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(outputs.deltas, expected["bbox_regression"], rtol=1e-4, atol=1e-4)


def test_our_training_begins_with_the_weights_torchvision_begins_with(contest, tmp_path):
    still = replace(contest.settings, learning_rate=0.0)
    offered = [
        event
        for event in train(lambda: contest.snapshot, still, tmp_path / "still.safetensors")
        if isinstance(event, WeightsOffered)
    ]
    theirs = twin(load(contest.start)).state_dict()
    assert offered[-1].step > 0
    assert all(torch.equal(tensor, theirs[name]) for name, tensor in offered[-1].weights.tensors.items())


def test_both_learn_what_the_program_would_and_are_measured_on_the_rest(contest, snapshot):
    program = select(snapshot, SETTINGS)
    ours = select(contest.snapshot, contest.settings)
    batches = endless(contest.snapshot.images, contest.settings)
    theirs = [image for _ in range(2) for image, _ in next(batches)]  # an epoch: twice four images
    assert ids(ours.train) == ids(program.train) == ids(tuple(theirs)) == list(range(1, 9))
    assert ours.val == ()  # measuring from within would count as training
    assert ids(contest.val) == ids(program.val) == [9, 10]


def test_both_detectors_answer_alike_in_pixels_of_the_file(contest):
    start = load(contest.start)
    bias = f"{CLASS_LAYER}.bias"
    bold = Weights(start.architecture, start.classes, {**start.tensors, bias: start.tensors[bias] + 4})
    image = read_image(contest.snapshot.folder / contest.val[0].path)
    ours = Detector(bold, "cpu", "float32").detect(image)
    theirs = detect(twin(bold), ARCHITECTURE, start.classes, image)
    assert len(ours) == len(theirs) > 20
    assert max(d.xmax for d in theirs) > 2 * ARCHITECTURE.long_side
    for mine in ours[:20]:
        assert any(
            other.name == mine.name
            and np.allclose((*other.xyxy, other.score), (*mine.xyxy, mine.score), 0, 0.01)
            for other in theirs
        ), mine


def test_either_is_measured_by_the_same_evaluator(contest):
    truth = {read_image(contest.snapshot.folder / i.path).tobytes(): i for i in contest.val}
    names = {c.id: c.name for c in contest.snapshot.classes}

    def see_all(pixels: np.ndarray) -> tuple[Detection, ...]:
        return tuple(Detection(*box.xyxy, names[box.label], 0.9) for box in truth[pixels.tobytes()].boxes)

    runs = (Standing(0.0, 0, lambda: lambda _: ()), Standing(5.0, 7, lambda: see_all))
    points = follow(iter(runs), contest).points
    assert [(p.seconds, p.steps, p.metrics.images, p.metrics.ap50) for p in points] == [
        (0.0, 0, 2, 0.0),
        (5.0, 7, 2, pytest.approx(1.0)),
    ]


# ------------------------------------------------------------------------------------------ by the clock


def test_a_run_is_measured_at_the_first_standing_after_each_moment_and_at_its_end(contest):
    minute = replace(contest, settings=replace(contest.settings, minutes=0.5))
    assert minute.moments == (0.0, EVERY_S, 2 * EVERY_S, float("inf"))
    run = (
        Standing(s, int(s), lambda: lambda _: (), ("Said once.",)) for s in (0.0, 4.0, 12.0, 19.0, 31.0, 31.5)
    )
    inside: list[int] = []

    @contextmanager
    def segment(number: int) -> Iterator[None]:
        inside.append(number)
        yield

    curve = follow(run, minute, segment)
    assert [point.seconds for point in curve.points] == [0.0, 12.0, 31.0, 31.5]
    assert inside == [0, 1, 2, 3]
    assert curve.notes == ("Said once.",)


def test_the_clock_of_torchvisions_run_stands_still_while_it_is_measured(contest):
    run = train_as_torchvision(contest.snapshot, contest.settings, load(contest.start), 60.0)
    assert next(run).seconds == 0.0
    before = next(run)
    time.sleep(2.0)
    after = next(run)
    assert after.steps == 2
    assert 0 < after.seconds - before.seconds < 2.0
    run.close()


def test_side_by_side_they_swap_cores_and_without_enough_of_them_they_take_turns():
    assert [cores_of(side, 0, (4, 5), 1) for side in (0, 1)] == [[4], [5]]
    assert [cores_of(side, 1, (4, 5), 1) for side in (0, 1)] == [[5], [4]]
    assert [cores_of(side, 1, (0, 1, 2, 3), 2) for side in (0, 1)] == [[2, 3], [0, 1]]
    assert cores_of(0, 0, (4, 5), 2) is None


# ------------------------------------------------------------------------------------------ torchvision's recipe


def test_the_rate_is_the_recipes():
    """0.01 for 16 images; up from a thousandth of it within the first epoch, or 1000 steps; tenfold down at 16 and 22
    of 26 epochs."""
    steps = 401
    assert learning_rate(0, 0.0, steps, 16) == pytest.approx(1e-5)
    assert learning_rate(200, 0.0, steps, 16) == pytest.approx(0.01 * (0.001 + 0.999 / 2))
    assert learning_rate(400, 0.5, steps, 16) == pytest.approx(0.01)
    assert learning_rate(400, 0.5, steps, 8) == pytest.approx(0.005)
    assert learning_rate(500, 0.5, 5000, 16) == pytest.approx(0.01 * (0.001 + 0.999 / 2))
    assert learning_rate(900, 15.9 / 26, steps, 16) == pytest.approx(0.01)
    assert learning_rate(900, 16.1 / 26, steps, 16) == pytest.approx(0.001)
    assert learning_rate(900, 22.1 / 26, steps, 16) == pytest.approx(0.0001)


def test_the_stem_and_the_first_stage_are_frozen(contest):
    names = {n for n, p in twin(load(contest.start)).backbone.body.named_parameters() if not p.requires_grad}
    assert names == {"conv1.weight", *(f"layer1.{block}.conv{n}.weight" for block in (0, 1) for n in (1, 2))}


def test_an_epochs_batches_are_full_and_of_one_shape():
    sizes = [(100, 100)] * 10 + [(300, 100)] * 7 + [(100, 300)]  # 18 images are four batches of four
    images = [LabelledImage(n, f"{n}.png", w, h, Labels()) for n, (w, h) in enumerate(sizes)]
    batches = epoch_of(images, 4, random.Random(3))
    assert [len(batch) for batch in batches] == [4, 4, 4, 4]
    assert all(len({image.width / image.height for image in batch}) == 1 for batch in batches)
    assert len({image.id for batch in batches for image in batch}) >= 15  # of three shapes, two with a rest


def test_what_is_mirrored_is_mirrored_with_its_boxes(contest):
    feed, image = Feed(contest.snapshot, contest.settings), contest.snapshot.images[0]
    plain, mirrored = (feed(image, seed) for seed in ("2", "0"))
    assert plain.pixels.shape == (3, 72, 96)  # 192 x 256 px
    torch.testing.assert_close(plain.boxes, torch.tensor([box.xyxy for box in image.boxes]) * 96 / 256)
    assert torch.equal(mirrored.pixels, plain.pixels.flip(2))
    torch.testing.assert_close(mirrored.boxes[:, [2, 0]], 96 - plain.boxes[:, [0, 2]])
    assert torch.equal(mirrored.labels, plain.labels)


def test_it_learns(contest):
    theirs, feed = twin(load(contest.start)), Feed(contest.snapshot, contest.settings)
    batch = [feed(image, "2") for image in contest.snapshot.images[:2]]
    optimizer = torch.optim.SGD([p for p in theirs.parameters() if p.requires_grad], 0.01, 0.9)
    losses = [learn(theirs, optimizer, batch, 0.005) for _ in range(8)]
    assert losses[-1] < 0.8 * losses[0]


def test_a_loss_that_is_not_finite_ends_the_run_and_is_told(contest):
    start = load(contest.start)
    start.tensors[f"{CLASS_LAYER}.bias"].fill_(float("nan"))
    *_, end = train_as_torchvision(contest.snapshot, contest.settings, start, 60.0)
    assert (end.steps, end.notes) == (0, ("The loss of step 0 was nan: their script ends there.",))


def test_fewer_images_than_a_batch_are_refused(contest):
    settings = replace(contest.settings, batch_size=9)
    with pytest.raises(ValueError, match="8 images are fewer than a batch of 9"):
        next(train_as_torchvision(contest.snapshot, settings, load(contest.start), 1.0))


# ------------------------------------------------------------------------------------------ what is said


def curve(*ap50: float, each_s: float = 10.0) -> Curve:
    per_class = (ClassMetrics("square", 3, 0.1, ap50[-1]), ClassMetrics("disc", 3, 0.1, 0.5))
    return Curve(
        tuple(
            Point(each_s * n, 4 * n, Metrics(2, value / 2, value, value / 2, value, per_class))
            for n, value in enumerate(ap50)
        ),
        ("A note.",),
    )


def test_ours_wins_when_it_is_as_good_in_half_the_time_and_better_at_the_end():
    won = judge(curve(0, 0.3, 0.6, 0.7, 0.8), curve(0, 0.1, 0.2, 0.5, 0.6), 40)
    assert (won.reached, won.in_half_the_time, won.ends_higher) == (0.5, True, True)
    late = judge(curve(0, 0.3, 0.5, 0.6, 0.8), curve(0, 0.1, 0.2, 0.5, 0.6), 40)
    assert (late.reached, late.in_half_the_time, late.ends_higher) == (0.75, False, True)
    lost = judge(curve(0, 0.3, 0.4, 0.5, 0.5), curve(0, 0.1, 0.2, 0.5, 0.6), 40)
    assert (lost.reached, lost.in_half_the_time, lost.ends_higher) == (None, False, False)


def test_nothing_learned_by_either_is_not_a_win():
    verdict = judge(curve(0, 0), curve(0, 0), 10)
    assert (verdict.reached, verdict.in_half_the_time, verdict.ends_higher) == (None, False, False)


def test_the_report_has_the_table_the_curves_and_the_verdict(contest):
    half = replace(contest, settings=replace(contest.settings, minutes=0.5))
    said = report(half, curve(0, 0.2, 0.3, 0.4), curve(0, 0.1, 0.2, 0.5)).splitlines()
    assert said[0] == "drawn: 8 images to learn, 2 to measure on"
    rows = [line.split() for line in said if line.startswith("      0.")]
    assert rows[1] == ["0.17", "0.200", "0.100", "0.100", "0.050"]
    assert rows[-1] == ["0.50", "0.400", "0.500", "0.200", "0.250"]
    drawn = [line.partition("|")[2] for line in said if "|" in line]
    assert (drawn[0].rstrip()[-1], drawn[-1][0]) == (
        "t",
        "*",
    )  # theirs is on top at the end, both at 0 at first
    assert "  AP50 of torchvision is higher for square (0.500 against 0.400)" in said
    assert "  ours never reaches torchvision's final AP50 of 0.500" in said
    assert said[-1] == "  half the time: no; ends higher: no (0.400 against 0.500)"


@pytest.mark.slow
def test_a_set_of_voc_files_is_trained_on_by_both(snapshot, tmp_path, capsys):
    *_, made = export_voc(snapshot, tmp_path / "sets" / "drawn")
    assert made.files == 10
    out = tmp_path / "curves.json"
    asked = ["--sets", "drawn", "--data", str(tmp_path / "sets"), "--minutes", "0.05", "--json", str(out)]
    against_torchvision.main(asked)
    (found,) = json.loads(out.read_text("utf-8"))["sets"].values()
    assert (found["train_images"], found["val_images"]) == (8, 2)
    for run in (found["ours"], found["torchvision"]):
        assert [point["metrics"]["images"] for point in run["points"]] == [2, 2]
        assert run["points"][0]["steps"] == 0 < run["points"][1]["steps"]
        assert run["points"][1]["seconds"] > 2.5
    assert "half the time: " in capsys.readouterr().out
