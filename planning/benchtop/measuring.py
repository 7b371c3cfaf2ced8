"""Volume, length and width of zones, below the voxel.

The field around a zone is laid on a finer lattice, the applicators are put into it, and the surface where it passes the
level is found by linear interpolation. A field of heat is smooth and is laid by cubic splines; they would overshoot at
the front of ice, where the temperature has a kink, and ice is laid by linear interpolation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats, VoxelGrid
from imaging.later import ndimage
from imaging.surface import surface_of_field
from planning.thermal.applicator import Applicator

_MOST_CELLS = 800_000
"""The lattice is as fine as this many cells allow, and at most ..."""
_FINEST = 4
"""... this many times finer than the grid."""
_MARGIN = 3
"""Voxels around a zone that the splines look at."""
_ANGLES = np.linspace(0.0, np.pi, 360, endpoint=False)
_RIM = np.linspace(0.0, 2 * np.pi, 72, endpoint=False)

Values = npt.NDArray[np.floating]
Box = tuple[slice, slice, slice]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneSize:
    """How large a zone is; length and width are along and across the first applicator."""

    volume_mm3: float = 0.0
    length_mm: float = 0.0
    width_mm: float = 0.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Overlay:
    """What stands in the field at an applicator.

    Attributes
    ----------
    applicator : Applicator
    own : float
        Value of the field in the applicator's body.
    bounds_mm : tuple of ndarray, each of shape (3,)
        Where the field is replaced.
    values : callable
        From points (n, 3) and the field there to what the field is, shape (n,).
    """

    applicator: Applicator
    own: float
    bounds_mm: tuple[Floats, Floats]
    values: Callable[[Floats, Floats], Floats]


def zone_size(
    field: Values, grid: VoxelGrid, level: float, *, below: bool, axis: Floats, overlays: Sequence[Overlay]
) -> ZoneSize:
    """Return the size of the zone where a field is at or beyond a level.

    Parameters
    ----------
    field : ndarray, shape ``grid.shape_kji``
    grid : VoxelGrid
        Along L, P and S.
    level : float
    below : bool
        True for ``field <= level``, False for ``field >= level``.
    axis : ndarray, shape (3,)
        Unit vector along which the length is measured.
    overlays : sequence of Overlay
    """
    bodies = [o for o in overlays if (o.own <= level if below else o.own >= level)]
    part = _part_around(field, grid, level, below, [o.applicator for o in bodies])
    if part is None:
        return ZoneSize()
    fine, fine_grid = _refined(field, grid, part, order=1 if below else 3)
    for overlay in overlays:
        _lay(overlay, fine, fine_grid)
    mesh = surface_of_field(fine, fine_grid, level, below=below)
    points = np.concatenate([mesh.points_mm, *(_rims_mm(o.applicator) for o in bodies)])
    if not len(points):
        return ZoneSize()
    return ZoneSize(
        volume_mm3=mesh.volume_mm3, length_mm=float(np.ptp(points @ axis)), width_mm=_largest_across_mm(points, axis)
    )


def _part_around(field: Values, grid: VoxelGrid, level: float, below: bool, bodies: Sequence[Applicator]) -> Box | None:
    """Voxels of the zone and of the bodies in it, with a margin; None where there is no zone."""
    inside = field <= level if below else field >= level
    shape = np.array(field.shape)
    low, high = shape.copy(), np.full(3, -1)
    if inside.any():
        for axis in range(3):
            at = np.flatnonzero(inside.any(axis=tuple(n for n in range(3) if n != axis)))
            low[axis], high[axis] = at[0], at[-1]
    for body in bodies:
        kji = grid.to_ijk(np.stack([body.tip_mm, body.end_mm]))[:, ::-1]
        reach = body.radius_mm / grid.spacing_ijk_mm[::-1]
        low = np.minimum(low, np.floor(kji.min(axis=0) - reach).astype(int))
        high = np.maximum(high, np.ceil(kji.max(axis=0) + reach).astype(int))
    if (high < low).any():
        return None
    low, high = np.maximum(low - _MARGIN, 0), np.minimum(high + _MARGIN, shape - 1)
    k, j, i = (slice(int(a), int(b) + 1) for a, b in zip(low, high, strict=True))
    return (k, j, i)


def _refined(field: Values, grid: VoxelGrid, part: Box, order: int) -> tuple[npt.NDArray[np.float64], VoxelGrid]:
    """A part of a field on a finer lattice, every voxel cut into equal ones."""
    values = field[part].astype(np.float64)
    times = int(np.clip((_MOST_CELLS / values.size) ** (1 / 3), 1, _FINEST))
    start = np.array([s.start for s in part])[::-1]
    spacing = grid.spacing_ijk_mm / times
    corner = grid.to_lps(start - 0.5)
    if times > 1:
        values = ndimage.zoom(values, times, order=order, mode="nearest", grid_mode=True)
    nk, nj, ni = values.shape
    return values, VoxelGrid.axis_aligned((nk, nj, ni), spacing, corner + 0.5 * spacing, grid.frame_uid)


def _lay(overlay: Overlay, values: npt.NDArray[np.float64], grid: VoxelGrid) -> None:
    """Replace the values of a lattice around an applicator."""
    low, high = (grid.to_ijk(edge) for edge in overlay.bounds_mm)
    begin = np.maximum(np.ceil(low), 0).astype(int)
    end = np.minimum(np.floor(high) + 1, values.shape[::-1]).astype(int)
    if (end <= begin).any():
        return
    i, j, k = (slice(int(a), int(b)) for a, b in zip(begin, end, strict=True))
    indices = np.meshgrid(*(np.arange(s.start, s.stop) for s in (k, j, i)), indexing="ij")
    points = grid.to_lps(np.stack(indices[::-1], axis=-1))
    values[k, j, i] = overlay.values(points, values[k, j, i])


def _rims_mm(body: Applicator) -> Floats:
    """Points on the rims of a body's flat ends, which reach farthest, shape (n, 3)."""
    aside = np.cross(body.direction, np.eye(3)[np.abs(body.direction).argmin()])
    aside /= np.linalg.norm(aside)
    ring = np.cos(_RIM)[:, None] * aside + np.sin(_RIM)[:, None] * np.cross(body.direction, aside)
    return np.concatenate([end + body.radius_mm * ring for end in (body.tip_mm, body.end_mm)])


def _largest_across_mm(points: Floats, axis: Floats) -> float:
    """Largest extent of points in any direction across an axis."""
    aside = np.cross(axis, np.eye(3)[np.abs(axis).argmin()])
    aside /= np.linalg.norm(aside)
    other = np.cross(axis, aside)
    along = points @ np.stack([aside, other])[:, :].T
    return max(float(np.ptp(along @ (np.cos(a), np.sin(a)))) for a in _ANGLES)
