"""What is being looked at: image, selection, class, tool, threshold, proposals. Never saved or undone."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from app.document.document import Document
from app.document.overlap import best_of_each_place, free_of, outside_of
from model.records import Box, Detection

KEPT_IMAGES = 64  # images whose raw detections are kept, so that going back shows them at once


class Session(QObject):
    """Setting a value equal to the present one emits nothing."""

    image_changed = Signal(object)  # image id, or None
    selection_changed = Signal()
    label_changed = Signal()  # the class of the next box
    tool_changed = Signal(str)
    proposals_changed = Signal()  # raw detections, threshold, labels or verdicts: what is shown is different
    proposal_changed = Signal()  # the proposal that Enter would accept
    threshold_changed = Signal(float)
    live_changed = Signal(bool)
    hidden_changed = Signal(bool)  # boxes hidden while H is held

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._image: int | None = None
        self._walk: Sequence[int] | None = None
        self._selection: frozenset[int] = frozenset()
        self._label: int | None = None
        self._tool = "select"
        self._threshold = 0.5
        self._live = True
        self._hidden = False
        self._raw: OrderedDict[int, tuple[Detection, ...]] = OrderedDict()
        self._rejected: dict[int, tuple[Detection, ...]] = {}
        self._free: tuple[Detection, ...] | None = (
            None  # raw detections of this image that no label or verdict covers
        )
        self._proposal: Detection | None = None

    # ------------------------------------------------------------------------------------------ image

    @property
    def image(self) -> int | None:
        return self._image

    def show(self, image: int | None) -> None:
        if image == self._image:
            return
        self._image = image
        self._selection = frozenset()
        self._free = None
        self._proposal = None
        self.image_changed.emit(image)
        self.selection_changed.emit()
        self.proposals_changed.emit()
        self.proposal_changed.emit()

    def set_walk(self, images: Sequence[int] | None) -> None:
        """The images that next and previous go through, in the document's order; None for all of them."""
        self._walk = images

    def neighbour(self, step: int) -> int | None:
        """The image before (-1) or after (1) the one shown, which need not be in the walk; or None."""
        document = self._document
        walk = self._walk if self._walk is not None else tuple(row.id for row in document.images())
        if self._image is None:
            return walk[0] if walk else None
        here = document.position(self._image)
        if step > 0:
            place = bisect_right(walk, here, key=document.position)
        else:
            place = bisect_left(walk, here, key=document.position) - 1
        return walk[place] if 0 <= place < len(walk) else None

    # ------------------------------------------------------------------------------------------ boxes

    @property
    def selection(self) -> frozenset[int]:
        """The uids of the selected boxes of this image."""
        return self._selection

    def selected_boxes(self) -> tuple[Box, ...]:
        if self._image is None:
            return ()
        return tuple(box for box in self._document.labels(self._image).boxes if box.uid in self._selection)

    def select(self, uids: frozenset[int]) -> None:
        if uids != self._selection:
            self._selection = uids
            if uids:
                self.select_proposal(None)
            self.selection_changed.emit()

    @property
    def label(self) -> int | None:
        """The class the next box gets; None while the project has no class."""
        return self._label

    def set_label(self, label: int | None) -> None:
        if label != self._label:
            self._label = label
            self.label_changed.emit()

    @property
    def tool(self) -> str:
        return self._tool

    def set_tool(self, tool: str) -> None:
        if tool != self._tool:
            self._tool = tool
            self.tool_changed.emit(tool)

    @property
    def hidden(self) -> bool:
        return self._hidden

    def hide_boxes(self, hidden: bool) -> None:
        if hidden != self._hidden:
            self._hidden = hidden
            self.hidden_changed.emit(hidden)

    # ------------------------------------------------------------------------------------------ proposals

    @property
    def live(self) -> bool:
        return self._live

    def set_live(self, live: bool) -> None:
        if live != self._live:
            self._live = live
            self.live_changed.emit(live)
            self.proposals_changed.emit()

    @property
    def threshold(self) -> float:
        """Proposals with a lower score are not shown. Filtering never runs the network."""
        return self._threshold

    def set_threshold(self, threshold: float) -> None:
        threshold = min(1.0, max(0.0, threshold))
        if threshold != self._threshold:
            self._threshold = threshold
            self.threshold_changed.emit(threshold)
            self.proposals_changed.emit()
            self._keep_proposal()

    def set_detections(self, image: int, detections: tuple[Detection, ...]) -> None:
        """The newest raw answer of the newest model for an image, above the detector's low floor."""
        self._raw[image] = tuple(sorted(detections, key=lambda detection: -detection.score))
        self._raw.move_to_end(image)
        while len(self._raw) > KEPT_IMAGES:
            self._raw.popitem(last=False)
        if image == self._image:
            self._refilter()

    def forget_detections(self) -> None:
        """Another model or another project: what was proposed no longer holds."""
        self._raw.clear()
        self._rejected.clear()
        self._refilter()

    def raw_detections(self) -> tuple[Detection, ...]:
        """Everything the detector said about this image, best first."""
        return self._raw.get(self._image, ()) if self._image is not None else ()

    def proposals(self) -> tuple[Detection, ...]:
        """What is shown: above the threshold, one at each place, no label there, not rejected. Best first."""
        if not self._live or self._image is None:
            return ()
        if self._free is None:
            labels = self._document.labels(self._image).boxes if self._document.has_image(self._image) else ()
            named = tuple(
                (self._document.label_class(box.label).name, box.xyxy) for box in labels if not box.ignore
            )
            gone = tuple((d.name, d.xyxy) for d in self._rejected.get(self._image, ()))
            areas = tuple(box.xyxy for box in labels if box.ignore)
            self._free = best_of_each_place(outside_of(free_of(self.raw_detections(), named + gone), areas))
        return tuple(d for d in self._free if d.score >= self._threshold)

    @property
    def proposal(self) -> Detection | None:
        """The proposal that Enter accepts and Backspace rejects."""
        return self._proposal

    def select_proposal(self, proposal: Detection | None) -> None:
        if proposal != self._proposal:
            self._proposal = proposal
            if proposal is not None:
                self.select(frozenset())
            self.proposal_changed.emit()

    def reject(self, proposal: Detection) -> None:
        """Hide this proposal and what the detector will say at its place from now on."""
        if self._image is None:
            return
        self._rejected[self._image] = (*self._rejected.get(self._image, ()), proposal)
        self._refilter()

    def take_back(self, image: int, proposal: Detection) -> None:
        """As if this proposal of an image had never been rejected."""
        self._rejected[image] = tuple(d for d in self._rejected.get(image, ()) if d != proposal)
        if image == self._image:
            self._refilter()

    # ---------------------------------------------------------------------- facts from the document

    def on_labels_changed(self, image: int) -> None:
        if image != self._image:
            return
        uids = frozenset(box.uid for box in self._document.labels(image).boxes)
        self.select(self._selection & uids)
        self._refilter()

    def on_classes_changed(self) -> None:
        ids = [label_class.id for label_class in self._document.classes()]
        if self._label not in ids:
            self.set_label(ids[0] if ids else None)
        self._refilter()

    def on_images_changed(self) -> None:
        if self._image is not None and not self._document.has_image(self._image):
            self.show(None)

    def _refilter(self) -> None:
        self._free = None
        self.proposals_changed.emit()
        self._keep_proposal()

    def _keep_proposal(self) -> None:
        """While the network learns, the selected proposal moves: follow it to the one that fits it best."""
        if self._proposal is None:
            return
        shown = self.proposals()
        if self._proposal in shown:
            return
        gone = set(free_of(shown, ((self._proposal.name, self._proposal.xyxy),)))
        self.select_proposal(next((d for d in shown if d not in gone), None))
