"""Where a straight path from a target leaves the body."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from imaging.later import ndimage
from imaging.volume import Volume
from planning.errors import PlanError

_STEP_MM = 0.25
_AIR_BELOW_HU = -350.0
# Gas in bowel is no skin: behind the last tissue there must be this much air, or the end of the CT.
_LONGEST_GAS_MM = 60.0


def require_target(volume: Volume, target_mm: npt.ArrayLike) -> None:
    """Refuse a target that no needle can have.

    Raises
    ------
    PlanError
        ``probe-outside`` or ``target-in-air``.
    """
    hu = volume.hu_at(target_mm)
    if hu is None:
        raise PlanError("The target lies outside the CT.", code="probe-outside", hint="Choose a target on the slices.")
    if hu <= _AIR_BELOW_HU:
        raise PlanError(
            f"The target lies in air ({hu:.0f} HU).", code="target-in-air", hint="Choose a target in tissue."
        )


def entry_on_skin(volume: Volume, target_mm: npt.ArrayLike, towards_mm: npt.ArrayLike) -> Floats:
    """Return where the line from a target through another point leaves the skin.

    Parameters
    ----------
    volume : Volume
    target_mm, towards_mm : array_like, shape (3,)
        LPS.

    Returns
    -------
    ndarray, shape (3,)
        The first tissue seen from outside along the line. The CT table counts as outside where air lies between.

    Raises
    ------
    PlanError
        ``path-no-direction`` if both points coincide; ``probe-outside``; ``target-in-air``; ``skin-not-in-ct`` if the line leaves
        the CT before it leaves the body.
    """
    target, towards = np.asarray(target_mm, float), np.asarray(towards_mm, float)
    length_mm = float(np.linalg.norm(towards - target))
    if length_mm < 1.0:
        raise PlanError(
            "Entry and target are the same point.", code="path-no-direction", hint="Click the entry away from it."
        )
    require_target(volume, target)
    low, high = volume.grid.bounds_mm
    reach_mm = float(np.linalg.norm(high - low))
    at_mm = np.arange(0.0, reach_mm, _STEP_MM)
    points = target + at_mm[:, None] * (towards - target) / length_mm
    points = points[volume.grid.contains(points)]
    hu = ndimage.map_coordinates(
        volume.hu, volume.grid.to_ijk(points)[:, ::-1].T, order=1, mode="nearest", output=np.float32
    )
    tissue = hu > _AIR_BELOW_HU
    # The target's own voxel is tissue, whatever lies between it and its neighbours.
    tissue[0] = True
    last = _end_of_body(tissue)
    if last == len(points) - 1:
        raise PlanError(
            "The path leaves the CT before it reaches the skin.",
            code="skin-not-in-ct",
            hint="Choose another direction, or a CT that shows the skin there.",
        )
    return np.asarray(points[last])


def _end_of_body(tissue: npt.NDArray[np.bool_]) -> int:
    """Index of the last tissue before air that is too long for a gas-filled bowel loop, or that is the table's gap."""
    longest = int(_LONGEST_GAS_MM / _STEP_MM)
    edges = np.flatnonzero(np.diff(np.concatenate([tissue, [False]]).astype(np.int8)) == -1)
    starts = np.flatnonzero(np.diff(np.concatenate([[False], tissue]).astype(np.int8)) == 1)
    for n, stop in enumerate(edges):
        following = starts[n + 1] if n + 1 < len(starts) else len(tissue)
        if following - stop > longest or _only_table(tissue, int(stop)):
            return int(stop)
    return int(edges[-1])


def _only_table(tissue: npt.NDArray[np.bool_], stop: int) -> bool:
    """Whether what follows a gap is thinner than any body wall: the table's shell."""
    rest = tissue[stop + 1 :]
    return int(np.count_nonzero(rest)) * _STEP_MM < 30.0
