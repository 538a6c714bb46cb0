"""Grey patterns that are coloured and cut up for surfaces and backgrounds."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

SIDE = 512  # px of a pattern
COUNT = 96


@cache
def bank() -> tuple[np.ndarray, ...]:
    """Patterns (SIDE, SIDE) float32 in 0..1; the same in every run."""
    rng = np.random.default_rng(20)
    makers = (_cloud, _cloud, _stripes, _checker, _speckle, _grain, _ramp, _tiles)
    return tuple(_normalised(makers[i % len(makers)](rng)) for i in range(COUNT))


def crop(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """A piece (height, width) of some pattern, turned, enlarged or shrunk at random."""
    pattern = bank()[rng.integers(COUNT)]
    scale = rng.uniform(0.5, 2.0)
    h, w = min(SIDE, max(2, round(height / scale))), min(SIDE, max(2, round(width / scale)))
    y, x = rng.integers(SIDE - h + 1), rng.integers(SIDE - w + 1)
    piece = pattern[y : y + h, x : x + w]
    if rng.random() < 0.5:
        piece = piece[::-1]
    return cv2.resize(np.ascontiguousarray(piece), (width, height), interpolation=cv2.INTER_LINEAR)


def coloured(rng: np.random.Generator, height: int, width: int, contrast: float) -> np.ndarray:
    """A surface (height, width, 3) float32 0..255 between two colours, `contrast` apart."""
    first = rng.uniform(10, 245, 3)
    second = np.clip(first + rng.normal(0, 110, 3) * contrast, 0, 255)
    vividness = rng.uniform(0, 1)  # most things in photographs are close to grey
    first, second = (vividness * c + (1 - vividness) * c.mean() for c in (first, second))
    pattern = crop(rng, height, width)[..., None]
    return (first + (second - first) * pattern).astype(np.float32)


def _normalised(pattern: np.ndarray) -> np.ndarray:
    low, high = float(pattern.min()), float(pattern.max())
    return ((pattern - low) / max(high - low, 1e-6)).astype(np.float32)


def _cloud(rng: np.random.Generator) -> np.ndarray:
    total = np.zeros((SIDE, SIDE), np.float32)
    roughness = rng.uniform(0.4, 0.8)
    for octave in range(1, 8):
        cells = rng.random((2**octave + 1, 2**octave + 1), np.float32)
        total += roughness**octave * cv2.resize(cells, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return total


def _stripes(rng: np.random.Generator) -> np.ndarray:
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    angle = rng.uniform(0, np.pi)
    wobble = rng.uniform(0, 25) * _normalised(_cloud(rng))
    wave = np.sin((x * np.cos(angle) + y * np.sin(angle) + wobble) * 2 * np.pi / rng.uniform(6, 60))
    return np.tanh(wave * rng.uniform(0.5, 6))


def _checker(rng: np.random.Generator) -> np.ndarray:
    y, x = np.mgrid[:SIDE, :SIDE]
    side = int(rng.integers(5, 48))
    return ((x // side + y // side) % 2).astype(np.float32) + 0.3 * _normalised(_cloud(rng))


def _speckle(rng: np.random.Generator) -> np.ndarray:
    dots = (rng.random((SIDE, SIDE)) < rng.uniform(0.001, 0.02)).astype(np.float32)
    return cv2.GaussianBlur(dots, (0, 0), rng.uniform(0.8, 4.0))


def _grain(rng: np.random.Generator) -> np.ndarray:
    """Wood: noise drawn out along one direction."""
    noise = rng.random((SIDE, SIDE), np.float32)
    long, across = rng.uniform(15, 60), rng.uniform(0.5, 2.0)
    return cv2.GaussianBlur(noise, (0, 0), sigmaX=long, sigmaY=across)


def _ramp(rng: np.random.Generator) -> np.ndarray:
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    return x * np.cos(angle) + y * np.sin(angle)


def _tiles(rng: np.random.Generator) -> np.ndarray:
    side = int(rng.integers(12, 90))
    count = SIDE // side + 1
    tones = rng.random((count, count), np.float32)
    tiles = cv2.resize(tones, (count * side, count * side), interpolation=cv2.INTER_NEAREST)[:SIDE, :SIDE]
    tiles[::side] = tiles[:, ::side] = rng.uniform(0, 1)
    return tiles
