"""How the learning rate moves over a run, and which stages learn: by how much of the run is over."""

from __future__ import annotations

import math

from model.records import TrainSettings

WARMUP_SHARE = 0.1  # of the run at most: a short run cannot spend its steps warming up
DROP = 0.1  # of the schedules step and plateau, each time


def learning_rate(settings: TrainSettings, step: int, share: float, drops: int = 0) -> float:
    """The rate of a step, which counts from 0. share: how much of the run is over, 0..1, by epochs or time.

    Warm-up is linear over warmup_steps or a tenth of the run, whichever ends sooner. Then cosine to nothing
    (Loshchilov and Hutter 2017, arXiv:1608.03983), tenfold drops at the milestones, as many as the plateau
    has had (drops), or nothing more. Raises ValueError.
    """
    share = min(max(share, 0.0), 1.0)
    warm = min(1.0, max((step + 1) / max(1, settings.warmup_steps), share / WARMUP_SHARE))
    return settings.learning_rate * warm * _shape(settings, share, drops)


def frozen_stages(settings: TrainSettings, share: float) -> int:
    """How many of the backbone's stages keep their weights now.

    Gradual unfreezing (Howard and Ruder 2018, arXiv:1801.06146, section 3.3): the last frozen stage, which is
    the most particular to what it was trained on, learns first; by the share unfreeze_by all do.
    """
    if not settings.unfreeze_by:
        return settings.frozen_stages
    left = max(0.0, 1 - share / settings.unfreeze_by)
    return math.ceil(round(settings.frozen_stages * left, 9))  # 1.0000000002 stages are one


def _shape(settings: TrainSettings, share: float, drops: int) -> float:
    match settings.schedule:
        case "cosine":
            return 0.5 * (1 + math.cos(math.pi * share))
        case "step":
            return DROP ** sum(share >= milestone for milestone in settings.milestones)
        case "plateau":
            return DROP**drops
        case "constant":
            return 1.0
    raise ValueError(f"schedule is {settings.schedule!r}; it must be cosine, step, plateau or constant")
