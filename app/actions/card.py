"""The key card's rows, read off the action tables. What a mouse does is named here: no table says it."""

from __future__ import annotations

from app.actions.table import MENUS, ActionTable
from app.widgets.key_card import CardRow, CardSection

MOUSE = CardSection(
    "Mouse",
    (
        CardRow(("Wheel",), "Zoom at the cursor"),
        CardRow(("Space+drag",), "Move the picture"),
        CardRow(("Double-click",), "Fit; accept a proposal"),
        CardRow(("Drag",), "Select many"),
        CardRow(("Alt+drag",), "Draw inside a box"),
    ),
)


def card_sections(table: ActionTable) -> tuple[CardSection, ...]:
    """One section for each menu, of the actions that have keys. Rows that say the same stand there as one."""
    sections: list[CardSection] = []
    for menu in MENUS:
        keys: dict[str, list[str]] = {}
        for row in table.rows():
            if row.menu.split("/")[0] == menu:
                for key in table[row.name].shortcuts():
                    keys.setdefault(row.card or row.plain_text, []).append(key.toString())
        rows = tuple(CardRow(tuple(held), text) for text, held in keys.items())
        if rows:
            sections.append(CardSection(menu, rows))
    return (*sections, MOUSE)
