"""What a person says: accept a proposal, accept all shown, reject; this is a bolt."""

from __future__ import annotations

from collections.abc import Sequence

from app.document import edits
from app.document.document import Document
from app.session import Session
from model.records import Detection, Verdict


class Review:
    """Turns verdicts into edits, and keeps each verdict beside what the model had said."""

    def __init__(self, document: Document, session: Session) -> None:
        self._document = document
        self._session = session

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
        self._session.reject(proposal)
        self._select_next()

    def correct(self, proposal: Detection, corrected: Detection) -> None:
        """Accept a proposal as the person put it right: in another place, or as another class."""
        image = self._session.image
        if image is not None and self._accept((proposal,), (corrected,)):
            self._session.reject(proposal)  # the label need not cover it; it is not to be proposed again
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

    def _select_next(self) -> None:
        shown = self._session.proposals()
        self._session.select_proposal(shown[0] if shown else None)
