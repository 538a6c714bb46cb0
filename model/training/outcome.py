"""What a run leaves behind: a weights file, and a model card beside it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from model.network.weights import save
from model.records import Metrics, TrainSettings
from model.training.card import RunFacts, write_card
from model.training.checkpoint import Best
from model.training.evaluate import Findings
from model.training.learner import Learner
from model.training.notes import Notes
from model.training.pace import Position
from model.training.selection import Selection


@dataclass(frozen=True, slots=True)
class Measured:
    """How good the averaged weights were at a step. findings is None where they come from a checkpoint."""

    metrics: Metrics | None
    findings: Findings | None
    step: int


def about(
    settings: TrainSettings, position: Position, selection: Selection, metrics: Metrics | None
) -> dict[str, str]:
    """Facts for the header of a weights file."""
    return {
        "preset": settings.preset,
        "settings": json.dumps(asdict(settings)),
        "metrics": json.dumps(asdict(metrics)) if metrics else "",
        "epochs": str(position.epoch),
        "steps": str(position.step),
        "train images": str(len(selection.train)),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def write(
    out: Path,
    learner: Learner,
    best: Best | None,
    measured: Measured,
    position: Position,
    selection: Selection,
    notes: Notes,
    reason: str,
) -> None:
    """Write the model so far: the best epoch's weights where one is kept, else the learner's. Raises OSError.

    measured: of these weights. reason: why the run ended before its time, or "".
    """
    facts = about(learner.settings, position, selection, measured.metrics)
    save(learner.weights(facts) if best is None else learner.weights_from(best.tensors, facts), out)
    findings = measured.findings
    write_card(
        out,
        RunFacts(
            learner.settings,
            learner.classes,
            selection.train,
            selection.val,
            str(learner.device),
            str(learner.precision).removeprefix("torch."),
            position.epoch,
            position.step,
            position.seconds,
            findings.evaluation() if findings is not None and findings.images else None,
            measured.step,
            notes.told,
            reason,
        ),
    )
