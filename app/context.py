"""The parts that a panel, an action or the canvas may reach. Made once, in application.py."""

from __future__ import annotations

from dataclasses import dataclass

from app.document.document import Document
from app.notices import Notices
from app.review import Review
from app.session import Session
from app.settings import Settings
from app.work.anchors import AnchorWork
from app.work.detection import DetectionWork
from app.work.exchange import ExchangeWork
from app.work.images import ImageWork
from app.work.measures import MeasureWork
from app.work.preview import PreviewWork
from app.work.training import TrainingWork


@dataclass(frozen=True)
class Context:
    """One field for each owner of a state or of a kind of work."""

    document: Document
    session: Session
    settings: Settings
    notices: Notices
    review: Review
    images: ImageWork
    training: TrainingWork
    anchors: AnchorWork
    measures: MeasureWork
    preview: PreviewWork
    detection: DetectionWork
    exchange: ExchangeWork
