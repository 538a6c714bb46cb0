"""Detection in one picture, ours against torchvision's: python -m tests.benchmarks.detect [PRESET] [ROUNDS].

From a 640 x 480 picture as numpy array to boxes in its pixels, with the same weights and the same floor.
"""

from __future__ import annotations

import sys

import numpy as np
import torch

from model.detection.detector import Detector
from model.network.devices import cpu_precision
from model.training.presets import preset
from tests.benchmarks.rivals import CLASSES, race, same_weights, torchvision_retinanet


def main(arguments: list[str]) -> None:
    name, rounds = (*arguments, *("fast", "30")[len(arguments) :])
    architecture = preset(name).architecture
    torch.manual_seed(0)
    theirs = torchvision_retinanet(architecture).eval()
    weights = same_weights(theirs, architecture)
    picture = np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)

    def torchvision_detect() -> None:
        with torch.inference_mode():
            theirs([torch.from_numpy(picture).permute(2, 0, 1).float() / 255])

    rivals = [("torchvision", torchvision_detect)]
    for precision in dict.fromkeys(("float32", cpu_precision())):
        detector = Detector(weights, "cpu", precision)
        rivals.append((f"ours, {precision}", lambda detector=detector: detector.detect(picture)))
    found = Detector(weights, "cpu", "float32").detect(picture)
    print(f"{name}: {len(CLASSES)} classes, {len(found)} detections, {torch.get_num_threads()} threads")
    print(race(rivals, int(rounds)))


if __name__ == "__main__":
    main(sys.argv[1:])
