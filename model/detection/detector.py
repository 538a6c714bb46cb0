"""Pictures in, detections out."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from model.detection import runtimes
from model.detection.runtimes.runtime import Runner, Runtime
from model.discover import discover
from model.network.anchors import level_ends
from model.network.devices import choose_device, choose_precision
from model.network.postprocess import postprocess
from model.network.preprocess import prepare
from model.network.results import named
from model.network.weights import Weights, WeightsError
from model.records import Detection

FLOOR = 0.01  # the lowest score returned: sliders filter what has been found, without running the network


class Detector:
    """Finds the objects that some weights know. Threads may share it: one runs, the others wait."""

    def __init__(
        self, weights: Weights, device: str = "auto", precision: str = "auto", runtime: str = "eager"
    ) -> None:
        """Raises ValueError for a device, precision or runtime that is not there."""
        self._device = choose_device(device)
        self._precision = choose_precision(precision, self._device)
        self._runtime = _runtime(runtime)
        self._lock = threading.Lock()
        self._weights = weights
        self._runner: Runner = self._runtime.make(weights, self._device, self._precision)

    @property
    def classes(self) -> tuple[str, ...]:
        """The names that detections can have."""
        return self._weights.classes

    @property
    def device(self) -> str:
        return str(self._device)

    @property
    def precision(self) -> str:
        return str(self._precision).removeprefix("torch.")

    def load_weights(self, tensors: dict[str, Tensor]) -> None:
        """Go on with newer weights of the same network. Raises WeightsError, and then keeps the old ones.

        A call that runs meanwhile ends with the weights it began with.
        """
        newer = replace(self._weights, tensors=tensors)
        try:
            runner = self._runtime.make(newer, self._device, self._precision)
        except RuntimeError as error:
            raise WeightsError(
                "The newer weights are for another network than the one that detects."
            ) from error
        with self._lock:
            self._weights, self._runner = newer, runner

    def detect(self, image: np.ndarray) -> tuple[Detection, ...]:
        """Every detection scored above 0.01 in an image (H, W, 3) uint8 RGB: in its pixels, best first."""
        return self.detect_batch([image])[0]

    def detect_batch(self, images: Sequence[np.ndarray]) -> tuple[tuple[Detection, ...], ...]:
        """detect() for several images at once. Images of about the same shape waste least."""
        for image in images:
            if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
                raise ValueError(f"an image is {image.dtype} {image.shape}; it must be uint8 (H, W, 3)")
        if not images:
            return ()
        architecture = self._weights.architecture
        batch = prepare(images, architecture, self._device)
        with self._lock:
            runner, classes = self._runner, self._weights.classes
            outputs, anchors = runner(batch.pixels), runner.anchors(batch.size)
        with torch.inference_mode():
            every = postprocess(outputs, anchors, level_ends(batch.size, architecture), batch.sizes, FLOOR)
            return tuple(
                named(found, resized, (image.shape[0], image.shape[1]), classes)
                for found, resized, image in zip(every, batch.sizes, images, strict=True)
            )


def _runtime(name: str) -> Runtime:
    rows: dict[str, Runtime] = {row.name: row for row in discover(runtimes, "RUNTIME")}
    if name not in rows:
        raise ValueError(f"there is no runtime {name!r}; there are {', '.join(rows)}")
    return rows[name]
