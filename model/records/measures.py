"""How good detections are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClassMetrics:
    """The measures of one class, 0..1; None where the images measured hold no such object."""

    name: str
    boxes: int
    ap: float | None
    ap50: float | None
    ap75: float | None = None
    ar100: float | None = None
    voc_ap: float | None = None


@dataclass(frozen=True, slots=True)
class Metrics:
    """COCO's twelve measures and Pascal VOC's two over the images named, 0..1. None where nothing was to measure.

    Small objects have an area below 32 ** 2, large ones above 96 ** 2 px of the original image.
    """

    images: int
    ap: float | None
    ap50: float | None
    ap75: float | None
    ar100: float | None
    per_class: tuple[ClassMetrics, ...] = ()
    ap_small: float | None = None
    ap_medium: float | None = None
    ap_large: float | None = None
    ar1: float | None = None
    ar10: float | None = None
    ar_small: float | None = None
    ar_medium: float | None = None
    ar_large: float | None = None
    voc_ap: float | None = None  # VOC2010 on: the area under the whole curve
    voc07_ap: float | None = None  # VOC2007: the mean of the precision at eleven recalls


@dataclass(frozen=True, slots=True)
class Measure:
    """One of Metrics' numbers, and what it is called. means: in words for a person."""

    name: str  # of Metrics' field
    title: str
    means: str


MEASURES = (
    Measure("ap", "AP", "average precision, the mean over overlaps (IoU) from 0.50 to 0.95 and over classes"),
    Measure("ap50", "AP50", "at IoU 0.50: objects found roughly"),
    Measure("ap75", "AP75", "at IoU 0.75: objects found closely"),
    Measure("ap_small", "AP small", "of objects below 32² px of the original image"),
    Measure("ap_medium", "AP medium", "of objects from 32² to 96² px"),
    Measure("ap_large", "AP large", "of objects above 96² px"),
    Measure("ar1", "AR1", "average recall, the share found, with one detection of each class in an image"),
    Measure("ar10", "AR10", "average recall with the best ten"),
    Measure("ar100", "AR100", "average recall with the best hundred"),
    Measure("ar_small", "AR small", "average recall of objects below 32² px"),
    Measure("ar_medium", "AR medium", "average recall of objects from 32² to 96² px"),
    Measure("ar_large", "AR large", "average recall of objects above 96² px"),
    Measure("voc_ap", "VOC AP", "Pascal VOC from 2010 on: the area under the curve at IoU 0.50"),
    Measure("voc07_ap", "VOC07 AP", "Pascal VOC 2007: the mean precision at eleven recalls, at IoU 0.50"),
)


@dataclass(frozen=True, slots=True)
class Curve:
    """Precision over recall of one class at IoU 0.5, as COCO draws it: the best precision at that recall or above.

    recall rises by hundredths up to the highest reached; score is the lowest one counted at each point.
    """

    name: str
    recall: tuple[float, ...]
    precision: tuple[float, ...]
    score: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Threshold:
    """The score from which on detections are best kept: F1 of precision and recall at IoU 0.5 is highest there."""

    name: str  # of the class; "" for one score for all classes
    score: float
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """What objects were taken for. counts[truth][told], K classes and then the background: (K + 1, K + 1).

    A row is what is there: its last cell counts the objects that were missed. The last row is what was told
    where nothing is. images has the ids of the images behind each count, each once.
    """

    names: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    images: tuple[tuple[tuple[int, ...], ...], ...]
    score: float  # detections scored below it are left out
    iou: float  # the least overlap of a detection with its object


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that can be said of a model after it has looked at labelled images."""

    metrics: Metrics
    curves: tuple[Curve, ...]  # of the classes that the images hold
    thresholds: tuple[Threshold, ...]  # of the classes of which anything was found
    threshold: Threshold | None  # one score for all; None where nothing was found
    confusion: Confusion
