"""The scenes of the sample project: bolts, nuts and washers on a workbench, under one lamp."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from model.data.scenes.hardware import PARTS, Part
from model.data.scenes.metal import FINISHES, Light, sample_light, shade
from model.data.scenes.scene import XYXY, Painted, Scene
from model.data.scenes.surfaces import SURFACES, noise

HEIGHT, WIDTH = 480, 640  # px
FINER = 2  # drawn so many times larger, then averaged: threads are finer than a pixel
OBJECTS = (4, 15)
LEAST_VISIBLE = 0.6  # share of an object that later ones must leave
LEAST_INSIDE = 0.6  # share of an object inside the picture
NYLON = ((0.16, 0.34, 0.72), (0.86, 0.86, 0.83), (0.20, 0.20, 0.22))


@dataclass(frozen=True, slots=True)
class _Placed:
    """A part and the rows and columns of the fine canvas that it is drawn on."""

    part: Part
    top: int  # may be negative: the part is cut at the picture's edge
    left: int
    angle: float
    places: np.ndarray  # (h, w, 2), -1..1 across the part


def paint_workbench(rng: np.random.Generator) -> Painted:
    """One picture (480, 640, 3) with 4 to 14 objects and the tight boxes of their visible parts."""
    size = (HEIGHT * FINER, WIDTH * FINER)
    canvas = (SURFACES[rng.integers(len(SURFACES))](rng, size) / 255).astype(np.float32)
    light = sample_light(rng, canvas.mean(axis=(0, 1)))
    owner = np.zeros(size, np.int16)  # which object each pixel shows, from 1; 0 is the bench
    names: list[str] = []
    areas: list[int] = []
    wanted = int(rng.integers(*OBJECTS))
    closeness = rng.uniform(0.8, 1.25)  # of the camera
    for _ in range(4 * wanted):
        if len(names) == wanted:
            break
        name = tuple(PARTS)[rng.integers(len(PARTS))]
        placed = _place(rng, name, closeness)
        solid = placed.part.alpha > 0.5
        seen, inside = _cut(solid, placed.top, placed.left, owner)
        shown = int(solid[inside].sum())
        if shown < LEAST_INSIDE * solid.sum() or _hides_another(owner, seen, solid[inside], areas):
            continue
        _put(rng, canvas, placed, light)
        names.append(name)
        areas.append(shown)
        owner[seen][solid[inside]] = len(names)
    picture = cv2.resize(canvas, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    boxes = [(name, _extent(owner == number)) for number, name in enumerate(names, 1)]
    return _photograph(rng, picture, light), boxes


Slices = tuple[slice, slice]


def _place(rng: np.random.Generator, name: str, closeness: float) -> _Placed:
    kind = PARTS[name]
    size = float(rng.uniform(*kind.sizes)) * closeness * FINER
    angle = rng.uniform(0, 2 * np.pi)
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    across = int((abs(cos) + abs(sin) * kind.breadth) * size / 2) + 3  # half of the patch
    down = int((abs(sin) + abs(cos) * kind.breadth) * size / 2) + 3
    y, x = np.mgrid[-down : down + 1, -across : across + 1].astype(np.float32)
    u, v = x * cos + y * sin, y * cos - x * sin
    centre = rng.uniform((0, 0), (WIDTH * FINER, HEIGHT * FINER)).astype(int)
    places = np.stack((x, y), axis=-1) / np.float32(size / 2)
    return _Placed(kind.make(rng, u, v, size), int(centre[1]) - down, int(centre[0]) - across, angle, places)


def _cut(patch: np.ndarray, top: int, left: int, canvas: np.ndarray) -> tuple[Slices, Slices]:
    """Where a patch lies on the canvas, and which part of it does."""
    rows = slice(max(top, 0), min(top + patch.shape[0], canvas.shape[0]))
    columns = slice(max(left, 0), min(left + patch.shape[1], canvas.shape[1]))
    inside = slice(rows.start - top, rows.stop - top), slice(columns.start - left, columns.stop - left)
    return (rows, columns), inside


def _hides_another(owner: np.ndarray, seen: Slices, solid: np.ndarray, areas: list[int]) -> bool:
    covered = np.bincount(owner[seen][solid], minlength=len(areas) + 1)[1:]
    if not covered.any():
        return False
    shown = np.bincount(owner.ravel(), minlength=len(areas) + 1)[1:]
    return bool((shown - covered < LEAST_VISIBLE * np.array(areas)).any())


def _extent(mask: np.ndarray) -> XYXY:
    """The box around a mask of the fine canvas, in px of the picture, on whole pixels."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    xmin, ymin = columns[0] // FINER, rows[0] // FINER
    return float(xmin), float(ymin), float(columns[-1] // FINER + 1), float(rows[-1] // FINER + 1)


def _put(rng: np.random.Generator, canvas: np.ndarray, placed: _Placed, light: Light) -> None:
    part = placed.part
    for height, softness, strength in (
        (0.25, 0.10, 0.55),
        (0.9, 0.25, 0.55),
    ):  # where it touches; what it casts
        _cast(canvas, placed, light.shadow * part.thickness * height, softness * part.thickness + 1, strength)
    seen, inside = _cut(part.alpha, placed.top, placed.left, canvas)
    alpha = part.alpha[inside][..., None]
    canvas[seen] += alpha * (_surface(rng, placed, light)[inside] - canvas[seen])


def _cast(canvas: np.ndarray, placed: _Placed, shift: np.ndarray, sigma: float, strength: float) -> None:
    margin = int(np.abs(shift).max() + 3 * sigma) + 1
    padded = np.pad(placed.part.alpha.astype(np.float32), margin)
    moved = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
    soft = cv2.GaussianBlur(cv2.warpAffine(padded, moved, padded.shape[::-1]), (0, 0), sigma)
    seen, inside = _cut(soft, placed.top - margin, placed.left - margin, canvas)
    canvas[seen] *= 1 - strength * soft[inside][..., None]


def _surface(rng: np.random.Generator, placed: _Placed, light: Light) -> np.ndarray:
    """The colours (h, w, 3) of a part: its finish, wear and rust, under the light. 0 where it is not."""
    part, size = placed.part, placed.part.alpha.shape
    tint, width = FINISHES[rng.integers(len(FINISHES))]
    at = part.alpha > 0
    worn = (noise(rng, size, 3) * 0.5 + noise(rng, size, max(4, size[0] / 6)))[at]
    u, v = part.facing_u[at] + 0.012 * worn, part.facing_v[at] + 0.012 * noise(rng, size, 4)[at]
    cos, sin = np.float32(np.cos(placed.angle)), np.float32(np.sin(placed.angle))
    facing = np.stack((u * cos - v * sin, u * sin + v * cos), axis=-1)
    length = np.maximum(np.linalg.norm(facing, axis=-1, keepdims=True), 1e-6)
    facing *= np.minimum(length, 0.985) / length
    normals = np.concatenate((facing, np.sqrt(1 - (facing**2).sum(axis=-1, keepdims=True))), axis=-1)
    worn_tint = np.array(tint, np.float32) * (1 + 0.05 * worn[:, None])
    colours = shade(normals, placed.places[at], worn_tint, width, light)
    if rng.random() < 0.25:
        patches = noise(rng, size, size[0] / 5) + 0.5 * noise(rng, size, 4)
        rust = np.clip(patches[at] - rng.uniform(0.3, 1.2), 0, 1)[:, None]
        lit = (0.55 + 0.45 * normals @ light.towards)[:, None]
        colours += 0.85 * rust * (np.array((0.42, 0.22, 0.11), np.float32) * lit - colours)
    if part.plastic is not None:
        lit = (0.35 + 0.65 * np.clip(normals @ light.towards, 0, 1))[:, None]
        nylon = np.array(NYLON[rng.integers(len(NYLON))], np.float32)
        colours += part.plastic[at][:, None] * (nylon * lit - colours)
    surface = np.zeros((*size, 3), np.float32)
    surface[at] = colours * part.shade[at][:, None]
    return surface


def _photograph(rng: np.random.Generator, picture: np.ndarray, light: Light) -> np.ndarray:
    """What lamp and camera do to the whole: fall-off, vignette, white balance, exposure, focus, noise."""
    y, x = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j].astype(np.float32)
    towards = (x * light.towards[0] + y * light.towards[1]) * rng.uniform(0.05, 0.28)
    vignette = 1 - rng.uniform(0.05, 0.22) * (x**2 + y**2)
    picture = (
        picture * ((1 + towards) * vignette)[..., None] * (light.colour * np.float32(rng.uniform(0.85, 1.15)))
    )
    contrast = np.float32(rng.uniform(1.05, 1.3))
    picture = 1 - np.exp(-2.2 * np.clip(picture, 0, None) ** contrast)  # as film: lamps do not burn out
    picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.35, 0.75))
    grain = rng.standard_normal(picture.shape, np.float32) * np.float32(rng.uniform(0.004, 0.014))
    picture = picture + grain
    return (np.clip(picture, 0, 1) * 255).round().astype(np.uint8)


SCENE = Scene("workbench", tuple(PARTS), paint_workbench, left_to_do=1 / 3)
