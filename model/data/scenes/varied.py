"""Scenes for training from nothing: many shapes, surfaces and lights, so that features must be general."""

from __future__ import annotations

import cv2
import numpy as np

from model.data.scenes.scene import XYXY, Painted, Scene
from model.data.scenes.shapes import SHAPES
from model.data.scenes.textures import coloured, crop

HEIGHT, WIDTH = 256, 320  # px
MOST_OBJECTS = 15
RADIUS = (8.0, 100.0)  # px, drawn log-uniformly: small objects are as frequent as large ones
LEAST_VISIBLE = 0.55  # share of an object that later ones must leave
LEAST_INSIDE = 0.6  # share of an object inside the picture
SUBPIXEL = 4  # bits of cv2's fixed-point coordinates


def paint_varied(rng: np.random.Generator) -> Painted:
    """One picture (256, 320, 3) with 1 to 15 objects and their tight boxes."""
    canvas = _background(rng)
    owner = np.zeros((HEIGHT, WIDTH), np.int16)  # which object each pixel shows, from 1; 0 is background
    areas: list[int] = []
    names: list[str] = []
    wanted = int(rng.integers(1, MOST_OBJECTS + 1))
    largest = RADIUS[1] / max(1.0, (wanted / 2.5) ** 0.5)
    for _ in range(3 * wanted):
        if len(names) == wanted:
            break
        name = tuple(SHAPES)[rng.integers(len(SHAPES))]
        mask = _mask(rng, name, largest)
        if mask is None or _hides_another(owner, mask, areas):
            continue
        _put(rng, canvas, mask)
        names.append(name)
        areas.append(int((mask > 127).sum()))
        owner[mask > 127] = len(names)
    boxes = [(name, _extent(owner == number)) for number, name in enumerate(names, 1)]
    return _photograph(rng, canvas), boxes


def _mask(rng: np.random.Generator, name: str, largest: float) -> np.ndarray | None:
    """Where one object lies: (H, W) uint8, 255 inside, soft edge; None when too little is in the picture."""
    radius = float(np.exp(rng.uniform(np.log(RADIUS[0]), np.log(largest))))
    squeeze = rng.uniform(0.65, 1.0)
    angle = rng.uniform(0, 2 * np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = rng.uniform((0, 0), (WIDTH, HEIGHT))
    contours = [(c * (1.0, squeeze)) @ turn.T * radius + centre for c in SHAPES[name](rng)]
    outer, *holes = (abs(cv2.contourArea(c.astype(np.float32))) for c in contours)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    fixed = [np.round(c * 2**SUBPIXEL - 2 ** (SUBPIXEL - 1)).astype(np.int32) for c in contours]
    cv2.fillPoly(mask, fixed, 255, cv2.LINE_AA, SUBPIXEL)
    inside = np.count_nonzero(mask > 127)
    return mask if inside >= max(20.0, LEAST_INSIDE * (outer - sum(holes))) else None


def _hides_another(owner: np.ndarray, mask: np.ndarray, areas: list[int]) -> bool:
    covered = owner[mask > 127]
    if not covered.any():
        return False
    left = np.bincount(owner[mask <= 127], minlength=len(areas) + 1)
    return any(left[number] < LEAST_VISIBLE * area for number, area in enumerate(areas, 1))


def _extent(mask: np.ndarray) -> XYXY:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


def _put(rng: np.random.Generator, canvas: np.ndarray, mask: np.ndarray) -> None:
    """Draw an object with its surface, bevel, rim and shadow."""
    xmin, ymin, xmax, ymax = (int(v) for v in _extent(mask > 0))
    size = max(xmax - xmin, ymax - ymin)
    if rng.random() < 0.5:
        _shadow(rng, canvas, mask, size)
    part = slice(ymin, ymax), slice(xmin, xmax)
    alpha = mask[part].astype(np.float32) / 255
    surface = coloured(rng, ymax - ymin, xmax - xmin, contrast=rng.uniform(0, 1.2))
    if rng.random() < 0.6:
        surface *= _bevel(rng, alpha, size)[..., None]
    if rng.random() < 0.3:
        rim = cv2.morphologyEx(mask[part], cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
        edge = rim.astype(np.float32)[..., None] / 255
        surface = surface * (1 - edge) + edge * rng.uniform(0, 255, 3).astype(np.float32)
    opacity = alpha[..., None] * (1.0 if rng.random() < 0.85 else rng.uniform(0.5, 0.9))
    canvas[part] = canvas[part] * (1 - opacity) + surface * opacity


def _bevel(rng: np.random.Generator, alpha: np.ndarray, size: int) -> np.ndarray:
    """Light from one side on a domed surface: (h, w) factors around 1."""
    dome = cv2.GaussianBlur(alpha, (0, 0), max(0.8, size * rng.uniform(0.03, 0.15)))
    angle = rng.uniform(0, 2 * np.pi)
    across, down = cv2.Sobel(dome, cv2.CV_32F, 1, 0), cv2.Sobel(dome, cv2.CV_32F, 0, 1)
    slope = across * np.cos(angle) + down * np.sin(angle)
    return np.clip(1 + slope * rng.uniform(0.5, 3.0), 0.3, 1.8).astype(np.float32)


def _shadow(rng: np.random.Generator, canvas: np.ndarray, mask: np.ndarray, size: int) -> None:
    x, y = rng.normal(0, 0.08 * size + 1, 2)
    moved = cv2.warpAffine(mask, np.array([[1, 0, x], [0, 1, y]], np.float32), (WIDTH, HEIGHT))
    soft = cv2.GaussianBlur(moved, (0, 0), max(0.8, size * rng.uniform(0.01, 0.08))).astype(np.float32)
    canvas *= 1 - soft[..., None] / 255 * rng.uniform(0.2, 0.7)


def _background(rng: np.random.Generator) -> np.ndarray:
    canvas = coloured(rng, HEIGHT, WIDTH, contrast=rng.uniform(0.05, 1.0))
    if rng.random() < 0.4:  # a second surface: a table's edge, a horizon
        other = coloured(rng, HEIGHT, WIDTH, contrast=rng.uniform(0.05, 0.8))
        y, x = np.mgrid[:HEIGHT, :WIDTH]
        angle, offset = rng.uniform(0, np.pi), rng.uniform(-80, 80)
        side = (x - WIDTH / 2) * np.cos(angle) + (y - HEIGHT / 2) * np.sin(angle) > offset
        canvas[side] = other[side]
    if rng.random() < 0.5:
        canvas += (crop(rng, HEIGHT, WIDTH)[..., None] - 0.5) * rng.uniform(10, 70)
    drawn = np.clip(canvas, 0, 255).astype(np.uint8)
    for _ in range(int(rng.integers(0, 12)) if rng.random() < 0.5 else 0):
        _clutter(rng, drawn)
    return drawn.astype(np.float32)


def _clutter(rng: np.random.Generator, canvas: np.ndarray) -> None:
    """Lines, arcs and letters: things that are not objects."""
    colour = rng.uniform(0, 255, 3).tolist()
    a, b = (rng.uniform((0, 0), (WIDTH, HEIGHT)).astype(int).tolist() for _ in range(2))
    kind = rng.random()
    if kind < 0.5:
        cv2.line(canvas, a, b, colour, int(rng.integers(1, 3)), cv2.LINE_AA)
    elif kind < 0.75:
        axes = rng.integers(20, 150, 2).tolist()
        turn, start = rng.uniform(0, 180), rng.uniform(0, 360)
        cv2.ellipse(canvas, a, axes, turn, start, start + rng.uniform(20, 120), colour, 1, cv2.LINE_AA)
    else:
        text = "".join(rng.choice(list("ABCDEFGHKLMNPRSTUVWXYZ0123456789"), int(rng.integers(2, 6))))
        cv2.putText(canvas, text, a, int(rng.integers(0, 4)), rng.uniform(0.3, 1.2), colour, 1, cv2.LINE_AA)


def _photograph(rng: np.random.Generator, canvas: np.ndarray) -> np.ndarray:
    """What a camera adds: uneven light, exposure, colour cast, blur, noise."""
    unevenness = rng.uniform(0, 0.6) if rng.random() < 0.3 else 0.0
    light = 1 + (crop(rng, HEIGHT, WIDTH)[..., None] - 0.5) * unevenness
    canvas = canvas * light * rng.uniform(0.75, 1.2) * rng.uniform(0.92, 1.08, 3)
    canvas = 255 * (np.clip(canvas, 0, 255) / 255) ** rng.uniform(0.75, 1.35)
    if rng.random() < 0.12:
        canvas = np.repeat(canvas.mean(axis=2, keepdims=True), 3, axis=2)
    if rng.random() < 0.35:
        canvas = cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.4, 1.4))
    if rng.random() < 0.6:
        canvas = canvas + rng.normal(0, rng.uniform(1, 12), (HEIGHT, WIDTH, 1)).astype(np.float32)
    return np.clip(canvas, 0, 255).astype(np.uint8)


SCENE = Scene("varied", tuple(SHAPES), paint_varied)
