"""Detections for the picture in view: one thread, the newest weights, the newest request."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.work.decoded import Stamp, read_picture_file, stamp_of
from app.work.job import Failure, attempt, lower_priority
from app.work.warm_up import load_torch
from model.records import Detection, WeightsOffered

log = logging.getLogger(__name__)

NICE = 5  # below the window, above training: a person waits for the answer
KEPT_IMAGES = 256  # images whose answer is kept while the weights stay the same

ReadPixels = Callable[[Path], np.ndarray]


@dataclass(frozen=True, slots=True, eq=False)
class _Source:
    """Where weights come from: a file, or a value of model.network.weights.Weights."""

    name: str
    weights: Any = None
    file: Path | None = None  # None with no weights either: the starter weights


@dataclass(frozen=True, slots=True)
class _Request:
    project: int
    image: int
    path: Path


@dataclass(frozen=True, slots=True)
class _Answer:
    request: _Request
    detections: tuple[Detection, ...]
    model: str


@dataclass(frozen=True, slots=True)
class _Loaded:
    name: str
    classes: tuple[str, ...]


def read_pixels(path: Path) -> np.ndarray:
    """(H, W, 3) uint8 RGB. Raises ImageError."""
    return read_picture_file(path)[0]


def load_weights(file: Path | None) -> Any:
    """Read a weights file, or the starter weights. Raises WeightsError with a sentence. Imports torch."""
    load_torch()
    from model.network.weights import STARTER, load

    return load(STARTER if file is None else file)


def make_detector(weights: Any) -> Any:
    """The network ready to look at pictures. Imports torch."""
    load_torch()
    from model.detection.detector import Detector

    return Detector(weights)


class DetectionWork(QObject):
    """Answers for one image at a time. A request that is replaced before it began is never run."""

    detected = Signal(int, object, str)  # image, tuple[Detection, ...] above a low floor, the model's name
    model_changed = Signal(str, object)  # the name and the classes, tuple[str, ...], of what is loaded now
    loading_changed = Signal(str)  # the name of what is being loaded; empty when nothing is
    failed = Signal(str)  # weights that cannot be loaded, or a detector that broke: a sentence

    _answered = Signal(object)
    _loaded = Signal(object)
    _broke = Signal(str)

    def __init__(
        self,
        parent: QObject | None = None,
        read: ReadPixels = read_pixels,
        load: Callable[[Path | None], Any] = load_weights,
        make: Callable[[Any], Any] = make_detector,
        asleep: bool = False,
    ) -> None:
        """asleep: nothing is done before wake(), so that the import of torch can wait for a quiet moment."""
        super().__init__(parent)
        self._project = 0
        self._model: _Loaded | None = None
        self._loading = ""
        self._changed = threading.Condition()
        self._asleep = asleep
        self._closed = False
        self._source: _Source | None = None  # weights offered and not taken up yet
        self._request: _Request | None = None  # the image in view
        self._answered.connect(self._on_answered)
        self._loaded.connect(self._on_loaded)
        self._broke.connect(self._on_broke)
        self._eye = _Eye(read, load, make)
        self._thread = threading.Thread(target=self._run, name="detection", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """torch is there: begin with what was asked for meanwhile."""
        with self._changed:
            self._asleep = False
            self._changed.notify()

    # -------------------------------------------------------------------------------------- what is loaded

    @property
    def model(self) -> str:
        """The name of the weights that answer now; empty before any are loaded."""
        return self._model.name if self._model else ""

    @property
    def classes(self) -> tuple[str, ...]:
        """What the loaded weights know."""
        return self._model.classes if self._model else ()

    @property
    def loading(self) -> str:
        """The name of the weights that are being loaded; empty when none are."""
        return self._loading

    def use_file(self, path: Path) -> None:
        """Load a weights file. What was loaded answers until it is there, and stays if it cannot be read."""
        self._hand_over(_Source(path.stem, file=path))

    def use_starter(self) -> None:
        """Load the weights that come with the program."""
        self._hand_over(_Source("starter"))

    def use(self, weights: Any, name: str) -> None:
        """Take finished weights (model.network.weights.Weights), a copy that nobody changes any more."""
        self._hand_over(_Source(name, weights=weights))

    def use_offered(self, offered: WeightsOffered) -> None:
        """Training has better weights: the image in view is looked at again with them."""
        self.use(offered.weights, f"in training, step {offered.step:,}")

    # -------------------------------------------------------------------------------------- the image in view

    def open(self) -> None:
        """Another project is open, or none: what was asked belongs to the old one."""
        self._project += 1
        self.release()

    def request(self, image: int, path: Path) -> None:
        """Look at this image now, and again whenever the weights change, until another one is requested."""
        with self._changed:
            self._request = _Request(self._project, image, path)
            self._changed.notify()

    def release(self) -> None:
        """No image is to be looked at: live detection is off, or nothing is shown."""
        with self._changed:
            self._request = None

    def close(self, limit_s: float = 5.0) -> bool:
        """Stop, when the window closes; whether the thread is gone."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(limit_s)
        return not self._thread.is_alive()

    # -------------------------------------------------------------------------------------- from the thread

    def _hand_over(self, source: _Source) -> None:
        if source.weights is None:
            self._set_loading(source.name)
        with self._changed:
            self._source = source
            self._changed.notify()

    def _on_answered(self, answer: _Answer) -> None:
        if answer.request.project == self._project:
            self.detected.emit(answer.request.image, answer.detections, answer.model)

    def _on_loaded(self, model: _Loaded) -> None:
        self._set_loading("")
        if model != self._model:
            self._model = model
            self.model_changed.emit(model.name, model.classes)

    def _on_broke(self, sentence: str) -> None:
        self._set_loading("")
        self.failed.emit(sentence)

    def _set_loading(self, name: str) -> None:
        if name != self._loading:
            self._loading = name
            self.loading_changed.emit(name)

    # -------------------------------------------------------------------------------------- on the thread

    def _run(self) -> None:
        lower_priority(NICE)
        told = ""  # a detector that breaks on every picture is told once
        while True:
            with self._changed:
                while not (self._closed or self._has_work()):
                    self._changed.wait()
                if self._closed:
                    return
                source, self._source = self._source, None
                request = self._request
            failure = self._take_up(source) if source else self._look(request)
            if failure is None:
                told = "" if source else told
            elif failure.sentence != told:
                told = failure.sentence
                self._broke.emit(failure.sentence)

    def _has_work(self) -> bool:
        return not self._asleep and (self._source is not None or self._eye.has_not_seen(self._request))

    def _take_up(self, source: _Source) -> Failure | None:
        def work() -> None:
            self._loaded.emit(self._eye.take_up(source))

        return attempt(work, f"loading the weights “{source.name}”")

    def _look(self, request: _Request | None) -> Failure | None:
        assert request is not None, "there was nothing to do"

        def work() -> None:
            answer = self._eye.look(request)
            if answer is not None:
                self._answered.emit(answer)

        return attempt(work, f"looking at “{request.path.name}”")


class _Eye:
    """The detector, its weights and its answers. Lives on the detection thread and nowhere else."""

    def __init__(
        self, read: ReadPixels, load: Callable[[Path | None], Any], make: Callable[[Any], Any]
    ) -> None:
        self._read = read
        self._load = load
        self._make = make
        self._detector: Any = None
        self._weights: Any = None
        self._name = ""
        self._seen: _Request | None = None
        self._answers: OrderedDict[tuple[Path, Stamp | None], tuple[Detection, ...]] = OrderedDict()

    def has_not_seen(self, request: _Request | None) -> bool:
        return self._detector is not None and request is not None and request is not self._seen

    def take_up(self, source: _Source) -> _Loaded:
        weights = self._load(source.file) if source.weights is None else source.weights
        if self._is_like(weights):
            self._detector.load_weights(
                weights.tensors
            )  # while training: tens of times cheaper than building
        else:
            self._detector = self._make(weights)
        self._weights, self._name = weights, source.name
        self._answers.clear()
        self._seen = None
        return _Loaded(source.name, tuple(weights.classes))

    def _is_like(self, weights: Any) -> bool:
        known = self._weights
        return bool(known) and (known.architecture, known.classes) == (weights.architecture, weights.classes)

    def look(self, request: _Request) -> _Answer | None:
        """None where the picture cannot be read: who shows it says why."""
        self._seen = request  # also when it fails: it is not tried again until something changes
        key = (request.path, stamp_of(request.path))
        detections = self._answers.get(key)
        if detections is None:
            pixels: list[np.ndarray] = []
            if attempt(lambda: pixels.append(self._read(request.path)), "decoding for detection"):
                return None
            detections = self._answers[key] = tuple(self._detector.detect(pixels[0]))
            while len(self._answers) > KEPT_IMAGES:
                self._answers.popitem(last=False)
        return _Answer(request, detections, self._name)
