"""The course of a nerve between points on it: through fat, around bone, gas and muscle."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from imaging.errors import ImagingError
from imaging.geometry import Floats
from imaging.later import graph, ndimage
from imaging.segmentation.working_cube import WorkingCube, cube_around
from imaging.structures import Tube
from imaging.volume import Volume

_AROUND_MM = 10.0
_FURTHEST_APART_MM = 80.0
# A nerve reads like muscle; what tells it is fat within this distance.
_FAT_WITHIN_MM = 2.5
# Half-way from fat to soft tissue, from soft tissue to marrow, and from fat to gas; steps as wide as noise after smoothing.
_FAT_HU, _BONE_HU, _GAS_HU, _STEP_HU = -30.0, 130.0, -250.0, 15.0
_SMOOTHING_MM = 0.7
_CURVE_MM = 1.5
_POINTS_MM = 2.0
_ROOM_SHARE, _LEAST_ROOM_MM = 0.3, 3.0


def along_fat(volume: Volume, points_mm: npt.ArrayLike, radii_mm: npt.ArrayLike) -> Tube:
    """Return a nerve through points, between which it takes the easiest way through fat.

    Parameters
    ----------
    volume : Volume
    points_mm : array_like, shape (n, 3)
        LPS from the spine outwards; the nerve passes through every one of them.
    radii_mm : array_like, shape (n,) or scalar

    Returns
    -------
    Tube
        Points about 2 mm apart; radii change evenly between the given ones.

    Raises
    ------
    ImagingError
        ``point-outside``, or ``points-too-far`` where two of them lie more than 80 mm apart.
    GeometryError
        If there are fewer than two different points.
    """
    given = np.asarray(points_mm, float).reshape(-1, 3)
    radii = np.broadcast_to(np.asarray(radii_mm, float), len(given))
    Tube(given, radii)
    if not volume.grid.contains(given).all():
        raise ImagingError(
            "A point of the nerve lies outside the CT.", code="point-outside", hint="Place it where the CT shows it."
        )
    points, sizes = [given[:1]], [radii[:1]]
    for n in range(len(given) - 1):
        apart_mm = float(np.linalg.norm(given[n + 1] - given[n]))
        if apart_mm > _FURTHEST_APART_MM:
            raise ImagingError(
                f"Two points of the nerve lie {apart_mm:.0f} mm apart.", code="points-too-far",
                hint="Place one between them.",
            )  # fmt: skip
        if apart_mm == 0:
            continue
        way = _way(volume, given[n], given[n + 1])
        points.append(way[1:])
        sizes.append(np.linspace(radii[n], radii[n + 1], len(way))[1:])
    return Tube(np.concatenate(points), np.concatenate(sizes))


def _way(volume: Volume, start_mm: Floats, stop_mm: Floats) -> Floats:
    """Points from start to stop, both included."""
    middle = (start_mm + stop_mm) / 2
    cube = cube_around(volume, middle, float(np.abs(stop_mm - start_mm).max()) / 2 + _AROUND_MM)
    ends = [tuple(np.rint(cube.grid.to_ijk(end)).astype(int)[::-1]) for end in (start_mm, stop_mm)]
    # A nerve bends, but does not leave for another bed of fat: the way is dearer the further it leaves the straight line.
    away_mm = _straight_mm(cube, start_mm, stop_mm)
    room_mm = _ROOM_SHARE * float(np.linalg.norm(stop_mm - start_mm)) + _LEAST_ROOM_MM
    cost = _cost(cube) * (1 + (away_mm / room_mm) ** 4)
    path, _ = graph.route_through_array(cost, *ends, fully_connected=True, geometric=True)
    lps = np.concatenate([[start_mm], cube.grid.to_lps(np.array(path, float)[1:-1, ::-1]).reshape(-1, 3), [stop_mm]])
    if len(lps) > 4:
        smooth = ndimage.gaussian_filter1d(lps, _CURVE_MM / cube.step_mm, axis=0, mode="nearest")
        lps = np.concatenate([[start_mm], smooth[1:-1], [stop_mm]])
    return Tube(lps, np.ones(len(lps))).resampled(_POINTS_MM).points_mm


def _straight_mm(cube: WorkingCube, start_mm: Floats, stop_mm: Floats) -> npt.NDArray[np.float32]:
    """Return the distance of every point of a cube from the line between two points."""
    centres = cube.grid.to_lps(np.indices(cube.hu.shape).reshape(3, -1).T[:, ::-1])
    axis = stop_mm - start_mm
    along = np.clip((centres - start_mm) @ axis / (axis @ axis), 0, 1)
    away = centres - start_mm - along[:, None] * axis
    return np.asarray(np.linalg.norm(away, axis=1).reshape(cube.hu.shape), dtype=np.float32)


def _cost(cube: WorkingCube) -> npt.NDArray[np.float64]:
    hu = cube.smoothed(_SMOOTHING_MM)
    size = 2 * max(round(_FAT_WITHIN_MM / cube.step_mm), 1) + 1
    nearest_fat = ndimage.minimum_filter(np.where(hu < _GAS_HU, np.float32(100), hu), size=size)
    no_fat, bone, gas = (
        1 / (1 + np.exp(-np.clip(x / _STEP_HU, -30, 30)))
        for x in (nearest_fat - _FAT_HU, hu - _BONE_HU, _GAS_HU - hu)
    )  # fmt: skip
    return np.asarray(0.15 + no_fat + 12 * bone + 12 * gas, dtype=np.float64)


def with_radius(tube: Tube, point: int, radius_mm: float, reach_mm: float = 0.0) -> Tube:
    """Return a nerve with another radius at one of its points.

    Parameters
    ----------
    tube : Tube
    point : int
        Counted from 0.
    radius_mm : float
    reach_mm : float
        Points nearer along the nerve than this become thicker or thinner with it, the less the farther.

    Raises
    ------
    ImagingError
        ``point-unknown`` if it has no such point.
    GeometryError
        If the radius is not above zero.
    """
    share = _shares(tube, point, reach_mm)
    radii_mm = tube.radii_mm * (1 + share * (radius_mm / tube.radii_mm[point] - 1))
    radii_mm[point] = radius_mm
    return Tube(tube.points_mm, radii_mm)


def with_point(tube: Tube, point: int, lps_mm: npt.ArrayLike, reach_mm: float = 0.0) -> Tube:
    """Return a nerve with one of its points at another place.

    Parameters
    ----------
    tube : Tube
    point : int
        Counted from 0.
    lps_mm : array_like, shape (3,)
    reach_mm : float
        Points nearer along the nerve than this move with it, the less the farther.

    Raises
    ------
    ImagingError
        ``point-unknown`` if it has no such point.
    """
    share = _shares(tube, point, reach_mm)
    return Tube(tube.points_mm + share[:, None] * (np.asarray(lps_mm, float) - tube.points_mm[point]), tube.radii_mm)


def _shares(tube: Tube, point: int, reach_mm: float) -> Floats:
    """Return how far every point follows a change at one of them, from 0 to 1."""
    if not 0 <= point < len(tube.points_mm):
        raise ImagingError(
            f"The centreline has {len(tube.points_mm)} points and none of number {point + 1}.", code="point-unknown"
        )
    steps_mm = np.linalg.norm(np.diff(tube.points_mm, axis=0), axis=1)
    along_mm = np.concatenate([[0.0], np.cumsum(steps_mm)])
    away = np.abs(along_mm - along_mm[point]) / max(reach_mm, 1e-9)
    share = np.where(away < 1, np.cos(np.minimum(away, 1) * np.pi / 2) ** 2, 0.0)
    share[point] = 1.0
    return np.asarray(share)
