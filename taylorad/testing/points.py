"""Points to check at: near a given one, and hard ones."""

from __future__ import annotations

import numpy as np


def points_near(point: np.ndarray, numbers, random: int, hard: bool) -> list[np.ndarray]:
    """Random points around a point, and points where programs tend to fail."""
    found = [point * numbers.uniform(0.7, 1.3, point.size) + numbers.uniform(-0.1, 0.1, point.size)
             * (point == 0) for _ in range(random)]  # fmt: skip
    if hard:
        found += [
            point * 1e-6,  # next to zero
            point * 50.0,
            -point,
            point * np.where(np.arange(point.size) % 2 == 0, 1e-3, 10.0),
            np.nextafter(point, np.inf),
        ]
    return found
