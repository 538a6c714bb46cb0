"""Outlines of simple objects, as contours in a frame where the object fills the unit circle."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Contours = list[np.ndarray]  # each (P, 2) float; where contours lie in one another, the inner one is a hole
TURN = 2 * np.pi


def _circle(radius: float = 1.0, points: int = 48) -> np.ndarray:
    angles = np.linspace(0, TURN, points, endpoint=False)
    return radius * np.stack((np.cos(angles), np.sin(angles)), axis=1)


def _polar(radii: np.ndarray, offset: float = 0.0) -> np.ndarray:
    angles = np.linspace(0, TURN, len(radii), endpoint=False) + offset
    return radii[:, None] * np.stack((np.cos(angles), np.sin(angles)), axis=1)


def disc(rng: np.random.Generator) -> Contours:
    return [_circle()]


def ring(rng: np.random.Generator) -> Contours:
    return [_circle(), _circle(rng.uniform(0.35, 0.7))]


def triangle(rng: np.random.Generator) -> Contours:
    return [_polar(np.ones(3)) * (1.0, rng.uniform(0.7, 1.0))]


def square(rng: np.random.Generator) -> Contours:
    return [_polar(np.ones(4), TURN / 8)]


def hexagon(rng: np.random.Generator) -> Contours:
    outline = [_polar(np.ones(6))]
    return outline + ([_circle(rng.uniform(0.3, 0.5))] if rng.random() < 0.3 else [])


def star(rng: np.random.Generator) -> Contours:
    points = int(rng.integers(4, 8))
    return [_polar(np.tile((1.0, rng.uniform(0.35, 0.6)), points))]


def cross(rng: np.random.Generator) -> Contours:
    a = rng.uniform(0.2, 0.4)
    arm = np.array([(a, 1), (a, a), (1, a)])
    return [np.concatenate((arm, arm[::-1] * (1, -1), -arm, arm[::-1] * (-1, 1)))]


def crescent(rng: np.random.Generator) -> Contours:
    half = np.linspace(-TURN / 4, TURN / 4, 24)
    outer = np.stack((np.cos(half), np.sin(half)), axis=1)
    inner = outer[::-1] * (rng.uniform(0.2, 0.6), 1.0)
    return [np.concatenate((outer, inner[1:-1])) - (0.4, 0)]


def gear(rng: np.random.Generator) -> Contours:
    teeth = int(rng.integers(7, 13))
    depth = rng.uniform(0.72, 0.85)
    return [_polar(np.tile((1.0, 1.0, depth, depth), teeth)), _circle(rng.uniform(0.2, 0.45))]


def bar(rng: np.random.Generator) -> Contours:
    r = rng.uniform(0.12, 0.3)
    half = np.linspace(-TURN / 4, TURN / 4, 12)
    end = r * np.stack((np.cos(half), np.sin(half)), axis=1) + (1 - r, 0)
    return [np.concatenate((end, -end))]


def leaf(rng: np.random.Generator) -> Contours:
    x = np.linspace(-1, 1, 24)
    y = rng.uniform(0.3, 0.55) * np.cos(x * np.pi / 2) ** rng.uniform(0.6, 1.4)
    bend = rng.uniform(-0.25, 0.25) * (1 - x**2)
    return [np.concatenate((np.stack((x, y + bend), 1), np.stack((x, bend - y), 1)[::-1][1:-1]))]


def arrow(rng: np.random.Generator) -> Contours:
    w, neck = rng.uniform(0.12, 0.25), rng.uniform(-0.1, 0.3)
    return [np.array([(1, 0), (neck, 0.6), (neck, w), (-1, w), (-1, -w), (neck, -w), (neck, -0.6)])]


SHAPES: dict[str, Callable[[np.random.Generator], Contours]] = {
    f.__name__: f
    for f in (disc, ring, triangle, square, hexagon, star, cross, crescent, gear, bar, leaf, arrow)
}
