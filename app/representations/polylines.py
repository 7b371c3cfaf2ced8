"""What of a polyline is worth drawing: nothing far outside a picture, and no point that nobody could see missing.

Where a surface crosses a slice there is a point every half voxel, and every point that is stroked costs time: half of them lie
outside a view, and half of the others on a line between their neighbours.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats

_FEW = 16
_PASSES = 3


def worth_drawing(points: Floats, box: tuple[float, float, float, float], tolerance: float) -> Floats:
    """Return a polyline that looks the same within a box.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
    box : tuple of float
        Left, top, right and bottom of what is seen, with room for half the width of the line.
    tolerance : float
        No point within the box is farther from the line that is returned, and ends stay where they are.

    Returns
    -------
    ndarray, shape (m, 2)
        Some of the points. What is filled within the box stays the same too.
    """
    if len(points) <= _FEW:
        return points
    return _without_needless(_within(points, box), tolerance / _PASSES)


def _within(points: Floats, box: tuple[float, float, float, float]) -> Floats:
    """Leave out points whose neighbours lie beyond the same side: the line between these lies beyond it too."""
    x, y = points.T
    left, top, right, bottom = box
    side = np.select([x < left, x > right, y < top, y > bottom], [1, 2, 3, 4], 0)
    inner = side[1:-1]
    kept = np.ones(len(points), bool)
    kept[1:-1] = (inner == 0) | (side[:-2] != inner) | (side[2:] != inner)
    return points if kept.all() else points[kept]


def _without_needless(points: Floats, tolerance: float) -> Floats:
    """Leave out points on the line between their neighbours; of two neighbours only one at a time."""
    for _ in range(_PASSES):
        if len(points) <= _FEW:
            break
        before, after = points[:-2:2], points[2::2]
        middle = points[1:-1:2][: len(after)]
        along, away = after - before[: len(after)], middle - before[: len(after)]
        kept: npt.NDArray[np.bool_] = np.ones(len(points), bool)
        across = np.abs(along[:, 0] * away[:, 1] - along[:, 1] * away[:, 0])
        # A point beyond the ends of that line, a spike, stays.
        between = (away * along).sum(1) * ((middle - after) * along).sum(1) <= 0
        kept[1 : 1 + 2 * len(after) : 2] = (across > tolerance * np.hypot(*along.T)) | ~between
        points = points[kept]
    return points
