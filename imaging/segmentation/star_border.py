"""The border of a blob whose inside is seen from its middle: as much evidence as possible within, and no jags."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from imaging.later import ndimage, spatial
from imaging.segmentation.working_cube import WorkingCube

Field = npt.NDArray[np.float32]

_WAYS, _NEIGHBOURS = 500, 6
_STEP_MM = 0.7
# Stiffness against the mean of the neighbours, per mm, from a ball to the final border.
_STIFFNESS = (2.0, 1.0, 0.5)
_ROUNDS = 20
_KEPT_SHARE, _LEAST_MM = 0.5, 6.0
_ROWS, _COLUMNS = 36, 72


@dataclass(frozen=True, eq=False)
class StarBorder:
    """A border around a middle.

    Attributes
    ----------
    within_mm : ndarray of float32
        How far within it every point of the cube lies, along rays from the middle; below 0 outside.
    middle_mm : ndarray, shape (3,)
        LPS centroid of what it holds.
    """

    within_mm: Field
    middle_mm: Floats


def star_border(cube: WorkingCube, evidence: Field, middle_mm: Floats) -> StarBorder:
    """Return the border around a middle that holds as much evidence as can be.

    From the middle outwards each ray ends where the evidence it has met, weighed by the room it stands for, is largest;
    neighbouring rays end at about the same distance. It begins as a ball, so that what hangs on to the blob by a neck or
    lies beyond a wall is not reached.

    Parameters
    ----------
    cube : WorkingCube
    evidence : ndarray of float32
        For every point of the cube, above 0 where it speaks for the blob.
    middle_mm : ndarray, shape (3,)
        LPS point inside the blob.
    """
    ways, neighbours, plain = _sphere()
    at = np.asarray(cube.grid.to_ijk(middle_mm)[::-1])
    r_mm = np.arange(1, int(min(cube.hu.shape) * cube.step_mm / 2 / _STEP_MM)) * _STEP_MM
    points = at[:, None, None] + ways.T[:, :, None] * (r_mm / cube.step_mm)
    met = ndimage.map_coordinates(evidence, points, order=1, mode="constant", cval=-1.0)
    gain: Floats = np.cumsum(met.astype(float) * r_mm**2, axis=1) * _STEP_MM
    radius_mm = np.full(len(ways), r_mm[_ball(np.asarray(gain.sum(axis=0), float), r_mm)])
    for stiffness in _STIFFNESS:
        for _ in range(_ROUNDS):
            # An ellipsoid bends without cost, wherever in it the middle lies.
            plain_mm = np.exp(plain @ np.log(radius_mm))
            around_mm = plain_mm + (radius_mm - plain_mm)[neighbours].mean(axis=1)
            bent = stiffness * around_mm[:, None] ** 2 * (r_mm - around_mm[:, None]) ** 2
            radius_mm = 0.5 * (radius_mm + r_mm[(gain - bent).argmax(axis=1)])
    volume = radius_mm**3
    centroid = at + (0.75 * (volume * radius_mm) @ ways / volume.sum()) / cube.step_mm
    return StarBorder(_within_mm(cube, at, radius_mm), cube.centre_of(centroid))


def _ball(gain: Floats, r_mm: npt.NDArray[np.floating]) -> int:
    """Which radius holds most, before half of that is lost again: a wall further out belongs to something else."""
    lost = (gain < _KEPT_SHARE * np.maximum.accumulate(gain)) & (r_mm > _LEAST_MM)
    end = int(lost.argmax()) if lost.any() else len(gain)
    return int(gain[:end].argmax())


def _within_mm(cube: WorkingCube, at: Floats, radius_mm: Floats) -> Field:
    ways, *_ = _sphere()
    tilt = (np.arange(_ROWS) + 0.5) * np.pi / _ROWS
    turn = np.arange(_COLUMNS) * 2 * np.pi / _COLUMNS
    t, u = np.meshgrid(tilt, turn, indexing="ij")
    places = np.stack([np.cos(t), np.sin(t) * np.sin(u), np.sin(t) * np.cos(u)], axis=-1)
    away, nearest = spatial.cKDTree(ways).query(places, k=4)
    weight = 1 / (away + 1e-3)
    table = (weight * radius_mm[nearest]).sum(axis=-1) / weight.sum(axis=-1)
    table = np.pad(table, ((0, 0), (0, 1)), mode="wrap")
    k, j, i = (np.arange(n, dtype=np.float32) - np.float32(c) for n, c in zip(cube.hu.shape, at, strict=True))
    across = np.sqrt(j[:, None] ** 2 + i[None, :] ** 2)
    row = np.arctan2(across[None], k[:, None, None]) * (_ROWS / np.pi) - 0.5
    column = np.arctan2(j[:, None], i[None, :]) % (2 * np.pi) * (_COLUMNS / (2 * np.pi))
    border_mm = ndimage.map_coordinates(table, [row, np.broadcast_to(column, row.shape)], order=1, mode="nearest")
    away_mm = np.sqrt(across[None] ** 2 + k[:, None, None] ** 2) * cube.step_mm
    return np.asarray(border_mm - away_mm, dtype=np.float32)


@lru_cache(maxsize=1)
def _sphere() -> tuple[Floats, npt.NDArray[np.intp], Floats]:
    """Evenly spread directions, the neighbours of each, and what keeps of a field over them its three lowest harmonics."""
    n = np.arange(_WAYS) + 0.5
    tilt, turn = np.arccos(1 - 2 * n / _WAYS), np.pi * (1 + np.sqrt(5)) * n
    ways = np.stack([np.cos(tilt), np.sin(tilt) * np.sin(turn), np.sin(tilt) * np.cos(turn)], axis=1)
    _, nearest = spatial.cKDTree(ways).query(ways, k=_NEIGHBOURS + 1)
    k, j, i = ways.T
    low, _ = np.linalg.qr(np.stack([k * k, j * j, i * i, k * j, j * i, i * k, k, j, i], axis=1))
    return ways, nearest[:, 1:], low @ low.T
