"""Following many paths at once through the surroundings of a target."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

import planning.thermal.threads  # noqa: F401  before any kernel runs
from imaging.geometry import Floats
from planning.trajectory.surroundings import OF_NO_RULE, Medium, Surroundings

_STEP_MM = 1.0
_AT_THE_SKIN_MM = 4.0
"""So near to the entry air is what the edge of voxels leaves of it."""
_SHORTEST_BONE_MM = 1.5
_OUTSIDE, _GAS, _LESION = int(Medium.OUTSIDE), int(Medium.GAS), int(Medium.LESION)
_CANCELLOUS, _CORTEX = int(Medium.CANCELLOUS), int(Medium.CORTEX)
_SPARE, _SPARE_AT, _NEAR, _OUT, _CORTEX_MM, _BONE_MM, _GAS_MM, _LESION_MM, _NORMAL, _COLUMNS = range(10)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Followed:
    """What every path of many meets; arrays of shape (n,) in the order of the paths.

    Attributes
    ----------
    spare_mm : ndarray
        What is left at the narrowest of the distance that the nearest sensitive structure must have, tolerance taken off.
    spare_at_mm : ndarray
        How far above the tip that is.
    spare_of : ndarray of uint8
        Which limit, into the surroundings' `rules`; OF_NO_RULE where nothing is near.
    nearness : ndarray
        What the nearness of sensitive structures costs.
    outside_mm : ndarray
        Way through the air before the entry.
    cortex_mm, bone_mm, gas_mm, lesion_mm : ndarray
    normal_deg : ndarray
        The largest angle to the normal where bone is entered; 0 where none is.
    part_mm : ndarray, shape (n, parts)
        Way in bones with names and in foramina.
    """

    spare_mm: Floats
    spare_at_mm: Floats
    spare_of: npt.NDArray[np.uint8]
    nearness: Floats
    outside_mm: Floats
    cortex_mm: Floats
    bone_mm: Floats
    gas_mm: Floats
    lesion_mm: Floats
    normal_deg: Floats
    part_mm: npt.NDArray[np.float32]


def follow(around: Surroundings, entries_mm: Floats, tips_mm: Floats, tolerance_mm: float) -> Followed:
    """Follow straight paths through the surroundings.

    Parameters
    ----------
    around : Surroundings
    entries_mm, tips_mm : ndarray, shape (n, 3)
        LPS. What of a path lies outside the surroundings counts as air.
    tolerance_mm : float
        How far a tip may come to lie beside its path.
    """
    grid = around.grid
    step = float(grid.spacing_ijk_mm[0])
    n = len(entries_mm)
    out = np.zeros((n, _COLUMNS))
    spare_of = np.full(n, OF_NO_RULE, np.uint8)
    part_mm = np.zeros((n, len(around.parts)), np.float32)
    _follow(
        around.spare_mm, around.spare_of, around.nearness, around.medium, around.bone, around.part,
        (entries_mm - grid.origin_mm) / step, (tips_mm - grid.origin_mm) / step, step, tolerance_mm,
        out, spare_of, part_mm,
    )  # fmt: skip
    column = out.T
    return Followed(
        spare_mm=column[_SPARE], spare_at_mm=column[_SPARE_AT], spare_of=spare_of, nearness=column[_NEAR],
        outside_mm=column[_OUT], cortex_mm=column[_CORTEX_MM], bone_mm=column[_BONE_MM], gas_mm=column[_GAS_MM],
        lesion_mm=column[_LESION_MM], normal_deg=column[_NORMAL], part_mm=part_mm,
    )  # fmt: skip


@numba.njit(cache=True, fastmath=True, nogil=True)
def _between(field, x, y, z):  # type: ignore[no-untyped-def]
    """A field between its cells."""
    nk, nj, ni = field.shape
    x, y, z = min(max(x, 0.0), ni - 1.001), min(max(y, 0.0), nj - 1.001), min(max(z, 0.0), nk - 1.001)
    i, j, k = int(x), int(y), int(z)
    u, v, w = x - i, y - j, z - k
    low = (field[k, j, i] * (1 - u) + field[k, j, i + 1] * u) * (1 - v) + (
        field[k, j + 1, i] * (1 - u) + field[k, j + 1, i + 1] * u
    ) * v
    high = (field[k + 1, j, i] * (1 - u) + field[k + 1, j, i + 1] * u) * (1 - v) + (
        field[k + 1, j + 1, i] * (1 - u) + field[k + 1, j + 1, i + 1] * u
    ) * v
    return low * (1 - w) + high * w


@numba.njit(cache=True, fastmath=True, nogil=True)
def _angle_to_normal(bone, x, y, z, dx, dy, dz):  # type: ignore[no-untyped-def]
    """Between a direction and the slope of the bone, in degrees."""
    gx = _between(bone, x + 1, y, z) - _between(bone, x - 1, y, z)
    gy = _between(bone, x, y + 1, z) - _between(bone, x, y - 1, z)
    gz = _between(bone, x, y, z + 1) - _between(bone, x, y, z - 1)
    steep = np.sqrt(gx * gx + gy * gy + gz * gz)
    if steep < 1e-4:
        return 0.0
    return np.degrees(np.arccos(min(abs(gx * dx + gy * dy + gz * dz) / steep, 1.0)))


@numba.njit(cache=True, fastmath=True, nogil=True, parallel=True)
def _follow(  # type: ignore[no-untyped-def]
    spare_mm, spare_of, nearness, medium, bone, part, entries, tips, cell_mm, tolerance_mm, out, whose, part_mm
):
    """From the tip of every path to its entry; places are in cells."""
    nk, nj, ni = medium.shape
    for n in numba.prange(len(entries)):
        dx, dy, dz = entries[n, 0] - tips[n, 0], entries[n, 1] - tips[n, 1], entries[n, 2] - tips[n, 2]
        length_mm = np.sqrt(dx * dx + dy * dy + dz * dz) * cell_mm
        steps = max(int(np.ceil(length_mm / _STEP_MM)), 1)
        by_mm = length_mm / steps
        ux, uy, uz = dx * cell_mm / length_mm, dy * cell_mm / length_mm, dz * cell_mm / length_mm
        out[n, _SPARE] = 1e9
        in_bone_mm = 0.0
        for s in range(steps + 1):
            f = s / steps
            x, y, z = tips[n, 0] + f * dx, tips[n, 1] + f * dy, tips[n, 2] + f * dz
            i, j, k = int(np.rint(x)), int(np.rint(y)), int(np.rint(z))
            inside = 0 <= i < ni and 0 <= j < nj and 0 <= k < nk
            here = medium[k, j, i] if inside else _OUTSIDE
            if here == _OUTSIDE:
                if length_mm - f * length_mm > _AT_THE_SKIN_MM:
                    out[n, _OUT] += by_mm
                continue
            spare = _between(spare_mm, x, y, z) - tolerance_mm * (1.0 - f)
            if spare < out[n, _SPARE]:
                out[n, _SPARE], out[n, _SPARE_AT], whose[n] = spare, f * length_mm, spare_of[k, j, i]
            out[n, _NEAR] = max(out[n, _NEAR], nearness[k, j, i])
            part_mm[n, part[k, j, i]] += by_mm
            if here >= _CANCELLOUS:
                out[n, _BONE_MM] += by_mm
                in_bone_mm += by_mm
                if here == _CORTEX:
                    out[n, _CORTEX_MM] += by_mm
                continue
            if here == _GAS:
                if length_mm - f * length_mm > _AT_THE_SKIN_MM:
                    out[n, _GAS_MM] += by_mm
            elif here == _LESION:
                out[n, _LESION_MM] += by_mm
            if in_bone_mm >= _SHORTEST_BONE_MM and here != _LESION:
                # Seen from the skin, bone begins half a step below.
                back = 0.5 * by_mm / cell_mm
                angle = _angle_to_normal(bone, x - back * ux, y - back * uy, z - back * uz, ux, uy, uz)
                out[n, _NORMAL] = max(out[n, _NORMAL], angle)
            in_bone_mm = 0.0
