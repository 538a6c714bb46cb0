"""Select, move and resize labels; take up a proposal, or put it right."""

from __future__ import annotations

from app.canvas.hit import REACH, Hit, Side, Target, is_selected
from app.canvas.pointer import Gesture, Outcome, Phase, Pointer, Preview, Scene
from app.canvas.tools.reshape import moved, resized
from app.canvas.tools.tool import Tool
from model.records import Box, Detection


def drag(scene: Scene, start: Pointer) -> Gesture:
    """The press decides: an edge is pulled, a box is moved, the background begins a rubber band."""
    hit = scene.targets.at(start.x, start.y, start.reach(REACH), scene.selection, scene.proposal)
    if hit is None:
        return (yield from _band(scene, start))
    if isinstance(hit.target, Detection):
        return (yield from _proposal(scene, start, hit.target, hit.sides))
    if start.adds:
        return (yield from _toggle(scene, hit.target))
    return (yield from _label(scene, start, hit.target, hit.sides))


def _label(scene: Scene, start: Pointer, box: Box, sides: Side) -> Gesture:
    is_chosen = box.uid in scene.selection
    selection = scene.selection if is_chosen and not sides else frozenset((box.uid,))
    held = tuple(other for other in scene.targets.boxes if other.uid in selection)
    result = held
    is_drag = False
    pointer = yield Preview(selection=selection)
    while True:
        is_drag = is_drag or not pointer.is_click_since(start)
        if is_drag:
            result = _reshaped(held, sides, start, pointer, scene.size)
        if pointer.phase is Phase.RELEASE:
            break
        pointer = yield Preview(boxes=result if is_drag else (), selection=selection)
    if not is_drag:
        return _clicked(scene, start, Hit(box, sides), is_chosen)
    if result == held:
        return Outcome(selection=selection)
    verb = "Resize" if sides else "Move"
    text = f"{verb} box" if len(held) == 1 else f"{verb} {len(held)} boxes"
    after = {other.uid: other for other in result}
    return Outcome(tuple(after.get(b.uid, b) for b in scene.targets.boxes), text, selection)


def _reshaped(
    held: tuple[Box, ...], sides: Side, start: Pointer, pointer: Pointer, size: tuple[float, float]
) -> tuple[Box, ...]:
    dx, dy = pointer.x - start.x, pointer.y - start.y
    return (resized(held[0], sides, dx, dy, size),) if sides else moved(held, dx, dy, size)


def _clicked(scene: Scene, start: Pointer, hit: Hit, was_chosen: bool) -> Outcome:
    """Select it alone; clicked again, what lies beneath it."""
    if not was_chosen or len(scene.selection) > 1 or hit.sides:
        return _select(hit.target)
    under = scene.targets.under(start.x, start.y)
    if hit.target not in under:
        return _select(hit.target)
    return _select(under[(under.index(hit.target) + 1) % len(under)])


def _select(target: Target) -> Outcome:
    if isinstance(target, Box):
        return Outcome(selection=frozenset((target.uid,)))
    return Outcome(selection=frozenset(), proposal=target)


def _toggle(scene: Scene, box: Box) -> Gesture:
    selection = scene.selection ^ {box.uid}
    while (yield Preview(selection=selection)).phase is not Phase.RELEASE:
        pass
    return Outcome(selection=selection)


def _proposal(scene: Scene, start: Pointer, proposal: Detection, sides: Side) -> Gesture:
    """A click selects it; dragged into place, it is accepted as it then stands."""
    was_chosen = is_selected(proposal, scene.selection, scene.proposal)
    result = proposal
    is_drag = False
    pointer = yield Preview(selection=frozenset(), proposal=proposal)
    while True:
        is_drag = is_drag or not pointer.is_click_since(start)
        if is_drag:
            dx, dy = pointer.x - start.x, pointer.y - start.y
            if sides:
                result = resized(proposal, sides, dx, dy, scene.size)
            else:
                result = moved((proposal,), dx, dy, scene.size)[0]
        if pointer.phase is Phase.RELEASE:
            break
        correction = (proposal, result) if is_drag else None
        pointer = yield Preview(selection=frozenset(), proposal=proposal, correction=correction)
    if result != proposal:
        return Outcome(correction=(proposal, result))
    return _clicked(scene, start, Hit(proposal, sides), was_chosen)


def _band(scene: Scene, start: Pointer) -> Gesture:
    """A rubber band takes the labels whose middle is in it; a click on the background selects nothing."""
    kept = scene.selection if start.adds else frozenset()
    pointer = yield Preview(selection=kept)
    while True:
        is_drag = not pointer.is_click_since(start)
        # not cut at the image's edges: a band may begin outside
        xmin, xmax = sorted((start.x, pointer.x))
        ymin, ymax = sorted((start.y, pointer.y))
        band = (xmin, ymin, xmax, ymax)
        found = frozenset(box.uid for box in scene.targets.inside(band)) if is_drag else frozenset()
        if pointer.phase is Phase.RELEASE:
            return Outcome(selection=kept | found)
        pointer = yield Preview(selection=kept | found, band=band if is_drag else None)


TOOL = Tool(
    "select", "&Select", "mdi6.cursor-default-outline", "V",
    "Click or drag a box   ·   Drag the background: many   ·   Alt-drag or W draws", "arrow", drag,
    picks=True,
)  # fmt: skip
