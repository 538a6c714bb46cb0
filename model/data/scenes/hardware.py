"""Bolts, nuts and washers as surfaces: where they are, and which way each point of them faces.

Each maker takes coordinates u, v (h, w) in px of a frame turned with the object, and its size in px.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(slots=True)
class Part:
    """An object on its patch of the picture, in its own frame. Arrays are (h, w)."""

    alpha: np.ndarray  # 0..1, where it is
    facing_u: np.ndarray  # of the unit normal; its third component follows
    facing_v: np.ndarray
    shade: np.ndarray  # 0..1, what does not depend on the light: grooves, dirt
    thickness: float  # px, for the shadow
    plastic: np.ndarray | None = None  # 0..1, where it is nylon and not metal


Maker = Callable[[np.random.Generator, np.ndarray, np.ndarray, float], Part]


def washer(rng: np.random.Generator, u: np.ndarray, v: np.ndarray, size: float) -> Part:
    """A flat ring, sometimes a split one; size is its diameter."""
    outer = size / 2
    inner = outer * rng.uniform(0.40, 0.62)
    r = np.hypot(u, v) + 1e-6
    inside = np.minimum(outer - r, r - inner)
    alpha = _soft(inside)
    if rng.random() < 0.2:  # a spring washer: cut through, at a slant
        alpha *= 1 - _soft(outer * 0.055 - np.abs(v + 0.25 * (u - outer))) * (u > 0)
    rim = np.clip(1 - inside / (0.05 * outer + 1.5), 0, 1)
    turned = np.interp(r.ravel(), *_grooves(rng, outer)).reshape(r.shape)
    radial = np.where(r > (inner + outer) / 2, rim, -rim) * 0.8 + turned * rng.uniform(0.01, 0.06)
    return Part(alpha, radial * u / r, radial * v / r, 1 - 0.35 * rim**4, 0.10 * size)


def nut(rng: np.random.Generator, u: np.ndarray, v: np.ndarray, size: float) -> Part:
    """A hexagon with a chamfer and a thread, sometimes with a ring of nylon; size is over its corners."""
    corner = size / 2
    flat = corner * np.cos(np.pi / 6)
    hole = flat * rng.uniform(0.50, 0.60)
    r = np.hypot(u, v) + 1e-6
    angle = np.arctan2(v, u)
    nearest = np.round((angle - np.pi / 6) / (np.pi / 3)) * (np.pi / 3) + np.pi / 6  # of six faces
    to_face = flat - r * np.cos(angle - nearest)
    through = hole * rng.uniform(0.76, 0.86)
    alpha = _soft(to_face) * _soft(r - through)

    chamfer = _soft((r - 0.94 * flat) / 1.5)
    radial = 0.42 * chamfer
    edge = np.clip(1 - to_face / 2.5, 0, 1)
    facing_u, facing_v = (
        radial * u / r + 0.5 * edge * np.cos(nearest),
        radial * v / r + 0.5 * edge * np.sin(nearest),
    )
    shade = 1 - 0.25 * edge
    plastic = None
    if rng.random() < 0.25:
        ring = _soft(r - hole) * _soft(1.3 * hole - r)
        dome = 1.4 * (r - 1.15 * hole) / hole
        facing_u, facing_v = _mix(facing_u, dome * u / r, ring), _mix(facing_v, dome * v / r, ring)
        plastic = ring
    else:
        rim = _soft(r - hole) * _soft(1.13 * hole - r)
        facing_u, facing_v = facing_u - 0.6 * rim * u / r, facing_v - 0.6 * rim * v / r
    wall = _soft(hole - r)
    turns = np.sin(2 * np.pi * (2.5 * (hole - r) / (hole - through) + angle / (2 * np.pi)))
    inward = -0.75 + 0.2 * turns
    facing_u, facing_v = _mix(facing_u, inward * u / r, wall), _mix(facing_v, inward * v / r, wall)
    shade = shade * (1 - wall * (0.45 - 0.25 * turns))
    return Part(alpha, facing_u, facing_v, shade, 0.38 * size, plastic)


def bolt(rng: np.random.Generator, u: np.ndarray, v: np.ndarray, size: float) -> Part:
    """A bolt lying on its side, its head to the left; size is its length."""
    radius = size * rng.uniform(0.065, 0.115)  # of the shank
    left, right = -size / 2, size / 2
    head = rng.choice(("hex", "hex", "hex", "socket", "dome"))
    neck = left + radius * {"hex": 1.35, "socket": 2.0, "dome": 1.15}[str(head)]

    shank = _shank(rng, u, v, radius, neck, right)
    makers = {"hex": _hex_head, "socket": _socket_head, "dome": _dome_head}
    on_top = makers[str(head)](rng, u, v, radius, left, neck)
    where = on_top.alpha
    under = np.clip((u - neck) / (0.7 * radius), 0, 1)  # the head keeps the light off the shank beside it
    return Part(
        np.maximum(shank.alpha, where),
        _mix(shank.facing_u, on_top.facing_u, where),
        _mix(shank.facing_v, on_top.facing_v, where),
        _mix(shank.shade * (0.5 + 0.5 * under), on_top.shade, where),
        1.5 * radius,
    )


def _shank(
    rng: np.random.Generator, u: np.ndarray, v: np.ndarray, radius: float, neck: float, right: float
) -> Part:
    pitch = max(3.6, radius * rng.uniform(0.32, 0.45))
    start = neck + (right - neck) * rng.choice((0.0, 0.0, rng.uniform(0.2, 0.6)))  # of the thread
    across = np.clip(v / radius, -1, 1)
    turn = u / pitch - np.arcsin(across) / (2 * np.pi)
    wave = 4 * np.abs(turn % 1 - 0.5) - 1  # -1 in the root, 1 on the crest
    threaded = _soft(u - start)
    tip = np.clip((u - (right - 0.55 * radius)) / (0.55 * radius), 0, 1)
    local = radius * (1 - 0.09 * threaded * (1 - wave) / 2) * (1 - 0.3 * tip) * (1 - 0.06 * (1 - threaded))
    along = threaded * np.where(turn % 1 < 0.5, 0.55, -0.55) * (1 - np.abs(across) * 0.3) + 0.6 * tip
    alpha = _soft(local - np.abs(v)) * _soft(right - u) * _soft(u - neck + 2)
    return Part(alpha, along, np.clip(v / local, -0.98, 0.98), 1 - 0.3 * threaded * (1 - wave) / 2, radius)


def _hex_head(
    rng: np.random.Generator, u: np.ndarray, v: np.ndarray, radius: float, left: float, neck: float
) -> Part:
    """Seen from the side: the faces that look up, with the arcs that the chamfer cuts into them."""
    corner = 1.85 * radius
    turned = rng.uniform(0, np.pi / 3)
    facing_v, across = np.zeros_like(v), np.ones_like(v)
    lowest, highest = 0.0, 0.0
    for k in range(6):
        first, last = turned + k * np.pi / 3, turned + (k + 1) * np.pi / 3
        middle = (first + last) / 2
        if np.cos(middle) < 0.05:
            continue
        low, high = sorted((corner * np.sin(first), corner * np.sin(last)))
        on_face = (v >= low) & (v < high)
        facing_v = np.where(on_face, np.sin(middle), facing_v)
        across = np.where(on_face, (2 * v - low - high) / (high - low), across)
        lowest, highest = min(lowest, low), max(highest, high)
    arc = left + 0.42 * radius * across**2
    alpha = (
        _soft(np.minimum(v - lowest, highest - v)) * _soft(u - left - 0.5 * (arc - left)) * _soft(neck - u)
    )
    cone = _soft(arc - u)
    ridge = np.clip(1 - (1 - np.abs(across)) * corner / 5, 0, 1)
    foot = _soft(u - neck + 0.18 * radius)  # the washer face
    return Part(
        alpha, -0.6 * cone + 0.3 * foot, facing_v * (1 - 0.35 * cone), 1 - 0.18 * ridge - 0.25 * foot, radius
    )


def _socket_head(
    rng: np.random.Generator, u: np.ndarray, v: np.ndarray, radius: float, left: float, neck: float
) -> Part:
    """A knurled cylinder."""
    outer = 1.55 * radius
    across = np.clip(v / outer, -0.98, 0.98)
    edge = np.clip(1 - (u - left) / (0.28 * radius), 0, 1)
    alpha = _soft(outer * (1 - 0.15 * edge) - np.abs(v)) * _soft(u - left) * _soft(neck - u)
    knurl = np.sin(np.arcsin(across) * 44) * _soft(u - left - 0.45 * radius)
    return Part(
        alpha, -0.6 * edge, np.clip(across + 0.22 * knurl, -0.98, 0.98), 1 - 0.15 * (1 - knurl) / 2, radius
    )


def _dome_head(
    rng: np.random.Generator, u: np.ndarray, v: np.ndarray, radius: float, left: float, neck: float
) -> Part:
    outer = rng.uniform(1.7, 2.0) * radius
    depth = np.clip((neck - u) / (neck - left), 0, 1)
    profile = outer * np.sqrt(np.clip(1 - depth**2, 1e-4, 1))
    alpha = _soft(profile - np.abs(v)) * _soft(neck - u) * _soft(u - left)
    return Part(alpha, -0.85 * depth, np.clip(v / outer, -0.98, 0.98) * 0.9, np.ones_like(u), radius)


def _soft(inside: np.ndarray) -> np.ndarray:
    """1 inside, 0 outside, over one px; `inside` is the distance to the edge in px, above 0 inside."""
    return np.clip(inside + 0.5, 0, 1)


def _mix(below: np.ndarray, above: np.ndarray, share: np.ndarray) -> np.ndarray:
    return below + (above - below) * share


def _grooves(rng: np.random.Generator, outer: float) -> tuple[np.ndarray, np.ndarray]:
    """What a lathe leaves: a profile over the radius."""
    radii = np.arange(0, outer + 2, 1.5)
    return radii, rng.normal(0, 1, len(radii))


@dataclass(frozen=True, slots=True)
class Kind:
    """How a part is made, its sizes in a picture of 640 x 480 px, and its breadth as a share of its size."""

    make: Maker
    sizes: tuple[float, float]
    breadth: float


PARTS: dict[str, Kind] = {
    "bolt": Kind(bolt, (80, 210), 0.47),
    "nut": Kind(nut, (34, 82), 1.0),
    "washer": Kind(washer, (30, 92), 1.0),
}
