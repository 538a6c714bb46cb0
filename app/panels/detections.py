"""What the model proposes for the picture in view: its weights, the score threshold, accept and reject."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import floor
from pathlib import Path

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QListView,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.context import Context
from app.panels.panel import Panel
from app.widgets.icons import icon
from app.widgets.proposal_delegate import ProposalDelegate, ProposalRow
from app.widgets.prose import Prose
from app.widgets.score_slider import ScoreSlider
from app.widgets.words import count, listed
from model.records import Detection

Index = QModelIndex | QPersistentModelIndex
ROWS_SHOWN = 3  # of the list, at least
NOTHING = "No proposals: the model sees nothing here."


class ProposalsModel(QAbstractListModel):
    """The session's proposals of the image in view, best first. Holds them only to be drawn."""

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._proposals: tuple[Detection, ...] = ()

    def refresh(self) -> None:
        proposals = self._context.session.proposals()
        if proposals != self._proposals:
            self.beginResetModel()
            self._proposals = proposals
            self.endResetModel()

    def proposal(self, index: Index) -> Detection | None:
        return self._proposals[index.row()] if index.isValid() else None

    def row_of(self, proposal: Detection | None) -> int:
        return self._proposals.index(proposal) if proposal in self._proposals else -1

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._proposals)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        proposal = self.proposal(index)
        if proposal is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{proposal.name} {proposal.score:.2f}"  # also what a screen reader says
        if role == Qt.ItemDataRole.UserRole:
            known = self._context.document.class_named(proposal.name)
            return ProposalRow(proposal.name, proposal.score, QColor(known.colour) if known else None)
        if role == Qt.ItemDataRole.ToolTipRole:
            width, height = proposal.xmax - proposal.xmin, proposal.ymax - proposal.ymin
            return f"{proposal.name}, score {proposal.score:.3f}, {width:.0f} × {height:.0f} px"
        return None


class ProposalsList(QListView):
    """Enter accepts and Backspace rejects here too, where the window's own keys do not reach."""

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._review = context.review
        self._session = context.session
        self._proposals = ProposalsModel(context, self)
        self.setModel(self._proposals)
        self.setItemDelegate(ProposalDelegate(self))
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAccessibleName("Proposals")
        row = self.sizeHintForRow(0) if self._proposals.rowCount() else self.fontMetrics().height() + 8
        self.setMinimumHeight(ROWS_SHOWN * row + 4)
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        self.doubleClicked.connect(self._accept)
        self._session.proposals_changed.connect(self.refresh)
        self._session.proposal_changed.connect(self._show_current)
        self.refresh()

    def refresh(self) -> None:
        self._proposals.refresh()
        self._show_current()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._review.accept_all()
            else:
                self._review.accept_one()
        elif event.key() == Qt.Key.Key_Backspace:
            self._review.reject_one()
        else:
            super().keyPressEvent(event)

    def _accept(self) -> None:
        self._review.accept_one()

    def _on_current_changed(self, current: QModelIndex) -> None:
        proposal = self._proposals.proposal(current)
        if proposal is not None:
            self._session.select_proposal(proposal)

    def _show_current(self) -> None:
        row = self._proposals.row_of(self._session.proposal)
        if row < 0:
            self.selectionModel().clear()
        elif row != self.currentIndex().row():
            index = self._proposals.index(row)
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self.scrollTo(index)


class DetectionsPanel(QWidget):
    """Shows the session's proposals and the detector's weights; every change is asked of their owners."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._live = QToolButton(self)
        self._model = QToolButton(self)
        self._knows = Prose(self, muted=True)
        self._slider = ScoreSlider("Score at least", self)
        self._summary = Prose(self)
        self._list = ProposalsList(context, self)
        self._accept = QToolButton(self)
        self._reject = QToolButton(self)
        self._accept_all = QPushButton(self)
        self._build()
        self._connect()
        self._show_model()
        self._show_proposals()

    # ------------------------------------------------------------------------------------ making

    def _build(self) -> None:
        self._live.setIcon(icon("mdi6.radar"))
        self._accept.setIcon(icon("mdi6.check"))
        self._reject.setIcon(icon("mdi6.close"))
        self._accept_all.setIcon(icon("mdi6.check-all"))
        self._live.setText("Live")
        self._live.setCheckable(True)
        self._live.setChecked(self._context.session.live)
        self._live.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._live.setToolTip("Look at each picture with the newest weights (L)")
        self._model.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._model.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self._model.setToolTip("The weights that look at the picture")
        self._model.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._model.setMenu(QMenu(self._model))
        self._slider.set_value(self._context.session.threshold)
        self._accept.setAccessibleName("Accept")
        self._reject.setAccessibleName("Reject")
        self._accept.setToolTip("Make a label of the selected proposal (Enter)")
        self._reject.setToolTip("Hide the selected proposal for good (Backspace)")
        self._accept_all.setToolTip("Make labels of all proposals shown, as one step to undo (Shift+Enter)")

        top = QHBoxLayout()
        top.addWidget(self._live)
        top.addWidget(self._model, 1)
        shown = QHBoxLayout()
        shown.addWidget(self._summary, 1)
        shown.addWidget(self._accept)
        shown.addWidget(self._reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 8)
        layout.setSpacing(4)
        layout.addLayout(top)
        layout.addWidget(self._knows)
        layout.addWidget(self._slider)
        layout.addWidget(self._accept_all)  # above the list: seen in a small dock, too
        layout.addLayout(shown)
        layout.addWidget(self._list, 1)

    def _connect(self) -> None:
        session, detection, review = self._context.session, self._context.detection, self._context.review
        self._live.toggled.connect(session.set_live)
        self._slider.value_changed.connect(session.set_threshold)
        self._accept.clicked.connect(review.accept_one)
        self._reject.clicked.connect(review.reject_one)
        self._accept_all.clicked.connect(review.accept_all)
        self._model.menu().aboutToShow.connect(self._fill_menu)
        session.live_changed.connect(self._live.setChecked)
        session.threshold_changed.connect(self._slider.set_value)
        session.proposals_changed.connect(self._show_proposals)
        session.proposal_changed.connect(self._show_buttons)
        session.image_changed.connect(self._show_proposals)
        detection.model_changed.connect(self._show_model)
        detection.loading_changed.connect(self._show_model)

    # ------------------------------------------------------------------------------------ weights

    def _fill_menu(self) -> None:
        """Written when it is opened: a model may have come since."""
        menu, detection, document = self._model.menu(), self._context.detection, self._context.document
        menu.clear()
        models = document.project.models() if document.is_open else ()
        for model in models:
            measured = "" if model.ap is None else f"    AP {model.ap:.2f}"
            file = document.project.models_folder / model.file
            action = menu.addAction(f"{model.name}{measured}".replace("&", "&&"))
            action.setEnabled(file.is_file())
            action.triggered.connect(lambda _=False, file=file: detection.use_file(file))
        if models:
            menu.addSeparator()
        menu.addAction("Starter weights").triggered.connect(lambda _=False: detection.use_starter())
        menu.addAction("Choose a file…").triggered.connect(lambda _=False: self._choose_file())

    def _choose_file(self) -> None:
        kinds = "Weights (*.safetensors);;All files (*)"
        name, _ = QFileDialog.getOpenFileName(self, "Weights file", "", kinds)
        if name:
            self._context.detection.use_file(Path(name))

    def _show_model(self) -> None:
        detection = self._context.detection
        if detection.loading:
            self._model.setText(f"Loading: {_in_words(detection.loading)}…")
        else:
            self._model.setText(_in_words(detection.model) if detection.model else "Choose weights")
        if detection.model:
            self._knows.setText(f"Knows {listed(detection.classes, most=3)}.")
            self._knows.setToolTip(", ".join(detection.classes))
        else:
            none = "No weights are loaded: choose some, or train your own."
            self._knows.setText("" if detection.loading else none)
            self._knows.setToolTip("")
        self._show_proposals()

    # ------------------------------------------------------------------------------------ proposals

    def _show_proposals(self) -> None:
        session = self._context.session
        raw, shown = session.raw_detections(), session.proposals()
        self._slider.set_scores(detection.score for detection in raw)
        self._summary.setText(self._summary_of(shown))
        self._list.setEnabled(bool(shown))
        self._show_buttons()

    def _summary_of(self, shown: tuple[Detection, ...]) -> str:
        session, detection = self._context.session, self._context.detection
        if session.image is None:
            return "Open an image to see what the model finds."
        if not session.live:
            return "Live detection is off."
        if not detection.model:
            return "Nothing has looked at this picture yet."
        if not shown:
            return none_shown(session.raw_detections(), session.threshold)
        counts = Counter(proposal.name for proposal in shown)
        each = " · ".join(f"{name} {number:,}" for name, number in counts.most_common())
        return f"{count(len(shown), 'proposal')}: {each}"

    def _show_buttons(self) -> None:
        session = self._context.session
        shown = len(session.proposals())
        self._accept.setEnabled(session.proposal is not None)
        self._reject.setEnabled(session.proposal is not None)
        self._accept_all.setEnabled(shown > 0)
        self._accept_all.setText(f"Accept {shown:,} (Shift+Enter)" if shown else "Accept all (Shift+Enter)")


def none_shown(found: Sequence[Detection], threshold: float) -> str:
    """Why there is no proposal, so that a person knows what would bring one."""
    if not found:
        return NOTHING
    under = sum(detection.score < threshold for detection in found)
    if under < len(found):
        return "No proposals left: what it sees here is labelled or rejected."
    best = floor(100 * max(detection.score for detection in found)) / 100  # never up to the threshold
    return f"No proposals: the best score here is {best:.2f}."


def _in_words(model: str) -> str:
    return "Starter weights" if model == "starter" else model


PANEL = Panel("detections", "Detections", "right", 30, DetectionsPanel, share=7)
