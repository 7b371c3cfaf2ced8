"""The coccyx, told from the sacrum by the joint between them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from imaging.anatomy.bone_field import BoneField
from imaging.anatomy.bone_seeds import SACRUM
from imaging.anatomy.spine import FoundSpine
from imaging.later import ndimage

COCCYX = 127
_BELOW_MM = (10.0, 45.0)
"""The joint lies so far below the last foramina, S4."""
_CLEAR = 0.22
"""There bone is scarcer and darker by this part than above and below."""
_SMOOTH_MM, _AROUND_MM = 1.5, 9.0


def split_coccyx(
    field: BoneField, shared: npt.NDArray[np.uint8], spine: FoundSpine
) -> tuple[npt.NDArray[np.uint8], list[str]]:
    """Return labels with what lies below the joint as `COCCYX`, and what is doubtful about it.

    Parameters
    ----------
    field : BoneField
    shared : ndarray of uint8, shape (n,)
    spine : FoundSpine
    """
    last = spine.levels.pairs[-1].middle_mm
    sacrum = shared == SACRUM
    s = np.arange(last + _BELOW_MM[0] - _AROUND_MM, last + _BELOW_MM[1] + _AROUND_MM, 1.0)
    own = sacrum & (field.s_mm > s[0]) & (field.s_mm < s[-1])
    if not own.any() or float(np.nanmax(field.s_mm[sacrum])) < s[0] + _AROUND_MM:
        return shared, []
    weight = 1 / (1 + field.of(field.gap_hu)[own].astype(float) / 100.0)
    area = np.histogram(field.s_mm[own], np.append(s, s[-1] + 1) - 0.5, weights=weight)[0]
    profile = ndimage.gaussian_filter1d(area, _SMOOTH_MM)
    n = round(_AROUND_MM)
    before = np.array([profile[max(m - n, 0) : m + 1].max() for m in range(len(profile))])
    behind = np.array([profile[m : m + n + 1].max() for m in range(len(profile))])
    depth = 1 - profile / np.maximum(np.minimum(before, behind), 1e-6)
    depth[(s < last + _BELOW_MM[0]) | (s > last + _BELOW_MM[1])] = 0.0
    deep = int(depth.argmax())
    if depth[deep] < _CLEAR:
        return shared, ["the coccyx was not told from the sacrum"]
    out = shared.copy()
    out[sacrum & (field.s_mm > s[deep])] = COCCYX
    return out, []
