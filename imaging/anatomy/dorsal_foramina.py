"""The dorsal sacral foramina: gaps in the bone behind the canal, one for every ventral foramen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from imaging.anatomy.canal import Canal, SpineImage
from imaging.anatomy.fine_image import FineImage
from imaging.anatomy.foramina import ForamenPair
from imaging.anatomy.mouths import dorsal_mouth
from imaging.anatomy.roots import sign_of
from imaging.geometry import Floats
from imaging.labels import Bools
from imaging.later import ndimage
from imaging.structures import Side, Tube

_DEPTH_MM = (4.0, -24.0)
"""What of the bone about and behind the canal's middle is looked through, from the front to the back."""
_ALONG_MM, _ASIDE_MM = 9.0, (10.0, 30.0)
"""How far along the canal from its ventral fellow, and how far beside the middle, one may lie."""
_DARKEST_HU, _BRIGHTEST_HU = -60.0, 450.0
_BLOB_MM = 3.0
_LEAST_CONTRAST_HU, _CLEAR_HU = 35.0, 110.0
_BONE_HU = 170.0
_RIM_MM = (4.0, 8.0)
_OPEN_PART, _OPEN_SURE = 0.5, 0.5
_USUAL_RADIUS_MM = 3.6
"""Of S2, the lowest that was measured: 7.05 x 7.30 mm high x wide (EVIDENCE S103)."""
_NO_RING = "no ring of bone closes its way from the canal: place and width are uncertain"
_LAYER_MM, _LEADS_ASIDE_MM = 4.0, 7.0
_APART_MM, _APART_SURE = 5.0, 0.5
"""Left and right lie so near to each other's mirror image; on the phantoms 0 to 4.5 mm but beside tumours."""


@dataclass(frozen=True, slots=True, eq=False)
class DorsalForamen:
    """Where a dorsal foramen opens.

    Attributes
    ----------
    level : str
    side : Side
    centre_mm : ndarray, shape (3,)
        Middle of its mouth at the back of the sacrum, LPS.
    tube : Tube
        From the canal to the mouth.
    confidence : float
        0 to 1, from how much darker it is than the bone around, and how alike both sides are.
    reasons : tuple of str
        What lowers the confidence.
    """

    level: str
    side: Side
    centre_mm: Floats
    tube: Tube
    confidence: float
    reasons: tuple[str, ...] = ()


def find_dorsal_foramina(
    image: SpineImage, canal: Canal, fine: FineImage, pairs: Mapping[str, ForamenPair]
) -> tuple[DorsalForamen, ...]:
    """Return the dorsal foramina that are seen behind the ventral ones.

    Parameters
    ----------
    image : SpineImage
    canal : Canal
    fine : FineImage
        Of the sacrum.
    pairs : mapping of str to ForamenPair
        The ventral ones by level.
    """
    found: list[DorsalForamen] = []
    for level, pair in pairs.items():
        sides = (_find(image, canal, fine, level, side, pair.s_mm[side]) for side in Side)
        found += _compared(canal, [foramen for foramen in sides if foramen is not None])
    return tuple(found)


def _compared(canal: Canal, of_level: list[DorsalForamen]) -> list[DorsalForamen]:
    """Doubt both foramina of a level where they lie too far from each other's mirror image: one was seen in a gap of a tumour."""
    if len(of_level) < len(Side):
        return of_level
    one, other = (foramen.centre_mm for foramen in of_level)
    at = int(np.linalg.norm(canal.spine.points_mm - one, axis=1).argmin())
    left = canal.spine.left[at]
    mirrored = one - 2 * ((one - canal.spine.points_mm[at]) @ left) * left
    apart_mm = float(np.linalg.norm(mirrored - other))
    if apart_mm <= _APART_MM:
        return of_level
    reason = f"left and right lie {apart_mm:.0f} mm from each other's mirror image"
    return [replace(f, confidence=f.confidence * _APART_SURE, reasons=(*f.reasons, reason)) for f in of_level]


def _find(
    image: SpineImage, canal: Canal, fine: FineImage, level: str, side: Side, ventral_mm: float
) -> DorsalForamen | None:
    margin = 3 * _BLOB_MM
    s = np.arange(ventral_mm - _ALONG_MM - margin, ventral_mm + _ALONG_MM + margin + 0.5)
    aside = np.arange(_ASIDE_MM[0] - margin, _ASIDE_MM[1] + margin + 0.5)
    depth = np.arange(_DEPTH_MM[0], _DEPTH_MM[1] - 0.5, -1.0)
    hu = canal.spine.sample(
        image.hu, image.grid, s[:, None, None], sign_of(side) * aside[None, :, None], depth, outside=-1000.0
    )
    allowed = (abs(s - ventral_mm) <= _ALONG_MM)[:, None] & (aside >= _ASIDE_MM[0]) & (aside <= _ASIDE_MM[1])
    row, column, contrast = _darkest(hu, allowed)
    away = np.hypot(s[:, None] - s[row], aside - aside[column])
    back = _back_mm(hu, depth, away)
    if contrast < _LEAST_CONTRAST_HU or back is None:
        return None
    # the tunnel leads aside as it goes back: its mouth is where the last layer of bone is open
    layer = (depth <= back + _LAYER_MM) & (depth >= back - _LAYER_MM)
    row, column, _ = _darkest(hu[:, :, layer], allowed & (away <= _LEADS_ASIDE_MM))
    seen = canal.spine.to_lps(s[row], sign_of(side) * aside[column], back)
    opening = dorsal_mouth(fine, canal, seen)
    confidence, tube = float(np.clip(contrast / _CLEAR_HU, 0.0, 1.0)), opening.channel
    reasons: tuple[str, ...] = ()
    if opening.open_part > _OPEN_PART:
        # without a ring of bone nothing tells its width
        confidence *= _OPEN_SURE
        tube = Tube(tube.points_mm, np.minimum(tube.radii_mm, _USUAL_RADIUS_MM))
        reasons = (_NO_RING,)
    return DorsalForamen(level, side, opening.middle_mm, tube, confidence, reasons)


def _darkest(hu: Floats, allowed: Bools) -> tuple[int, int, float]:
    """The darkest blob of what is looked through, and its contrast."""
    densest = np.clip(hu.max(axis=2), _DARKEST_HU, _BRIGHTEST_HU)
    dark = np.where(allowed, ndimage.gaussian_laplace(densest, _BLOB_MM) * _BLOB_MM**2, -np.inf)
    row, column = np.unravel_index(int(dark.argmax()), dark.shape)
    return int(row), int(column), float(dark[row, column])


def _back_mm(hu: Floats, depth: Floats, away_mm: Floats) -> float | None:
    """How far in front of the canal's middle the back of the bone around a place is; None without bone."""
    rim = hu[(away_mm >= _RIM_MM[0]) & (away_mm <= _RIM_MM[1])] > _BONE_HU
    with_bone = rim[rim.any(axis=1)]
    if not len(with_bone):
        return None
    last = with_bone.shape[1] - 1 - with_bone[:, ::-1].argmax(axis=1)
    return float(np.median(depth[last]))
