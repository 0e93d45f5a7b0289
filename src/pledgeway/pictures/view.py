"""From longitude and latitude to pixels: a view fitted to where the goods move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]

SHARE_IN_VIEW = 0.85
"""A regional view is wide enough when it holds this share of the tonnes that are handled."""

LEAST_FOR_A_REGION = 0.55
"""Where no region holds this share, the whole world is shown."""


@dataclass(frozen=True)
class View:
    """A map of ``width`` by ``height`` pixels: equal areas around a centre, or the whole world.

    ``longitude`` and ``latitude`` (degrees) are the centre, ``scale`` pixels per earth radius, ``shift`` the pixel of
    the centre.
    """

    width: float
    height: float
    longitude: float
    latitude: float
    scale: float
    shift: tuple[float, float]
    world: bool = False

    def project(self, positions: Points) -> Points:
        """Return the pixels, shape (n, 2), of ``positions`` (longitude, latitude in degrees, shape (n, 2))."""
        plane = _equal_earth(positions) if self.world else _azimuthal(positions, self.longitude, self.latitude)
        return np.column_stack([self.shift[0] + self.scale * plane[:, 0], self.shift[1] - self.scale * plane[:, 1]])

    def beyond(self, positions: Points) -> npt.NDArray[np.bool_]:
        """Return which positions lie so far round the earth that an outline through them cannot be drawn."""
        if self.world:
            return np.zeros(len(positions), dtype=bool)
        return angles(positions, self.longitude, self.latitude) > 125.0

    def holds(self, positions: Points) -> npt.NDArray[np.bool_]:
        """Return which positions lie inside the frame."""
        seen = self.project(positions)
        inside = (seen >= 4).all(axis=1) & (seen[:, 0] <= self.width - 4) & (seen[:, 1] <= self.height - 4)
        return np.asarray(inside & ~self.beyond(positions), dtype=bool)


def angles(positions: Points, longitude: float, latitude: float) -> Points:
    """Return the great-circle distances in degrees from a point to ``positions``."""
    lon, lat = np.radians(positions).T
    lat0 = np.radians(latitude)
    cosine = np.sin(lat0) * np.sin(lat) + np.cos(lat0) * np.cos(lat) * np.cos(lon - np.radians(longitude))
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def _azimuthal(positions: Points, longitude: float, latitude: float) -> Points:
    """Lambert's azimuthal equal-area projection."""
    lon, lat = np.radians(positions).T
    lat0, across = np.radians(latitude), lon - np.radians(longitude)
    cosine = np.sin(lat0) * np.sin(lat) + np.cos(lat0) * np.cos(lat) * np.cos(across)
    stretch = np.sqrt(2.0 / np.maximum(1.0 + cosine, 1e-6))
    x = stretch * np.cos(lat) * np.sin(across)
    y = stretch * (np.cos(lat0) * np.sin(lat) - np.sin(lat0) * np.cos(lat) * np.cos(across))
    return np.column_stack([x, y])


def _equal_earth(positions: Points) -> Points:
    """The Equal Earth projection (Šavrič, Patterson and Jenny, 2018)."""
    lon, lat = np.radians(positions).T
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    t = np.arcsin(np.sqrt(3) / 2 * np.sin(lat))
    x = 2 * np.sqrt(3) * lon * np.cos(t) / (3 * (9 * a4 * t**8 + 7 * a3 * t**6 + 3 * a2 * t**2 + a1))
    y = a4 * t**9 + a3 * t**7 + a2 * t**3 + a1 * t
    return np.column_stack([x, y])


def fit(positions: Points, weights: Points, width: float, least: float, most: float) -> View:
    """Return the view of ``width`` pixels that shows where most of the ``weights`` lie.

    ``positions`` has shape (n, 2), longitude and latitude in degrees, n at least 1; ``weights`` shape (n,), not
    negative. The height is between ``least`` and ``most`` times the width. The smallest region that holds most of the
    weight is chosen; what lies outside it is for the map to show at its edge. Where no region will do, it is the world.
    """
    weights = weights + max(1e-9, float(weights.sum())) * 1e-6
    for radius in (10.0, 14.0, 18.0, 24.0, 32.0):
        near = np.array([weights[angles(positions, lon, lat) <= radius].sum() for lon, lat in positions])
        best = int(near.argmax())
        share = near[best] / weights.sum()
        if share >= SHARE_IN_VIEW or (radius == 32.0 and share >= LEAST_FOR_A_REGION):
            inside = positions[angles(positions, *positions[best]) <= radius]
            return _region(inside, width, least, most)
    return _world(width)


def _region(positions: Points, width: float, least: float, most: float) -> View:
    longitude, latitude = (float((positions[:, k].min() + positions[:, k].max()) / 2) for k in (0, 1))
    plane = _azimuthal(positions, longitude, latitude)
    low, high = plane.min(axis=0), plane.max(axis=0)
    size = np.maximum(high - low, 0.08) * 1.22
    height = float(np.clip(width * size[1] / size[0], least * width, most * width))
    scale = float(min(width / size[0], height / size[1]))
    middle = (low + high) / 2
    return View(
        width, height, longitude, latitude, scale, (width / 2 - scale * middle[0], height / 2 + scale * middle[1])
    )


def _world(width: float) -> View:
    corners = _equal_earth(np.array([[180.0, 0.0], [0.0, 80.0], [0.0, -56.0]]))
    scale = width / (2 * corners[0, 0])
    height = scale * (corners[1, 1] - corners[2, 1])
    return View(width, height, 0.0, 0.0, scale, (width / 2, scale * corners[1, 1]), world=True)
