"""Light on metal: what a workshop looks like, mirrored in a surface that is known by its normals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# reflectance of finishes, RGB 0..1, and how blurred they mirror (the width of a lamp in the reflection)
FINISHES: tuple[tuple[tuple[float, float, float], float], ...] = (
    ((0.80, 0.81, 0.83), 0.35),  # bright zinc
    ((0.70, 0.71, 0.72), 0.50),  # stainless
    ((0.62, 0.60, 0.57), 0.60),  # plain steel
    ((0.90, 0.66, 0.32), 0.40),  # brass, yellow zinc
    ((0.75, 0.48, 0.34), 0.45),  # copper
    ((0.25, 0.25, 0.27), 0.45),  # black oxide
)


@dataclass(frozen=True, slots=True)
class Light:
    """A lamp in the direction `towards`, z up to the camera, over a surface of mean colour `ground`."""

    towards: np.ndarray  # (3,) float32, of length 1
    colour: np.ndarray  # (3,) float32, around 1
    ground: np.ndarray  # (3,), 0..1
    window: float  # radians: where a second, wide and weak light stands

    @property
    def shadow(self) -> np.ndarray:
        """Where the shadow of a point falls, per px of its height: (x, y)."""
        return -self.towards[:2] / self.towards[2]


def sample_light(rng: np.random.Generator, ground: np.ndarray) -> Light:
    azimuth, height = rng.uniform(0, 2 * np.pi), rng.uniform(0.75, 1.15)
    towards = np.array([np.cos(azimuth) * np.cos(height), np.sin(azimuth) * np.cos(height), np.sin(height)])
    warmth = rng.uniform(-0.06, 0.09)
    colour = np.array([1 + warmth, 1.0, 1 - warmth], np.float32)
    return Light(towards.astype(np.float32), colour, ground, azimuth + rng.uniform(2, 4))


def shade(
    normals: np.ndarray, places: np.ndarray, tint: np.ndarray, width: float, light: Light
) -> np.ndarray:
    """Colours (..., 3) 0..1+ of a mirroring surface seen from above.

    normals (..., 3) unit; places (..., 2) -1..1 across the object: a lens sees each place from a little
    another side, which gives flat faces their gradient. width: how blurred the reflection is.
    """
    mirrored = 2 * normals[..., 2:] * normals - np.array(
        [0, 0, 1], np.float32
    )  # the view (0, 0, 1), reflected
    x = mirrored[..., 0] + 0.22 * places[..., 0]
    y = mirrored[..., 1] + 0.22 * places[..., 1]
    z = mirrored[..., 2]
    away = (x - light.towards[0]) ** 2 + (y - light.towards[1]) ** 2 + (z - light.towards[2]) ** 2
    lamp = 1.5 * np.exp(-away / width**2)
    side = x * np.cos(light.window) + y * np.sin(light.window)
    window = 0.45 * np.exp(-(((side - 0.75) / 0.35) ** 2))
    ceiling = 0.30 + 0.28 * np.clip(z, 0, 1)
    horizon = 1 - 0.55 * np.exp(-((z / 0.22) ** 2))  # walls and the person are darker than lamp and bench
    sky = (lamp + window + ceiling)[..., None] * light.colour
    seen = np.where(z[..., None] > 0, sky, 0.75 * light.ground * (0.6 + 0.4 * lamp[..., None]))
    return seen * horizon[..., None] * tint
