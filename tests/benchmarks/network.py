"""Our RetinaNet against torchvision's, on the same weights and pixels: python -m tests.benchmarks.network [TABLE...].

Tables: detect, train, backbones, memory; all but backbones without a name. Each ratio is the median of an
interleaved run, and beside it stands the largest difference: of scores in detection, of losses (relative) in a step.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
from torch import Tensor

from model.detection.detector import Detector
from model.discover import discover
from model.network import backbones
from model.network.devices import choose_precision
from model.network.preprocess import resized_size
from model.network.starting import CLASS_LAYER
from model.records import Architecture, LabelClass, TrainSettings
from model.training.augmentations.augmentation import Sample, bounding_boxes
from model.training.learner import Learner
from model.training.presets import FAST
from tests.benchmarks.rivals import CLASSES, as_after_training, race, same_weights, torchvision_retinanet

LIGHT = FAST.architecture  # ResNet-18, 128 channels
FULL = Architecture("resnet50", 256)
COCO = tuple(f"class {number}" for number in range(91))  # as many as torchvision's own RetinaNets have
PICTURE = (480, 640)  # (H, W) px, before it is resized
BOXES = 12


def at(architecture: Architecture, side: int) -> Architecture:
    return replace(architecture, short_side=side, long_side=side * 5 // 3)


def name_of(architecture: Architecture) -> str:
    return f"{architecture.backbone}, {architecture.channels} ch, {architecture.short_side} px"


def sample(size: tuple[int, int], seed: int) -> Sample:
    """Noise of this size (H, W) px with boxes of 16 px to a third of it."""
    generator = torch.Generator().manual_seed(seed)
    limits = torch.tensor([size[1], size[0]])
    sides = 16 + torch.rand(BOXES, 2, generator=generator) * (limits / 3 - 16)
    corners = torch.rand(BOXES, 2, generator=generator) * (limits - sides)
    return Sample(
        torch.randint(0, 256, (*size, 3), dtype=torch.uint8, generator=generator).permute(2, 0, 1),
        bounding_boxes(torch.cat((corners, corners + sides), dim=1), size),
        torch.randint(len(CLASSES), (BOXES,), generator=generator),
        torch.zeros(BOXES, dtype=torch.int64),
        torch.ones(BOXES),
    )


class Bench:
    """The tables of one device."""

    def __init__(self, device: str, rounds: int) -> None:
        self.device, self.rounds = torch.device(device), rounds
        self.wait = torch.cuda.synchronize if self.device.type == "cuda" else lambda: None
        self.fast = choose_precision("auto", self.device)

    # ------------------------------------------------------------------------------------------ detection

    def detect(self, architecture: Architecture) -> str:
        """One picture, uint8 (H, W, 3), to boxes in its px."""
        torch.manual_seed(0)
        size = resized_size(PICTURE, architecture.short_side, architecture.long_side)
        theirs = torchvision_retinanet(architecture, size).eval()
        picture = np.random.default_rng(0).integers(0, 256, (*PICTURE, 3), np.uint8)
        as_after_training(theirs, torch.from_numpy(picture).permute(2, 0, 1).float() / 255)
        weights = same_weights(theirs, architecture)
        theirs.to(self.device)

        def torchvision_detect() -> list[dict[str, Tensor]]:
            with torch.inference_mode():
                floats = torch.from_numpy(picture).to(self.device).permute(2, 0, 1).float() / 255
                return theirs([floats])

        detectors = [
            Detector(weights, str(self.device), name)
            for name in dict.fromkeys(("float32", str(self.fast).removeprefix("torch.")))
        ]
        rivals = [torchvision_detect, *(lambda d=d: d.detect(picture) for d in detectors)]
        seconds, ratios = race(rivals, self.rounds, self.wait)
        differences = [self._scores_apart(theirs, weights, d.precision, size) for d in detectors]
        return row(f"detect  {name_of(architecture)}", seconds[0], ratios[1:], differences)

    def _scores_apart(self, theirs: object, weights: object, precision: str, size: tuple[int, int]) -> float:
        """The largest difference of any anchor's score, on the same normalised pixels."""
        from model.detection.runtimes.eager import EagerRunner

        generator = torch.Generator().manual_seed(1)
        height, width = (-(-side // 32) * 32 for side in size)
        pixels = torch.randn(1, 3, height, width, generator=generator).to(self.device)
        dtype = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[precision]
        ours = EagerRunner(weights, self.device, dtype)(pixels)  # type: ignore[arg-type]
        with torch.inference_mode():
            features = list(theirs.backbone(pixels).values())  # type: ignore[attr-defined]
            expected = theirs.head(features)["cls_logits"]  # type: ignore[attr-defined]
        return float((ours.logits.float().sigmoid() - expected.sigmoid()).abs().max())

    # ------------------------------------------------------------------------------------------ training

    def train(self, architecture: Architecture, batch: int, cached: bool = False) -> str:
        """Forward, loss, backward and an SGD step; ours also clips gradients and averages weights."""
        torch.manual_seed(0)
        size = architecture.short_side, architecture.short_side
        theirs = torchvision_retinanet(architecture, size).train().to(self.device)
        tensors = same_weights(theirs, architecture).tensors
        samples = [sample(size, seed) for seed in range(batch)]
        step = torchvision_step(theirs, samples, self.device)
        first = {name: float(loss) for name, loss in step(0.0).items()}
        rivals = [lambda: step(1e-4)]
        apart: list[float | None] = []
        for precision in dict.fromkeys((torch.float32, self.fast)):
            learner = self.learner(settings_for(architecture, batch), tensors, precision)
            apart.append(losses_apart(learner.step(samples, 0.0), first))
            rivals.append(lambda learner=learner: learner.step(samples, 1e-4))
        for stages in (3, 5) if cached else ():
            settings = replace(settings_for(architecture, batch), frozen_stages=stages)
            learner = self.learner(settings, tensors, self.fast)
            apart.append(losses_apart(learner.step(samples, 0.0), first))
            rivals.append(lambda learner=learner: learner.step(samples, 1e-4))
        seconds, ratios = race(rivals, self.rounds, self.wait)
        return row(f"train   {name_of(architecture)}, batch {batch}", seconds[0], ratios[1:], apart)

    def learner(self, settings: TrainSettings, tensors: dict[str, Tensor], precision: torch.dtype) -> Learner:
        rows = tensors[f"{CLASS_LAYER}.bias"].numel() // settings.architecture.anchors_per_place
        classes = tuple(LabelClass(number, f"class {number}", "#808080") for number in range(1, rows + 1))
        learner = Learner(settings, classes, self.device, precision)
        learner.network.load_state_dict(tensors)
        return learner


def settings_for(architecture: Architecture, batch: int) -> TrainSettings:
    return replace(
        FAST, architecture=architecture, optimizer="sgd", batch_size=batch, scale_jitter=(1.0, 1.0)
    )


def torchvision_step(theirs, samples, device):  # type: ignore[no-untyped-def]
    """What torchvision's reference training does in a step, at a learning rate."""
    optimizer = torch.optim.SGD(theirs.parameters(), 1e-4, momentum=0.9, weight_decay=1e-4)

    def step(rate: float) -> dict[str, Tensor]:
        images = [s.image.to(device).float() / 255 for s in samples]
        targets = [
            {"boxes": s.boxes.as_subclass(torch.Tensor).to(device), "labels": s.labels.to(device)}
            for s in samples
        ]
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad(set_to_none=True)
        losses = theirs(images, targets)
        sum(losses.values()).backward()
        optimizer.step()
        return {"class": losses["classification"].detach(), "box": losses["bbox_regression"].detach()}

    return step


def losses_apart(losses: dict[str, Tensor], expected: dict[str, float]) -> float:
    return max(abs(float(losses[name]) - value) / max(abs(value), 1e-9) for name, value in expected.items())


# ------------------------------------------------------------------------------------------ memory


def peak_memory(rival: str, device: str, side: int, batch: int) -> float:
    """GiB that a process takes for weights, gradients and two training steps, above what importing took."""
    torch.manual_seed(0)
    before = most_memory()
    architecture = at(FULL, side)
    bench = Bench(device, 1)
    size = (side, side)
    samples = [sample(size, seed) for seed in range(batch)]
    theirs = torchvision_retinanet(architecture, size, COCO).train()
    if rival == "torchvision":
        step = torchvision_step(theirs.to(bench.device), samples, bench.device)
        run = lambda: step(1e-4)  # noqa: E731
    else:
        tensors = same_weights(theirs, architecture).tensors
        del theirs
        precision = torch.float32 if rival == "float32" else bench.fast
        learner = bench.learner(settings_for(architecture, batch), tensors, precision)
        del tensors
        learner._at_once = batch
        run = lambda: learner.step(samples, 1e-4)  # noqa: E731
    run()
    run()
    if bench.device.type == "cuda":
        return torch.cuda.max_memory_allocated() / 2**30
    return most_memory() - before


def most_memory() -> float:
    """GiB of this process at its largest, on Linux. Not getrusage's: a child inherits its parent's."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 2**20


def memory(device: str, side: int, batch: int) -> str:
    """The peak of each rival, in a process of its own."""
    found = []
    for rival in ("torchvision", "float32", "fast"):
        command = [sys.executable, "-m", "tests.benchmarks.network", "--device", device, "--peak-of", rival]
        command += ["--side", str(side), "--batch", str(batch)]
        found.append(float(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    shares = "".join(f"{gib / found[0]:>9.2f}x          " for gib in found[1:])
    return f"{f'memory  {name_of(at(FULL, side))}, batch {batch}':<52}{found[0]:7.2f} GiB {shares}"


# ------------------------------------------------------------------------------------------ tables


def row(title: str, seconds: float, ratios: list[float], apart: list[float | None]) -> str:
    cells = "".join(
        f"{ratio:>9.2f}x ({difference:.0e})" for ratio, difference in zip(ratios, apart, strict=True)
    )
    return f"{title:<52}{1e3 * seconds:8.1f} ms{cells}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", nargs="*", default=["detect", "train", "memory"])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--side", type=int, default=800)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--peak-of", help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.peak_of:
        print(peak_memory(a.peak_of, a.device, a.side, a.batch))
        return
    bench = Bench(a.device, a.rounds)
    fast = str(bench.fast).removeprefix("torch.")
    print(f"{torch.get_num_threads()} threads, {a.device}; torch {torch.__version__}")
    print(f"{'':<52}{'torchvision':>11}{'float32':>18}{fast:>18}{'C3 cached':>18}{'C5 cached':>18}")
    if "detect" in a.tables:
        for architecture in (at(LIGHT, 320), at(LIGHT, 512), at(FULL, 320), at(FULL, 800)):
            print(bench.detect(architecture), flush=True)
    if "train" in a.tables:
        for architecture, batch in ((at(LIGHT, 320), 4), (at(LIGHT, 320), 8), (at(FULL, 320), 4)):
            print(bench.train(architecture, batch, cached=True), flush=True)
        if bench.device.type == "cuda":
            print(bench.train(at(FULL, 800), 16), flush=True)
    if "backbones" in a.tables:
        for each in discover(backbones, "BACKBONES"):
            print(bench.detect(at(Architecture(each.name, 128), 320)), flush=True)
            print(bench.train(at(Architecture(each.name, 128), 320), 2), flush=True)
    if "memory" in a.tables:
        print(memory(a.device, a.side, a.batch), flush=True)


if __name__ == "__main__":
    main()
