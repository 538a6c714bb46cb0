"""How good detections are: measured at each epoch's end, and in full for a report."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from model.data.images import ImageError, read_image
from model.records import (
    VALIDATION_SHARE,
    ClassMetrics,
    Detection,
    Evaluation,
    LabelledImage,
    Metrics,
    Problem,
    Progress,
    Snapshot,
)
from model.training.measures import voc
from model.training.measures.cases import Case, cases_of, object_counts
from model.training.measures.coco import AT_50, AT_75, LARGE, MEDIUM, SMALL, Judged, curves, judge
from model.training.measures.confusion import confusion

Detect = Callable[[np.ndarray], tuple[Detection, ...]]

SCORE = (
    0.5  # from which detections count in the matrix of confusion where no score is best: nothing was found
)
_AR_1, _AR_10 = 0, 1  # among coco.MOST


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """What was found in images, beside what is there: detections of each image, in px of it.

    Difficult boxes count neither as found nor as missed, unless difficult is "learn" (TrainSettings.difficult).
    """

    snapshot: Snapshot
    images: tuple[LabelledImage, ...]
    found: tuple[tuple[Detection, ...], ...]
    difficult: str = "ignore"

    def metrics(self) -> Metrics:
        """COCO's and VOC's measures: cheap enough for each epoch's end."""
        return measure(self.snapshot, self.images, self.found, self.difficult)

    def evaluation(self, score: float | None = None) -> Evaluation:
        """The measures with curves, thresholds and the matrix of confusion.

        score: from which detections count in that matrix; None for the one with the best F1.
        """
        names = [c.name for c in self.snapshot.classes]
        cases = cases_of(self.snapshot.classes, self.images, self.found, self.difficult == "learn")
        judged, ranked = judge(cases, len(names)), voc.rankings(cases, len(names))
        thresholds = [voc.best_threshold(name, r) for name, r in zip(names, ranked, strict=True)]
        threshold = voc.best_threshold("", voc.pooled(ranked))
        if score is None:
            score = SCORE if threshold is None else threshold.score
        return Evaluation(
            _metrics(names, cases, judged, ranked),
            curves(judged, names, cases),
            tuple(t for t in thresholds if t is not None),
            threshold,
            confusion(cases, names, score),
        )


def held_out_share(about: Mapping[str, str]) -> float:
    """The share of a folder's images that a model was measured on while it trained; about: of its Weights.

    The usual one where the file does not say, and for a run that measured nothing.
    """
    try:
        share = float(json.loads(about["settings"])["validation_share"])
    except (KeyError, TypeError, ValueError):  # made by pack, or by an older program
        return VALIDATION_SHARE
    return share if 0 < share < 1 else VALIDATION_SHARE


def evaluate(
    detect: Detect, snapshot: Snapshot, images: Sequence[LabelledImage], difficult: str = "ignore"
) -> Iterator[Progress | Problem | Findings]:
    """Detect in each image; the last thing yielded is the Findings.

    detect: (H, W, 3) uint8 RGB -> detections in px of it. An image that cannot be read is a Problem, and not
    measured.
    """
    measured: list[LabelledImage] = []
    found: list[tuple[Detection, ...]] = []
    for number, image in enumerate(images):
        yield Progress(number, len(images), image.path)
        try:
            pixels = read_image(snapshot.folder / image.path)
        except ImageError as error:
            yield Problem(image.path, str(error))
            continue
        measured.append(image)
        found.append(detect(pixels))
    yield Progress(len(images), len(images))
    yield Findings(snapshot, tuple(measured), tuple(found), difficult)


def measure(
    snapshot: Snapshot,
    images: Sequence[LabelledImage],
    found: Sequence[Sequence[Detection]],
    difficult: str = "ignore",
) -> Metrics:
    """COCO's and VOC's measures of what was found in each image, both in px of the image.

    COCO's AP is the mean over IoU thresholds 0.5 to 0.95 and over the classes that the images hold. Areas to
    ignore, and difficult boxes unless difficult is "learn", count neither as found nor as missed, and take
    with them the detections that lie in them (COCO's rule for crowds). Detections of a class that the
    snapshot does not have cannot be judged and are left out.
    """
    names = [c.name for c in snapshot.classes]
    cases = cases_of(snapshot.classes, images, found, difficult == "learn")
    return _metrics(names, cases, judge(cases, len(names)), voc.rankings(cases, len(names)))


def _metrics(
    names: Sequence[str], cases: Sequence[Case], judged: Judged, ranked: Sequence[voc.Ranking]
) -> Metrics:
    counts = object_counts(cases, len(names)).tolist()
    per_class = tuple(
        ClassMetrics(
            name,
            counts[label],
            ap=judged.ap(label=label),
            ap50=judged.ap(AT_50, label=label),
            ap75=judged.ap(AT_75, label=label),
            ar100=judged.ar(label=label),
            voc_ap=voc.ap(ranked[label]),
        )
        for label, name in enumerate(names)
    )
    return Metrics(
        len(cases),
        ap=judged.ap(),
        ap50=judged.ap(AT_50),
        ap75=judged.ap(AT_75),
        ar100=judged.ar(),
        per_class=per_class,
        ap_small=judged.ap(area=SMALL),
        ap_medium=judged.ap(area=MEDIUM),
        ap_large=judged.ap(area=LARGE),
        ar1=judged.ar(most=_AR_1),
        ar10=judged.ar(most=_AR_10),
        ar_small=judged.ar(area=SMALL),
        ar_medium=judged.ar(area=MEDIUM),
        ar_large=judged.ar(area=LARGE),
        voc_ap=_mean(voc.ap(ranking) for ranking in ranked),
        voc07_ap=_mean(voc.ap_of_2007(ranking) for ranking in ranked),
    )


def _mean(values: Iterator[float | None]) -> float | None:
    measured = [value for value in values if value is not None]
    return sum(measured) / len(measured) if measured else None
