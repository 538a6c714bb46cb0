"""The Detection menu: proposals, the score from which they are shown, and training."""

from __future__ import annotations

from functools import partial

from app.actions import edit
from app.actions.action import Action, Window, has_proposals, is_open
from app.context import Context

SCORE_STEP = 0.05


def accept(context: Context, window: Window) -> None:
    """The selected proposal; where none is, the best one is selected, to be seen before it is taken."""
    session = context.session
    if session.proposal is None:
        session.select_proposal(session.proposals()[0])
    else:
        context.review.accept_one()


def reject(context: Context, window: Window) -> None:
    """Backspace: the selected labels are deleted, the selected proposal is rejected."""
    if context.session.selection:
        edit.delete(context, window)
    else:
        context.review.reject_one()


def can_reject(context: Context) -> bool:
    return bool(context.session.selection) or context.session.proposal is not None


def accept_all(context: Context, window: Window) -> None:
    context.review.accept_all()


def accept_all_title(context: Context) -> str:
    count = len(context.session.proposals())
    return f"Accept all {count} s&hown" if count > 1 else "Accept all s&hown"


def toggle_live(context: Context, window: Window) -> None:
    context.session.set_live(not context.session.live)


def change_threshold(context: Context, window: Window, step: float) -> None:
    context.session.set_threshold(round(context.session.threshold + step, 2))


def train(context: Context, window: Window) -> None:
    """Train, pause, go on."""
    context.training.toggle()


def can_train(context: Context) -> bool:
    training = context.training
    if training.is_running:
        return training.can_pause
    return context.document.is_open and training.missing_images() == 0


def train_title(context: Context) -> str:
    if context.training.is_paused:
        return "Go on &training"
    return "Pause &training" if context.training.is_running else "&Train"


def train_hint(context: Context) -> str:
    count = context.training.missing_images() if context.document.is_open else 0
    if count == 0 or context.training.is_running:
        return "A network learns your boxes while you go on drawing"
    return "1 more image with boxes is needed" if count == 1 else f"{count} more images with boxes are needed"


ACTIONS = (
    Action(
        "detection.live", "Detection", "&Live detection", toggle_live, ("L",), "mdi6.radar", "live",
        "Show what the newest model finds on the image in view", card="Live detection",
        checked=lambda c: c.session.live,
    ),
    Action(
        "detection.accept", "Detection", "&Accept proposal", accept, ("Return", "Enter"), "mdi6.check",
        "proposals", card="Accept the proposal", enabled=has_proposals,
    ),
    Action(
        "detection.reject", "Detection", "&Reject proposal", reject, ("Backspace",), "mdi6.close",
        "proposals", card="Reject, or delete a box", enabled=can_reject,
    ),
    Action(
        "detection.accept_all", "Detection", "Accept all s&hown", accept_all,
        ("Shift+Return", "Shift+Enter"), "mdi6.check-all", "proposals", card="Accept all shown",
        enabled=has_proposals, title=accept_all_title,
    ),
    Action(
        "detection.fewer", "Detection", "&Fewer proposals", partial(change_threshold, step=SCORE_STEP),
        ("]",), group="score", tip="Raise the score from which proposals are shown",
        card="Score threshold up", enabled=lambda c: c.session.threshold < 1,
    ),
    Action(
        "detection.more", "Detection", "&More proposals", partial(change_threshold, step=-SCORE_STEP),
        ("[",), group="score", tip="Lower the score from which proposals are shown",
        card="Score threshold down", enabled=lambda c: c.session.threshold > 0,
    ),
    Action(
        "detection.train", "Detection", "&Train", train, ("T",), "mdi6.play", "training",
        card="Train, pause, go on", enabled=can_train, title=train_title, hint=train_hint,
    ),
    Action(
        "detection.stop", "Detection", "&Stop training", lambda c, w: c.training.stop(), icon="mdi6.stop",
        group="training", tip="Stop, with a checkpoint to resume from",
        enabled=lambda c: c.training.is_running,
    ),
    Action(
        "detection.measures", "Detection", "Meas&ures…", lambda c, w: w.open_measures(), icon="mdi6.chart-line",
        group="measures", tip="How good a model is, curve by curve, and what it takes for what", enabled=is_open,
    ),
)  # fmt: skip
