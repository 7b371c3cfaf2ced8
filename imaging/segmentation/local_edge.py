"""A border drawn half-way between a lesion and what lies beside it, place by place."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from imaging.labels import Bools
from imaging.later import edt, ndimage

Field = npt.NDArray[np.float32]

# What lies beside is sampled between these distances: beyond the blur of the edge, before the next tissue.
_BESIDE_MM = (1.0, 2.5)
_AVERAGED_MM = 1.2
_LEAST_SHARE = 0.03
# The border moves by no more than this.
_MOVES_MM = 3.0
_LEAST_STEP_HU = 25.0
# Sure at three quarters of the step.
_GAIN = 4.0


def drawn_halfway(hu: Field, evidence: Field, piece: Bools, step_mm: float) -> Field:
    """Return evidence that changes sign half-way between the density of a piece and that beside it.

    One density for all of the border is too low where it meets cortex and too high where it meets a softened rim of marrow.

    Parameters
    ----------
    hu : ndarray of float32, shape (k, j, i)
    evidence : ndarray of float32
        Between -1 and 1; kept further than 3 mm from the border, and where both sides are alike.
    piece : ndarray of bool
        An even lesion as found with one density for all of its border; not empty.
    step_mm : float

    Returns
    -------
    ndarray of float32
        Between -1 and 1.
    """
    anisotropy = (step_mm,) * 3
    away_mm, depth_mm = edt.edt(~piece, anisotropy=anisotropy), edt.edt(piece, anisotropy=anisotropy)
    middle_hu = np.float32(np.median(hu[depth_mm >= depth_mm.max() / 2]))
    beside = (away_mm > _BESIDE_MM[0]) & (away_mm < _BESIDE_MM[1])
    share = ndimage.gaussian_filter(beside.astype(np.float32), _AVERAGED_MM / step_mm, truncate=2.5)
    total = ndimage.gaussian_filter(np.where(beside, hu, np.float32(0)), _AVERAGED_MM / step_mm, truncate=2.5)
    beside_hu = total / np.maximum(share, _LEAST_SHARE)
    step_hu = beside_hu - middle_hu
    tells = (share > _LEAST_SHARE) & (np.abs(step_hu) > _LEAST_STEP_HU) & (np.maximum(away_mm, depth_mm) < _MOVES_MM)
    passed = (hu - middle_hu) / np.where(tells, step_hu, np.float32(1))
    return np.asarray(np.where(tells, np.clip(_GAIN * (0.5 - passed), -1, 1), evidence), dtype=np.float32)
