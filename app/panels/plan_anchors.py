"""Which anchors the next run has: the recipe's, or those fitted to the boxes of the folder."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.context import Context
from app.widgets.anchor_dialog import AnchorDialog
from app.widgets.elided_combo import ElidedComboBox
from app.widgets.wheel import wheel_needs_focus

RECIPES, FITTED, FIT = "recipe", "fitted", "fit"
WORDS = {
    RECIPES: ("The recipe's", "The boxes that the network starts from, for things of all sizes."),
    FITTED: ("Fitted to your boxes", "In the shapes of what you labelled. Choose the recipe's to go back."),
    FIT: ("Fit to my boxes…", "See how many boxes have a fitting anchor, and propose better ones."),
}


class PlanAnchors(ElidedComboBox):
    """Shows the plan; what is chosen is asked of AnchorWork, and shown when the plan has it."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.setAccessibleName("Anchors")
        wheel_needs_focus(self)
        self.activated.connect(self._choose)
        context.training.state_changed.connect(self.refresh)
        context.document.opened.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        is_fitted = self._context.anchors.is_fitted
        values = [
            RECIPES,
            *([FITTED] if is_fitted else []),
            *([FIT] if self._context.document.is_open else []),
        ]
        if [self.itemData(row) for row in range(self.count())] != values:
            self.clear()
            for row, value in enumerate(values):
                text, tooltip = WORDS[value]
                self.addItem(text, value)
                self.setItemData(row, tooltip, Qt.ItemDataRole.ToolTipRole)
        shown = FITTED if is_fitted else RECIPES
        self.setCurrentIndex(self.findData(shown))
        self.setToolTip(WORDS[shown][1])

    def _choose(self, row: int) -> None:
        value = self.itemData(row)
        self.refresh()  # the box shows the plan, not what was clicked, until the plan has changed
        if value == RECIPES:
            self._context.anchors.put_back()
        elif value == FIT:
            AnchorDialog(self._context, self.window()).open()
