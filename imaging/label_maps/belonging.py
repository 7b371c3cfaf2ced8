"""Whether a label map belongs to a CT, as far as the CT can tell: no file says so itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from imaging.errors import ImagingError
from imaging.geometry import Floats
from imaging.label_maps.names import Meaning
from imaging.labels import Mask
from imaging.structures import BONES, Side, StructureKind
from imaging.volume import Volume

_BONE_HU = 100
_LEAST_DENSE_FRAC = 0.2
"""Of a bone's voxels; marrow of old people is less dense than that, cortex is not."""
_CLEARLY_DENSER_FRAC = 0.15
# Less than from one vertebra to the next, which may be the denser one.
_SHIFTS_MM = (8.0, 16.0)
_POINTS = 30_000
_MOST_DENSE_IN_BOWEL_FRAC = 0.5
_NAME_THEM = 'Put a file of the same name beside it that names its labels, such as {"25": "sacrum"} in JSON.'


def require_belongs(masks: Mapping[Meaning, Mask], volume: Volume, name: str, *, by_number: bool) -> None:
    """Refuse a label map that the CT speaks against.

    Parameters
    ----------
    masks : mapping of Meaning to Mask
        On the CT's voxels.
    volume : Volume
    name : str
        Of the map.
    by_number : bool
        Its labels have no names and were taken by TotalSegmentator's numbers.

    Raises
    ------
    ImagingError
        ``label-map-sides`` where left lies on the right; ``label-map-not-on-bone`` where its bones do not lie on bone,
        or would lie on it much better elsewhere; ``label-names-missing`` where numbers cannot be what they are taken for.
    """
    _require_right_sides(masks, name)
    bones = [mask for meaning, mask in masks.items() if meaning.kind in BONES]
    if by_number:
        _require_numbers(
            bones, [m for meaning, m in masks.items() if meaning.kind is StructureKind.BOWEL], volume, name
        )
    if bones:
        _require_on_bone(bones, volume, name)


def _require_right_sides(masks: Mapping[Meaning, Mask], name: str) -> None:
    of_side = {meaning.side: mask for meaning, mask in masks.items() if meaning.kind is StructureKind.ILIUM}
    if len(of_side) < 2:
        return
    left, right = (of_side[side].points_mm()[:, 0].mean() for side in (Side.LEFT, Side.RIGHT))
    if left <= right:
        raise ImagingError(
            f"What {name} calls left lies on the patient's right: the map is mirrored, or its names are.",
            code="label-map-sides",
            hint="Export it again from the program it comes from, with the geometry of the CT.",
        )


def _require_on_bone(bones: Iterable[Mask], volume: Volume, name: str) -> None:
    points = _some_points(bones)
    here = _dense_frac(volume, points)
    steps = [np.array(turn) for turn in np.ndindex(3, 3, 3) if turn != (1, 1, 1)]
    moves = [shift_mm * (step - 1.0) for shift_mm in _SHIFTS_MM for step in steps]
    best, at = max(((_dense_frac(volume, points + move), n) for n, move in enumerate(moves)))
    if here >= _LEAST_DENSE_FRAC and best - here < _CLEARLY_DENSER_FRAC:
        return
    elsewhere = f", and {100 * best:.0f} % would be {np.linalg.norm(moves[at]):.0f} mm away" if best > here else ""
    raise ImagingError(
        f"The bones of {name} do not lie on the bones of this CT: {100 * here:.0f} % of their voxels are as dense as "
        f"bone{elsewhere}.",
        code="label-map-not-on-bone",
        hint="Choose the label map that was made from this very CT.",
        context={"dense_frac": here, "dense_elsewhere_frac": best, "elsewhere_mm": moves[at].tolist()},
    )


def _require_numbers(bones: list[Mask], bowel: list[Mask], volume: Volume, name: str) -> None:
    if not bones:
        raise ImagingError(
            f"{name} does not name its labels, and taken by TotalSegmentator's numbers none of them is a bone, by which "
            "that could be judged.",
            code="label-names-missing",
            hint=_NAME_THEM,
        )
    if bowel and (dense := _dense_frac(volume, _some_points(bowel))) > _MOST_DENSE_IN_BOWEL_FRAC:
        raise ImagingError(
            f"{name} does not name its labels, and taken by TotalSegmentator's numbers {100 * dense:.0f} % of its bowel is "
            "as dense as bone: it may come from version 1, which numbers otherwise.",
            code="label-names-missing",
            hint=_NAME_THEM,
            context={"dense_frac": dense},
        )


def _some_points(masks: Iterable[Mask]) -> Floats:
    points = np.concatenate([mask.points_mm() for mask in masks])
    return points[:: max(len(points) // _POINTS, 1)]


def _dense_frac(volume: Volume, points_mm: Floats) -> float:
    """The share of points that are as dense as bone; those outside the CT are not."""
    kji = np.rint(volume.grid.to_ijk(points_mm)).astype(int)[:, ::-1]
    inside = ((kji >= 0) & (kji < volume.grid.shape_kji)).all(axis=1)
    k, j, i = kji[inside].T
    return float((volume.hu[k, j, i] > _BONE_HU).sum() / len(points_mm))
