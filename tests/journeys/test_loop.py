"""The whole loop in the real window, driven by mouse and keys, on real images."""

from __future__ import annotations

import shutil
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QApplication, QLineEdit, QPushButton, QWidget

from app.application import Application
from app.canvas.view import View
from app.settings import Settings
from app.widgets.export_dialog import ExportDialog
from app.widgets.score_slider import ScoreSlider
from model.records import Detection, State

ROOT = Path(__file__).resolve().parents[2]
BCCD = ROOT.parent / "shared" / "data" / "bccd"
TRAIN, VAL = 12, 6  # images of the subset
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not BCCD.is_dir(), reason="../shared/data/bccd is not here"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A few pictures of BCCD with their XML and lists, laid out as VOC lays them out."""
    target = tmp_path / "blood cells"
    lists = {}
    for split, count in (("train", TRAIN), ("val", VAL)):
        lists[split] = (BCCD / "ImageSets" / "Main" / f"{split}.txt").read_text("utf-8").split()[:count]
    for kind, suffix in (("JPEGImages", ".jpg"), ("Annotations", ".xml")):
        (target / kind).mkdir(parents=True)
        for stem in (*lists["train"], *lists["val"]):
            shutil.copyfile(BCCD / kind / f"{stem}{suffix}", target / kind / f"{stem}{suffix}")
    (target / "ImageSets" / "Main").mkdir(parents=True)
    for split, stems in lists.items():
        (target / "ImageSets" / "Main" / f"{split}.txt").write_text("\n".join(stems) + "\n", "utf-8")
    return target


@pytest.fixture
def application(qtbot, tmp_path: Path) -> Iterator[Application]:
    application = Application(Settings(tmp_path / "settings.ini"))
    application.window.resize(1280, 800)
    application.window.show()
    qtbot.waitExposed(application.window)
    yield application
    application.window.close()


def drop(widget: QWidget, *paths: Path) -> None:
    """Let go of files over a widget, as a file manager does."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    where = QPoint(widget.width() // 2, widget.height() // 2)
    entered = QDragEnterEvent(where, Qt.DropAction.CopyAction, data, buttons, keys)
    QApplication.sendEvent(widget, entered)
    assert entered.isAccepted()
    dropped = QDropEvent(QPointF(where), Qt.DropAction.CopyAction, data, buttons, keys)
    QApplication.sendEvent(widget, dropped)
    assert dropped.isAccepted()


def button(parent: QWidget, text: str) -> QAbstractButton:
    """The visible button that begins with this text."""
    found = [b for b in parent.findChildren(QAbstractButton) if b.isVisible() and b.text().startswith(text)]
    assert found, (
        f"no button “{text}” among {[b.text() for b in parent.findChildren(QAbstractButton) if b.isVisible()]}"
    )
    return found[0]


def drag(qtbot, application: Application, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Press, move and release the mouse on the canvas, from and to in image pixels."""
    canvas = application.canvas
    a, b = (QPointF(*canvas.findChild(View).viewport.to_widget(*p)).toPoint() for p in (start, end))
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=a)
    for part in (0.3, 0.6, 1.0):
        qtbot.mouseMove(canvas, a + (b - a) * part)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=b)


def test_from_a_folder_to_a_detector_and_an_export(
    qtbot, application: Application, folder: Path, tmp_path: Path
) -> None:
    a, window, canvas = application, application.window, application.canvas
    document, session = a.document, a.session

    # -- open a folder by dropping it, and import the label files that lie in it
    drop(window, folder)
    qtbot.waitUntil(lambda: len(document.images()) == TRAIN + VAL, timeout=15_000)
    qtbot.waitUntil(
        lambda: any(b.text().startswith("Import") for b in window.notices.findChildren(QPushButton)),
        timeout=15_000,
    )
    qtbot.mouseClick(button(window.notices, "Import"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: [c.name for c in document.classes()] != [], timeout=15_000)
    qtbot.waitUntil(lambda: all(row.state is State.DONE for row in document.images()), timeout=15_000)
    assert {c.name for c in document.classes()} == {"RBC", "WBC", "Platelets"}

    # -- draw a box, undo it, redo it, and choose its class by digit
    image = document.images()[0].id
    session.show(image)
    qtbot.waitUntil(lambda: a.images.pixels(image) is not None, timeout=15_000)
    imported = document.labels(image).boxes
    window.activateWindow()
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_W)
    assert session.tool == "draw"
    drag(qtbot, a, (3, 3), (40, 33))
    assert len(document.labels(image).boxes) == len(imported) + 1
    drawn = document.labels(image).boxes[-1]
    assert drawn.xyxy == pytest.approx((3, 3, 40, 33), abs=2)
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    qtbot.keyClick(canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert document.labels(image).boxes == imported
    qtbot.keyClick(canvas, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert document.labels(image).boxes[-1] == drawn
    session.select(frozenset({drawn.uid}))
    qtbot.keyClick(canvas, Qt.Key.Key_2)
    assert document.labels(image).boxes[-1].label == document.classes()[1].id
    qtbot.keyClick(canvas, Qt.Key.Key_Delete)
    assert document.labels(image).boxes == imported

    # -- train two epochs on the picture's size that a test can afford, and see the proposals in view change
    session.set_threshold(0.02)
    small = replace(a.training.plan.architecture, short_side=160, long_side=160)
    a.training.choose(
        replace(a.training.plan, architecture=small, epochs=2, batch_size=4, learning_rate=1e-3)
    )
    seen: list[tuple[str, tuple[Detection, ...]]] = []
    a.detection.detected.connect(
        lambda of, found, model: seen.append((model, found)) if of == image else None
    )
    session.show(None)
    session.show(image)  # its labels cover what is proposed there; an image without labels shows more
    qtbot.keyClick(canvas, Qt.Key.Key_T)
    assert a.training.is_running
    qtbot.waitUntil(lambda: not a.training.is_running, timeout=240_000)
    assert a.training.history.ended is not None, a.training.outcome
    assert a.training.history.ended.epochs == 2
    assert len(a.training.history.epochs) == 2
    assert a.training.history.metrics is not None
    while_training = [found for model, found in seen if "training" in model]
    assert len(set(while_training)) >= 2, (
        "the detections of the picture in view did not change while it trained"
    )
    (model,) = document.project.models()
    assert model.classes == tuple(c.name for c in document.classes())

    # -- drop a picture from elsewhere: it is copied in, shown, and looked at
    stranger = next(
        p for p in sorted((BCCD / "JPEGImages").iterdir()) if not (folder / "JPEGImages" / p.name).exists()
    )
    drop(window, stranger)
    qtbot.waitUntil(lambda: len(document.images()) == TRAIN + VAL + 1, timeout=15_000)
    qtbot.waitUntil(
        lambda: session.image is not None and document.image(session.image).path == stranger.name,
        timeout=15_000,
    )
    new = session.image
    assert new is not None
    qtbot.waitUntil(lambda: len(session.raw_detections()) > 0, timeout=60_000)

    # -- slide the threshold with the mouse, then with keys: other proposals, and the network is not asked again
    asked = len(seen)
    slider = window.docks.panel("detections").findChild(ScoreSlider)
    track = slider.findChild(QAbstractSlider)
    middle = track.height() // 2
    qtbot.mouseClick(track, Qt.MouseButton.LeftButton, pos=QPoint(track.width() - 3, middle))
    assert session.threshold > 0.9
    assert session.proposals() == ()
    qtbot.mouseClick(track, Qt.MouseButton.LeftButton, pos=QPoint(2, middle))
    assert session.threshold < 0.05
    session.set_threshold(session.raw_detections()[0].score)
    few = len(session.proposals())
    assert few >= 1
    for _ in range(20):
        qtbot.keyClick(canvas, Qt.Key.Key_BracketLeft)
    assert session.threshold == 0
    assert len(session.proposals()) > few
    qtbot.keyClick(canvas, Qt.Key.Key_BracketRight)
    assert session.threshold > 0
    assert len(seen) == asked
    session.set_threshold(session.raw_detections()[5].score)

    # -- reject one, accept one, accept the rest: labels, and one undo step each
    shown = len(session.proposals())
    assert shown >= 3, "the model proposes too little to go on"
    session.select_proposal(session.proposals()[-1])
    qtbot.keyClick(canvas, Qt.Key.Key_Backspace)
    assert len(session.proposals()) < shown
    assert document.labels(new).boxes == ()
    session.select_proposal(session.proposals()[0])
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    assert len(document.labels(new).boxes) == 1
    rest = len(session.proposals())
    qtbot.keyClick(canvas, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert len(document.labels(new).boxes) == 1 + rest
    assert session.proposals() == ()

    # -- export, and read the XML back with torchvision
    out = tmp_path / "exported"
    qtbot.keyClick(canvas, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    dialog = window.findChild(ExportDialog)
    assert dialog is not None
    dialog.findChild(QLineEdit).setText(str(out))
    qtbot.mouseClick(button(dialog, "Export"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not a.exchange.is_running("export"), timeout=30_000)
    check_export(out, document, TRAIN + VAL + 1)


def check_export(out: Path, document: object, images: int) -> None:
    from torchvision.datasets import VOCDetection

    read = VOCDetection(str(out), year="2012", image_set="trainval")
    assert len(read) == images
    objects = 0
    for picture, target in read:
        annotation = target["annotation"]
        size = annotation["size"]
        assert picture.size == (int(size["width"]), int(size["height"]))
        for item in annotation.get("object", []):
            xmin, ymin, xmax, ymax = (int(item["bndbox"][side]) for side in ("xmin", "ymin", "xmax", "ymax"))
            assert 1 <= xmin <= xmax <= picture.size[0]
            assert 1 <= ymin <= ymax <= picture.size[1]
            objects += 1
    assert objects == sum(row.box_count for row in document.images())  # type: ignore[attr-defined]
    one = next((out / "VOCdevkit" / "VOC2012" / "Annotations").iterdir())
    order = [child.tag for child in ET.parse(one).getroot()]
    assert order[:2] == ["folder", "filename"]
