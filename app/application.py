"""The wiring diagram: every object is made here, and every signal between parts is connected here.

No part knows who listens. Reading this file from top to bottom tells how the program works.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from app import crash, theme
from app.canvas.canvas import Canvas
from app.context import Context
from app.document.document import Document
from app.intake import Intake
from app.main_window import MainWindow
from app.notices import Notices
from app.review import Review
from app.session import Session
from app.settings import Settings
from app.work.anchors import AnchorWork
from app.work.detection import DetectionWork
from app.work.exchange import ExchangeWork
from app.work.images import ImageWork
from app.work.job import stop_all
from app.work.measures import MeasureWork
from app.work.preview import PreviewWork
from app.work.training import TrainingWork
from app.work.warm_up import WarmUp
from model.records import Detection

CLOSING_LIMIT_S = 60.0  # for training to write its checkpoint when the window closes


def run(folder: Path | None) -> int:
    """Open the window, and a folder in it; returns the exit code when it is closed."""
    qt = QApplication(sys.argv[:1])
    qt.setApplicationName("Fovea")
    qt.setOrganizationName("Fovea")
    application = Application(Settings())
    application.window.show()
    if folder is not None:
        QTimer.singleShot(0, lambda: application.intake.open_folder(folder))
    code = qt.exec()
    stop_all(CLOSING_LIMIT_S)  # what began between the closing of the window and the end of the loop
    return code


class Application(QObject):
    """Owns every part for as long as the program runs."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        theme.apply(settings)
        self.notices = Notices(self)
        crash.install(self.notices)

        self.document = Document(self)
        self.session = Session(self.document, self)
        self.images = ImageWork(self)
        self.training = TrainingWork(self.document, self)
        self.anchors = AnchorWork(self.document, self.training, self)
        self.measures = MeasureWork(self.document, self)
        self.preview = PreviewWork(self.document, self.training, self)
        self.detection = DetectionWork(self, read=self.images.read, asleep=True)
        self.exchange = ExchangeWork(self)
        self.warm_up = WarmUp(self)
        self.context = Context(
            document=self.document,
            session=self.session,
            settings=settings,
            notices=self.notices,
            review=Review(self.document, self.session),
            images=self.images,
            training=self.training,
            anchors=self.anchors,
            measures=self.measures,
            preview=self.preview,
            detection=self.detection,
            exchange=self.exchange,
        )
        self.intake = Intake(self.context, self)
        self.canvas = Canvas(self.context)
        self.window = MainWindow(self.context, self.canvas)

        self._connect_document()
        self._connect_pictures()
        self._connect_detection()
        self._connect_training()
        self._connect_exchange()
        self._connect_window()
        self.warm_up.start()

    # Each method below: owner's fact on the left, who acts on it on the right.

    def _connect_document(self) -> None:
        document, session = self.document, self.session
        document.opened.connect(self._on_opened)
        document.opened.connect(self.context.review.on_opened)
        document.images_changed.connect(session.on_images_changed)
        document.classes_changed.connect(session.on_classes_changed)
        document.labels_changed.connect(session.on_labels_changed)

    def _connect_pictures(self) -> None:
        self.session.image_changed.connect(self._on_image_changed)
        self.images.ready.connect(self.canvas.on_image_ready)
        self.images.failed.connect(self.canvas.on_image_failed)
        self.images.size_learned.connect(self.document.learn_size)
        self.images.problem_learned.connect(self.document.learn_problem)
        self.images.warned.connect(self.notices.warn)

    def _connect_detection(self) -> None:
        self.session.live_changed.connect(self._ask_for_detections)
        self.detection.detected.connect(self._on_detected)
        self.detection.failed.connect(self.notices.error)

    def _connect_training(self) -> None:
        self.document.opened.connect(self.training.on_opened)
        self.document.opened.connect(self.anchors.on_opened)
        self.document.opened.connect(self.measures.on_opened)
        self.document.opened.connect(self.preview.on_opened)
        self.document.labels_changed.connect(self.training.on_labels_changed)
        self.document.images_changed.connect(self.training.on_images_changed)
        self.training.weights_offered.connect(self.detection.use_offered)
        self.training.model_saved.connect(self.detection.use_file)
        self.training.set_back.connect(self.notices.warn)
        self.training.failed.connect(self.notices.error)
        self.warm_up.done.connect(self.training.on_devices_known)
        self.warm_up.done.connect(self.detection.wake)
        self.warm_up.failed.connect(self.notices.error)

    def _connect_exchange(self) -> None:
        self.exchange.written.connect(self.intake.on_written)
        self.exchange.finished.connect(self.intake.on_finished)
        self.exchange.failed.connect(self.intake.on_failed)

    def _connect_window(self) -> None:
        self.window.open_requested.connect(self.intake.open_folder)
        self.window.sample_requested.connect(self.intake.open_sample)
        self.window.dropped.connect(self.intake.take)
        self.window.closing.connect(self.close)

    # ------------------------------------------------------------------------------------------ facts with two ends

    def _on_opened(self, folder: Path | None) -> None:
        home = self.document.project.home if folder is not None else None
        self.session.show(None)
        self.session.forget_detections()
        self.images.open(folder, home)
        self.detection.open()
        if self.document.is_open:
            models = self.document.project.models()
            newest = next((self.document.project.models_folder / m.file for m in models), None)
            if newest is not None and newest.is_file():
                self.detection.use_file(newest)
            else:
                self.detection.use_starter()

    def _on_image_changed(self, image: int | None) -> None:
        if image is None:
            self.detection.release()
            return
        path = self.document.path(image)
        self.images.request(image, path)
        rows, here = self.document.images(), self.document.position(image)
        near = (here + 1, here + 2, here - 1)
        self.images.prefetch(
            [(rows[i].id, self.document.folder / rows[i].path) for i in near if 0 <= i < len(rows)]
        )
        self._ask_for_detections(self.session.live)

    def _ask_for_detections(self, live: bool) -> None:
        image = self.session.image
        if live and image is not None:
            self.detection.request(image, self.document.path(image))
        else:
            self.detection.release()

    def _on_detected(self, image: int, detections: tuple[Detection, ...], model: str) -> None:
        self.session.set_detections(image, detections)

    def close(self) -> None:
        """The window is closing: training writes its checkpoint, every thread ends, the project is closed."""
        self.warm_up.stop()
        stop_all(CLOSING_LIMIT_S)
        self.images.close()
        self.detection.close()
        self.document.close()
