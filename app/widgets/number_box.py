"""A spin box for numbers of any size: typed as one likes, refused in words, stepped by what makes sense."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QValidator
from PySide6.QtWidgets import QAbstractSpinBox, QWidget

from app.widgets.field import number_in_words, number_of, whole_number_of
from app.widgets.wheel import wheel_needs_focus
from model.records.settings import Option

SMALL = 0.01  # of the range: a number whose usual value is below this share of it is stepped 1, 2, 5, 10
NEAR_ONE = 0.99  # and one above, such as a decay, by its distance from one: 0.99, 0.995, 0.998, 0.999
NARROW = 5.0  # ranges up to here are stepped by hundredths, wider ones by whole numbers
FINE, WHOLE = 0.05, 1.0
TEXT_MARGIN = 5  # px: where a combo box's text begins
SERIES = (1.0, 2.0, 5.0, 10.0)


class NumberBox(QAbstractSpinBox):
    """Emits what was typed or stepped to; what is outside the range is refused and never becomes the value."""

    committed = Signal(object)  # int or float
    refused = Signal(str)  # a sentence; "" takes it back

    def __init__(
        self,
        option: Option,
        usual: float,
        whole: bool = False,
        step: float = 0.0,
        parent: QWidget | None = None,
    ) -> None:
        """usual is what the number mostly is: it says how to step. step, where given, is added as it is."""
        super().__init__(parent)
        self._option = option
        self._usual = usual
        self._is_whole = whole
        self._step = step
        self._value: float = usual
        self._shown = ""
        self._is_refused = False
        self.setAccessibleName(option.title)
        self.lineEdit().setTextMargins(TEXT_MARGIN, 0, 0, 0)
        wheel_needs_focus(self)
        self.editingFinished.connect(self._take)
        self._show()

    def value(self) -> float:
        return self._value

    def set_value(self, value: float) -> None:
        """Show it; emits nothing. What is being typed stays unless the value is another."""
        if value != self._value:
            self._value = value
            self._show()

    def _show(self) -> None:
        self._shown = number_in_words(self._value)
        self.lineEdit().setText(self._shown)
        self.lineEdit().setCursorPosition(0)  # the front of a long number, not its end

    # ------------------------------------------------------------------------------------ typing

    def _take(self) -> None:
        text = self.lineEdit().text().strip()
        if text == self._shown:
            self._say("")
            return
        try:
            value = whole_number_of(text) if self._is_whole else number_of(text)
            if flaw := self._option.flaw(value):
                raise ValueError(flaw)
        except ValueError as error:
            self._say(f"“{text}” is not taken: {error}.")
            return
        self._commit(value)

    def _say(self, refusal: str) -> None:
        if refusal or self._is_refused:
            self._is_refused = bool(refusal)
            self.refused.emit(refusal)

    def _commit(self, value: float) -> None:
        self._say("")
        has_changed = value != self._value
        self._value = value
        self._show()
        if has_changed:
            self.committed.emit(value)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._show()  # what was refused is not the value, and must not look so

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.lineEdit().text() != self._shown:
            self._say("")
            self._show()  # and the dialog stays open
            self.lineEdit().selectAll()
            return
        super().keyPressEvent(event)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        return (
            QValidator.State.Acceptable,
            text,
            position,
        )  # anything may be typed: _take() says what is wrong

    # ------------------------------------------------------------------------------------ stepping

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        enabled = QAbstractSpinBox.StepEnabledFlag.StepNone
        if self._value < self._option.high:
            enabled |= QAbstractSpinBox.StepEnabledFlag.StepUpEnabled
        if self._value > self._option.low:
            enabled |= QAbstractSpinBox.StepEnabledFlag.StepDownEnabled
        return enabled

    def stepBy(self, steps: int) -> None:
        self._take()  # what was typed first counts
        value = self._value
        for _ in range(abs(steps)):
            value = self._next(value, 1 if steps > 0 else -1)
        value = min(max(value, self._option.low), self._option.high)
        self._commit(round(value) if self._is_whole else value)
        self.selectAll()

    def _next(self, value: float, way: int) -> float:
        low, high = self._option.low, self._option.high
        if self._step:
            return round(value / self._step) * self._step + way * self._step
        if self._is_whole:
            return value + way
        if low >= 0 and 0 < self._usual <= SMALL * high:
            return in_series(value, way) if value > 0 else self._usual if way > 0 else 0.0
        if NEAR_ONE < self._usual < 1 and value < 1:
            return round(1 - in_series(1 - value, -way), 12)
        step = FINE if high - low <= NARROW else WHOLE
        return round((round(value / step) + way) * step, 12)


def in_series(value: float, way: int) -> float:
    """The next of 1, 2, 5, 10, 20 ... times a power of ten, up or down. value > 0."""
    power = 10.0 ** math.floor(math.log10(value) + 1e-9)
    steps = [power / 2, *(power * each for each in SERIES)]
    tolerance = 1e-6 * value
    if way > 0:
        found = next(step for step in steps if step > value + tolerance)
    else:
        found = next(step for step in reversed(steps) if step < value - tolerance)
    return float(f"{found:.6g}")
