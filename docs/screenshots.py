"""Make the README's pictures anew: python docs/screenshots.py FOLDER [MINUTES]

FOLDER is a copy of BCCD (github.com/Shenggan/BCCD_Dataset, MIT) in VOC's layout. The real window is driven: the
folder is opened, its labels imported, a network trained for MINUTES (5), its proposals shown, the export dialog opened.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dataclasses import replace

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication

from app.application import Application
from app.settings import Settings
from app.widgets.export_dialog import ExportDialog

OUT = Path(__file__).resolve().parent
SIZE = (1440, 900)


def pause(milliseconds: int) -> None:
    """Let the window live. Not QTest.qWait(): it keeps the interpreter from every other thread."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def wait(condition: object, seconds: float = 600) -> None:
    waited = 0.0
    while not condition():  # type: ignore[operator]
        pause(50)
        waited += 0.05
        if waited > seconds:
            raise TimeoutError("the window did not get there")


def save(a: Application, name: str) -> None:
    pause(400)
    a.window.grab().save(str(OUT / f"{name}.png"))
    print(name, flush=True)


def _classes(a: Application, image: int) -> int:
    return len({box.label for box in a.document.labels(image).boxes})


def main(folder: Path, minutes: float) -> None:
    qt = QApplication([])
    qt.setApplicationName("Fovea")
    settings = Settings(Path(tempfile.mkdtemp()) / "settings.ini")
    settings.theme = "light"
    a = Application(settings)
    a.window.resize(*SIZE)
    a.window.show()
    save(a, "welcome-light")

    a.intake.open_folder(folder)
    wait(lambda: a.document.is_open and a.document.images() and not a.exchange.is_running("scan"))
    if not a.document.classes():
        a.exchange.import_voc(folder)
        wait(lambda: not a.exchange.is_running("import") and a.document.classes())
    rows = a.document.images()
    a.session.show(next(row.id for row in rows if row.box_count > 10 and row.split != "test"))
    wait(lambda: a.images.pixels(a.session.image or 0) is not None)
    wait(lambda: not a.detection.loading and a.detection.model)
    boxes = a.document.labels(a.session.image or 0).boxes
    a.window.notices.clear()
    a.session.set_live(False)
    a.session.select(frozenset({max(boxes, key=lambda box: box.area).uid}))
    save(a, "labelling-light")

    # a picture the network is not trained on, as if nobody had labelled it: one with all three classes
    test = next(row for row in rows if row.split == "test" and _classes(a, row.id) == 3)
    labels = a.document.labels(test.id)
    if labels.boxes:
        from app.document import edits

        a.document.apply(edits.delete_boxes(test.id, labels, frozenset(box.uid for box in labels.boxes)))
    a.session.set_live(True)
    a.session.show(test.id)
    a.training.choose(replace(a.training.plan, minutes=minutes))
    a.training.start()
    wait(lambda: len(a.training.history.epochs) >= 8 or not a.training.is_running, minutes * 60 + 120)
    a.session.set_threshold(0.4)
    a.window.notices.clear()
    save(a, "training-light")
    settings.theme = "dark"
    save(a, "training-dark")
    wait(lambda: not a.training.is_running, minutes * 60 + 120)
    pause(3000)
    a.session.set_threshold(0.4)
    a.session.select_proposal(a.session.proposals()[0] if a.session.proposals() else None)
    a.window.notices.clear()
    save(a, "detections-dark")
    a.window.open_export_dialog()
    dialog = a.window.findChild(ExportDialog)
    assert dialog is not None
    pause(300)
    dialog.grab().save(str(OUT / "export-dark.png"))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.close()
    a.window.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute(), float(sys.argv[2]) if len(sys.argv) > 2 else 5.0)
