"""The nouns that every part speaks: frozen values without torch, numpy or Qt.

Frame of every box here: xyxy in pixels of the upright original image, x right, y down, (0, 0) the outer corner of
the first pixel, so width = xmax - xmin.
"""

from __future__ import annotations

from model.records.exchange import (
    Doubt,
    ExportReport,
    ImportReport,
    Problem,
    Progress,
)
from model.records.labels import (
    Box,
    Change,
    ClassesChange,
    Edit,
    ImageRow,
    LabelClass,
    LabelledImage,
    Labels,
    LabelsChange,
    Snapshot,
    State,
    new_uid,
)
from model.records.measures import (
    MEASURES,
    ClassMetrics,
    Confusion,
    Curve,
    Evaluation,
    Measure,
    Metrics,
    Threshold,
)
from model.records.predictions import (
    Detection,
    ModelRow,
    Verdict,
)
from model.records.settings import (
    VALIDATION_SHARE,
    Architecture,
    Option,
    Setting,
    TrainSettings,
    recipe_of,
    settings_with_options,
)
from model.records.training import (
    EpochEnded,
    Hold,
    ReadSnapshot,
    Setback,
    StepEnded,
    TrainEvent,
    TrainingEnded,
    TrainingStarted,
    WeightsOffered,
)

__all__ = [
    "MEASURES",
    "VALIDATION_SHARE",
    "Architecture",
    "Box",
    "Change",
    "ClassMetrics",
    "ClassesChange",
    "Confusion",
    "Curve",
    "Detection",
    "Doubt",
    "Edit",
    "EpochEnded",
    "Evaluation",
    "ExportReport",
    "Hold",
    "ImageRow",
    "ImportReport",
    "LabelClass",
    "LabelledImage",
    "Labels",
    "LabelsChange",
    "Measure",
    "Metrics",
    "ModelRow",
    "Option",
    "Problem",
    "Progress",
    "ReadSnapshot",
    "Setback",
    "Setting",
    "Snapshot",
    "State",
    "StepEnded",
    "Threshold",
    "TrainEvent",
    "TrainSettings",
    "TrainingEnded",
    "TrainingStarted",
    "Verdict",
    "WeightsOffered",
    "new_uid",
    "recipe_of",
    "settings_with_options",
]
