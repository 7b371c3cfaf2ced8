"""How far apart the surfaces of bone lie after a registration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.affine_sampling import sample_linear
from imaging.anatomy.planes import without_holes
from imaging.geometry import Floats
from imaging.labels import Bools
from imaging.later import measure, ndimage, spatial
from imaging.registration.bone_image import BONE_HU, SPACING_MM, BoneImage
from imaging.registration.refine import compared, moved

_FARTHEST_MM = 15.0
"""A surface without a counterpart nearer than this counts as so far away."""
_BESIDE_MM = 3.0
"""So near to a counterpart only the distance across its surface counts: vertices do not lie opposite each other."""
_MARROW_CM2 = 2.0
_FILLED_HU = BONE_HU + 100.0
_LEAST_POINTS = 200

Image = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Residual:
    """What is left between two skeletons that were registered.

    Attributes
    ----------
    mean_mm, p95_mm : float
        Distances between their surfaces, both ways: mean, and what 95 % do not exceed.
    agreement : float
        Dice of both bones where both CT show the patient.
    overlap : float
        Share of the new CT's bone that lies within the planning CT.
    bone_cm3 : float
        Of the new CT, within the planning CT.
    """

    mean_mm: float
    p95_mm: float
    agreement: float
    overlap: float
    bone_cm3: float


def residual(
    target: BoneImage, source: BoneImage, placement: Floats, about_mm: Floats | None = None, within_mm: float = 0.0
) -> Residual:
    """Return what is left between two skeletons.

    Parameters
    ----------
    target, source : BoneImage
    placement : ndarray, shape (4, 4)
        Target from source, LPS.
    about_mm : ndarray, shape (n, 3), optional
        Points of the target; with them only bone within ``within_mm`` is looked at, but overlap is that of all bone.
    within_mm : float
    """
    inside = target.grid.contains(moved(placement, source.bone_points_mm))
    voxel_cm3 = source.grid.voxel_volume_mm3 / 1000
    counted = compared(target, source, placement, about_mm, within_mm)
    other, seen = _on_source(target, source, placement)
    counted &= seen
    own, other = _equally_blurred(source, target, other)
    own_bone, other_bone = _without_marrow(own), _without_marrow(other)
    both = int(np.count_nonzero(own_bone[1] & other_bone[1] & counted))
    sizes = int(np.count_nonzero(own_bone[1] & counted)) + int(np.count_nonzero(other_bone[1] & counted))
    away_mm = _between(own_bone[0], other_bone[0], counted)
    return Residual(
        mean_mm=float(away_mm.mean()),
        p95_mm=float(np.percentile(away_mm, 95)),
        agreement=2 * both / max(sizes, 1),
        overlap=float(inside.mean()),
        bone_cm3=float(inside.sum()) * voxel_cm3,
    )


def _on_source(target: BoneImage, source: BoneImage, placement: Floats) -> tuple[Image, Bools]:
    """The target on the source's voxels, and which of them it shows."""
    ijk = target.grid.ijk_from_lps @ placement @ source.grid.lps_from_ijk
    matrix, offset, shape = ijk[:3, :3][::-1, ::-1], ijk[:3, 3][::-1], source.grid.shape_kji
    seen = sample_linear(target.seen, matrix, offset, shape, 0.0) > 0.99
    return sample_linear(target.hu, matrix, offset, shape, 0.0), seen


def _equally_blurred(source: BoneImage, target: BoneImage, other: Image) -> tuple[Image, Image]:
    """Both as thick slices show them: the CT of thinner slices is blurred across them as the other one is."""
    across = 0.25 * (source.slice_mm**2 - target.slice_mm**2) / SPACING_MM**2
    sigma = float(np.sqrt(abs(across)))
    if across > 0:
        return source.hu, ndimage.gaussian_filter1d(other, sigma, axis=0, mode="nearest")
    return ndimage.gaussian_filter1d(source.hu, sigma, axis=0, mode="nearest") if sigma else source.hu, other


def _without_marrow(hu: Image) -> tuple[Image, Bools]:
    """Brightness with what cortex encloses filled, so that its edge is the outer surface of bone; and the bone."""
    bone = hu > BONE_HU
    most = round(_MARROW_CM2 * 100 / SPACING_MM**2)
    filled = np.empty_like(bone)
    for k, plane in enumerate(bone):
        closed = ndimage.binary_closing(np.pad(plane, 2))[2:-2, 2:-2]
        holes, _ = ndimage.label(without_holes(closed) & ~plane)
        sizes = np.bincount(holes.ravel())
        filled[k] = plane | ((holes > 0) & (sizes <= most)[holes])
    return np.where(filled & ~bone, np.float32(_FILLED_HU), hu), filled


def _between(own: Image, other: Image, counted: Bools) -> Floats:
    """Distances between both surfaces where they are compared, from each to the other, shape (n,)."""
    first, second = _surface(own), _surface(other)
    if min(len(first[0]), len(second[0])) < _LEAST_POINTS:
        return np.full(1, _FARTHEST_MM)
    there, back = _away(first, second, counted), _away(second, first, counted)
    found = np.concatenate([there, back])
    return found if len(found) >= _LEAST_POINTS else np.full(1, _FARTHEST_MM)


def _surface(hu: Image) -> tuple[Floats, Floats]:
    """Points in voxels and unit normals of the surface of bone, each of shape (n, 3)."""
    if not (hu > BONE_HU).any():
        return np.zeros((0, 3)), np.zeros((0, 3))
    points, _, normals, _ = measure.marching_cubes(hu, BONE_HU)
    return np.asarray(points, float), np.asarray(normals, float)


def _away(surface: tuple[Floats, Floats], other: tuple[Floats, Floats], counted: Bools) -> Floats:
    points = surface[0]
    at = np.rint(points).astype(int)
    points = points[counted[tuple(at.T)]]
    distance, nearest = spatial.cKDTree(other[0]).query(points, distance_upper_bound=_FARTHEST_MM / SPACING_MM)
    distance = np.minimum(distance * SPACING_MM, _FARTHEST_MM)
    near = np.flatnonzero(distance < _BESIDE_MM)
    of = nearest[near]
    distance[near] = SPACING_MM * np.abs(((points[near] - other[0][of]) * other[1][of]).sum(axis=1))
    return np.asarray(distance)
