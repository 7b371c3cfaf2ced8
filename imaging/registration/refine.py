"""A placement made exact: the brightness of bone compared point by point, by SimpleITK."""

from __future__ import annotations

import numpy as np

from imaging.geometry import Floats, VoxelGrid
from imaging.labels import Bools, Box
from imaging.later import SimpleITK, ndimage
from imaging.later import transform as rotations
from imaging.progress import Progress
from imaging.registration.bone_image import SPACING_MM, BoneImage

_SHELL_MM = 4.0
"""Bone is compared with what lies so near to it."""
_LEAST_VOXELS = 500
_LEVELS = ((2, 2.0), (1, 1.0), (1, 0.0))
"""Voxels of the skeleton a step, and blur in voxels, from coarse to fine."""
_STEPS = 80
_FIRST_STEP_MM, _LAST_STEP_MM = 2.0, 0.002


def refined(
    target: BoneImage, source: BoneImage, start: Floats, progress: Progress, *, levels: int = len(_LEVELS),
    about_mm: Floats | None = None, within_mm: float = 0.0,
) -> tuple[Floats, float]:  # fmt: skip
    """Return a rigid placement near another at which both skeletons agree best, and how well.

    Parameters
    ----------
    target, source : BoneImage
    start : ndarray, shape (4, 4)
        Target from source, LPS.
    progress : Progress
    levels : int
        How many levels of fineness, from the coarsest on.
    about_mm : ndarray, shape (n, 3), optional
        Points of the target; with them only bone within ``within_mm`` counts.
    within_mm : float

    Returns
    -------
    tuple of ndarray, shape (4, 4), and float
        Target from source, and the correlation there, at most 1. The start and 0 where both hardly overlap.

    Raises
    ------
    Cancelled
    """
    counted = compared(target, source, start, about_mm, within_mm)
    if np.count_nonzero(counted) < _LEAST_VOXELS:
        return start, 0.0
    margin = round(8.0 / SPACING_MM)
    points = source.grid.to_lps(np.argwhere(counted)[:, ::-1])
    source_box, target_box = (
        _box(grid, at, margin) for grid, at in ((source.grid, points), (target.grid, moved(start, points)))
    )
    method = SimpleITK.ImageRegistrationMethod()
    method.SetMetricAsCorrelation()
    method.SetInterpolator(SimpleITK.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(
        learningRate=_FIRST_STEP_MM, minStep=_LAST_STEP_MM, numberOfIterations=_STEPS, relaxationFactor=0.6,
        gradientMagnitudeTolerance=1e-6,
    )  # fmt: skip
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel([shrink for shrink, _ in _LEVELS[:levels]])
    method.SetSmoothingSigmasPerLevel([sigma for _, sigma in _LEVELS[:levels]])
    method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOff()
    # Gradients where they are needed take less time than those of whole images.
    method.MetricUseFixedImageGradientFilterOff()
    method.MetricUseMovingImageGradientFilterOff()
    method.SetNumberOfThreads(1)  # sums in one order: the same result every time
    method.SetMetricFixedMask(_image(counted.astype(np.uint8), source.grid, source_box))
    method.SetMetricMovingMask(_image(target.seen.astype(np.uint8), target.grid, target_box))
    transform = _euler(start, points.mean(axis=0))
    method.SetInitialTransform(transform, inPlace=True)
    _listen(method, progress, levels * _STEPS)
    try:
        method.Execute(_image(source.hu, source.grid, source_box), _image(target.hu, target.grid, target_box))
    except RuntimeError as error:
        if "outside" in str(error) or "valid points" in str(error) or "overlap" in str(error):
            return start, 0.0
        raise
    progress.report(1.0, "")
    return _matrix(transform), max(-float(method.GetMetricValue()), 0.0)


def compared(
    target: BoneImage, source: BoneImage, placement: Floats, about_mm: Floats | None, within_mm: float
) -> Bools:
    """Return the voxels of the source that count: bone and what lies near it, seen by both."""
    steps = round(_SHELL_MM / SPACING_MM)
    near = ndimage.binary_dilation(source.bone, iterations=steps) & source.seen
    at = np.argwhere(near)
    places = moved(placement, source.grid.to_lps(at[:, ::-1]))
    counts = target.grid.contains(places)
    if about_mm is not None:
        counts &= np.linalg.norm(places[:, None] - about_mm[None], axis=2).min(axis=1) <= within_mm
    near[tuple(at[~counts].T)] = False
    return np.asarray(near)


def moved(placement: Floats, points_mm: Floats) -> Floats:
    """Return points of the source, shape (n, 3), where a placement puts them."""
    return np.asarray(points_mm @ placement[:3, :3].T + placement[:3, 3])


def _box(grid: VoxelGrid, points_mm: Floats, margin: int) -> Box:
    kji = grid.to_ijk(points_mm)[:, ::-1]
    start = np.clip(np.floor(kji.min(axis=0)).astype(int) - margin, 0, None)
    stop = np.minimum(np.ceil(kji.max(axis=0)).astype(int) + margin + 1, grid.shape_kji)
    return Box(tuple(start.tolist()), tuple(stop.tolist()))


def _image(values: np.ndarray, grid: VoxelGrid, box: Box) -> SimpleITK.Image:
    image = SimpleITK.GetImageFromArray(np.ascontiguousarray(values[box.slices]))
    image.SetSpacing(grid.spacing_ijk_mm.tolist())
    image.SetOrigin(grid.to_lps(np.array(box.start_kji[::-1])).tolist())
    image.SetDirection(grid.directions.ravel().tolist())
    return image


def _euler(matrix: Floats, centre_mm: Floats) -> SimpleITK.Euler3DTransform:
    """A rigid matrix as angles about a point."""
    z, x, y = rotations.Rotation.from_matrix(matrix[:3, :3]).as_euler("ZXY")
    transform = SimpleITK.Euler3DTransform()
    transform.SetCenter(centre_mm.tolist())
    transform.SetRotation(float(x), float(y), float(z))
    transform.SetTranslation((moved(matrix, centre_mm[None])[0] - centre_mm).tolist())
    return transform


def _matrix(transform: SimpleITK.Euler3DTransform) -> Floats:
    turn = np.array(transform.GetMatrix()).reshape(3, 3)
    centre = np.array(transform.GetCenter())
    matrix = np.eye(4)
    matrix[:3, :3] = turn
    matrix[:3, 3] = centre + np.array(transform.GetTranslation()) - turn @ centre
    return matrix


def _listen(method: SimpleITK.ImageRegistrationMethod, progress: Progress, steps: int) -> None:
    """Report every step, and stop at one where the work was cancelled."""
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if progress.cancelled:
            method.StopRegistration()
            return
        progress.report(min(done / steps, 1.0), "Registering bone")

    method.AddCommand(SimpleITK.sitkIterationEvent, step)
