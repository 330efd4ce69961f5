"""The search for the highest point of a likelihood, where it is no simple hill."""

from __future__ import annotations

import numpy as np

from rapport.value import maximum
from rapport.value.compressed import Floats
from rapport.value.maximum import HIGHEST, Point


def rising_ridge(at: Floats) -> Point:
    """Steep along the first parameter, and rising without end along the second."""
    steep, along = at
    slope = np.array([-2000.0 * steep, 0.25])
    return Point(-1000.0 * steep**2 + 0.25 * along, slope, np.outer(slope, slope) + np.eye(2))


def test_a_ridge_that_still_rises_is_no_maximum() -> None:
    """Steps leave ridges out, so that a step of nothing alone does not tell the top."""
    curvature = np.diag([2000.0, 1e-6])
    at, is_found = maximum._refine(rising_ridge, np.zeros(2), curvature)
    assert not is_found
    found = maximum.maximise(rising_ridge, rising_ridge, [at])
    assert found.is_found and found.log_values[1] == HIGHEST
