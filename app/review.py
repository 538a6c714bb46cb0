"""What a person says: accept a proposal, accept all shown, reject; this is a bolt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.document import edits
from app.document.document import Document
from app.session import Session
from model.records import Detection, Verdict


@dataclass(frozen=True, slots=True)
class _Rejection:
    """A proposal that was rejected, on its own or because an edit put it right."""

    after: int | None  # the newest edit that stood then
    image: int
    proposal: Detection
    is_of_edit: bool  # that edit is what put it right: the two are taken back together


class Review:
    """Turns verdicts into edits, and keeps each verdict beside what the model had said."""

    def __init__(self, document: Document, session: Session) -> None:
        self._document = document
        self._session = session
        self._rejections: list[_Rejection] = []

    def accept_all(self) -> int:
        """Accept every proposal shown, as one undo step; how many they were."""
        return self._accept(self._session.proposals())

    def accept_one(self) -> None:
        """Accept the selected proposal, and go on to the best of the rest."""
        proposal = self._session.proposal
        if proposal is not None:
            self._accept((proposal,))
            self._select_next()

    def reject_one(self) -> None:
        proposal, image = self._session.proposal, self._session.image
        if proposal is None or image is None:
            return
        self._document.project.add_verdicts(image, (proposal,), Verdict.REJECTED)
        self._reject(image, proposal, is_of_edit=False)
        self._select_next()

    def undo(self) -> None:
        """Take back what was done last: a rejection, or an edit."""
        last = self._last_rejection()
        if last is None:
            self._document.undo()
            return
        self._rejections.pop()
        if last.is_of_edit:
            self._document.undo()
        else:
            self._document.project.take_back_rejection(last.image, last.proposal)
        self._session.take_back(last.image, last.proposal)

    def undo_text(self) -> str:
        """What undo would take back, in words; empty when there is nothing."""
        last = self._last_rejection()
        if last is None or last.is_of_edit:
            return self._document.undo_text()
        return f"Reject {last.proposal.name}"

    def on_opened(self, folder: Path | None) -> None:
        """What was rejected belongs to the folder that was open."""
        self._rejections.clear()

    def correct(self, proposal: Detection, corrected: Detection) -> None:
        """Accept a proposal as the person put it right: in another place, or as another class."""
        image = self._session.image
        if image is not None and self._accept((proposal,), (corrected,)):
            # the label need not cover it; it is not to be proposed again
            self._reject(image, proposal, is_of_edit=True)
            self._session.select(frozenset((self._document.labels(image).boxes[-1].uid,)))

    def choose_class(self, label: int) -> None:
        """The class of the selection, and of the next box."""
        session, document = self._session, self._document
        if session.image is not None and any(box.label != label for box in session.selected_boxes()):
            before = document.labels(session.image)
            document.apply(
                edits.set_class(session.image, before, session.selection, document.label_class(label))
            )
        session.set_label(label)

    def _accept(self, proposals: Sequence[Detection], corrected: Sequence[Detection] = ()) -> int:
        """The proposals become labels, or what they were corrected to does; how many they were."""
        image = self._session.image
        if image is None or not proposals:
            return 0
        document = self._document
        document.project.add_verdicts(image, proposals, Verdict.ACCEPTED)
        document.apply(
            edits.accept(
                image,
                document.labels(image),
                document.classes(),
                document.project.next_class_id(),
                corrected or proposals,
            )
        )
        return len(proposals)

    def _reject(self, image: int, proposal: Detection, is_of_edit: bool) -> None:
        after = self._document.undo_sequence()
        self._rejections.append(_Rejection(after, image, proposal, is_of_edit))
        self._session.reject(proposal)

    def _last_rejection(self) -> _Rejection | None:
        """The newest rejection, unless an edit that stands came after it."""
        if not self._rejections or not self._document.is_open:
            return None
        last = self._rejections[-1]
        return last if last.after == self._document.undo_sequence() else None

    def _select_next(self) -> None:
        shown = self._session.proposals()
        self._session.select_proposal(shown[0] if shown else None)
