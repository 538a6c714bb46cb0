"""Colours for classes that colour-blind eyes can tell apart."""

from __future__ import annotations

# Okabe and Ito 2008 (jfly.uni-koeln.de/color), without black, and the blue made brighter for thin lines on dark
# pictures; then Paul Tol's "light" scheme, for the classes after the seventh.
PALETTE = (
    "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#3d8fe0", "#d55e00", "#cc79a7",
    "#ee8866", "#44bb99", "#aaaa00", "#99ddff", "#ffaabb", "#bbcc33", "#77aadd",
)  # fmt: skip


def colour_for(number: int) -> str:
    """The colour of the class with this id, counted from 1; the palette comes round again after its end."""
    return PALETTE[(number - 1) % len(PALETTE)]
