"""The plane of symmetry of the skeleton: which way the patient lies, rolled and tilted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.affine_sampling import sample_linear
from imaging.errors import ImagingError
from imaging.geometry import Floats, VoxelGrid
from imaging.later import fft, ndimage
from imaging.resample import resample_hu
from imaging.volume import Volume

_BONE_HU, _BRIGHTEST_HU = 150.0, 500.0
_SAMPLED_MM, _COARSE_MM = 4.0, 8.0
_LEAST_LIKENESS = 0.6
_LEAST_CELLS = 4
_FIRST_STEP_DEG, _LAST_STEP_DEG = 8.0, 0.5
_ROLLS, _TILTS = 3, 2
"""The search begins with so many steps either way: 24 degrees of roll and 16 of tilt, and goes on around the best."""


@dataclass(frozen=True, slots=True, eq=False)
class Midplane:
    """The plane of symmetry.

    Attributes
    ----------
    point_mm : ndarray, shape (3,)
        A point of it, LPS.
    axes : ndarray, shape (3, 3)
        Columns: unit vectors to the patient's left (across the plane), back and head.
    likeness : float
        How much of the skeleton's brightness finds itself again on the other side, at most 1.
    """

    point_mm: Floats
    axes: Floats
    likeness: float


def midplane_of(volume: Volume) -> Midplane:
    """Return the plane of symmetry of a CT.

    Raises
    ------
    ImagingError
        ``no-midplane`` where the image is too small, or its two sides do not resemble each other.
    """
    low, high = volume.grid.bounds_mm
    grid = VoxelGrid.along_axes(np.eye(3), low, high, _SAMPLED_MM, volume.grid.frame_uid)
    found = find_midplane(resample_hu(volume, grid), grid)
    if found.likeness < _LEAST_LIKENESS:
        raise ImagingError(
            "Left and right of this CT look too little alike to find the middle of the body.",
            code="no-midplane",
            hint="Where the image shows one side only, draw what you need by points; a copy to the other side takes a midline.",
        )
    return found


def find_midplane(hu: npt.NDArray[np.floating], grid: VoxelGrid) -> Midplane:
    """Return the plane that mirrors the bones best.

    Parameters
    ----------
    hu : ndarray
        On a grid with equal spacings along L, P and S, NaN outside the CT.
    grid : VoxelGrid

    Raises
    ------
    ImagingError
        ``no-midplane`` if the image is smaller than some centimetres.

    Notes
    -----
    For every roll and tilt the correlation of the turned bones with their mirror image is worked out for all places of
    the plane at once, by a Fourier transform along the rows.
    """
    step = max(round(_COARSE_MM / float(grid.spacing_ijk_mm[0])), 1)
    bone = np.clip(np.nan_to_num(hu, nan=-1000.0) - _BONE_HU, 0.0, _BRIGHTEST_HU).astype(np.float32)
    # Bones at the faces would lose their other half; blurring makes near matches count.
    coarse = ndimage.uniform_filter(bone, step)[step // 2 :: step, step // 2 :: step, step // 2 :: step]
    if min(coarse.shape) < _LEAST_CELLS:
        raise ImagingError(
            "This image is too small to find the middle of the body in it.",
            code="no-midplane",
            hint="Open an image that shows both sides, or say by points what you want to mark.",
        )
    tried: dict[tuple[float, float], tuple[float, float]] = {}

    def likeness(angles: tuple[float, float]) -> float:
        if angles not in tried:
            tried[angles] = _likeness(coarse, _axes(*angles))
        return tried[angles][0]

    step_deg = _FIRST_STEP_DEG
    best = max(
        ((r * step_deg, t * step_deg) for r in range(-_ROLLS, _ROLLS + 1) for t in range(-_TILTS, _TILTS + 1)),
        key=likeness,
    )
    while step_deg > _LAST_STEP_DEG:
        step_deg /= 2
        around = [(best[0] + r * step_deg, best[1] + t * step_deg) for r in (-1, 0, 1) for t in (-1, 0, 1)]
        best = max(around, key=likeness)
    axes = _axes(*best)
    # the place is worked out once more on all of the image
    _, column = _likeness(bone, axes)
    centre = (np.array(bone.shape) - 1) / 2
    turned = np.array([centre[0], centre[1], column])
    kji = axes[::-1, ::-1] @ (turned - centre) + centre
    return Midplane(grid.to_lps(kji[::-1]), axes, tried[best][0])


def _axes(roll_deg: float, tilt_deg: float) -> Floats:
    """Left, back and head after a roll about the head axis and a tilt about the back axis."""
    roll, tilt = np.deg2rad([roll_deg, tilt_deg])
    about_head = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    about_back = np.array([[np.cos(tilt), 0, np.sin(tilt)], [0, 1, 0], [-np.sin(tilt), 0, np.cos(tilt)]])
    return np.asarray(about_head @ about_back, float)


def _likeness(coarse: npt.NDArray[np.float32], axes: Floats) -> tuple[float, float]:
    """Likeness of the best plane across the first axis, and its column."""
    centre = (np.array(coarse.shape) - 1) / 2
    matrix = axes[::-1, ::-1]
    turned = sample_linear(coarse, matrix, centre - matrix @ centre, coarse.shape, 0.0)
    n = turned.shape[2]
    spectrum = fft.rfft(turned, 2 * n, axis=2)
    # sum over x of f(x) f(c - x): how bright mirror pairs about column c / 2 are
    mirrored = fft.irfft((spectrum**2).sum(axis=(0, 1)), 2 * n)[: 2 * n - 1]
    at = int(mirrored.argmax())
    total = float((turned**2).sum())
    shift = 0.0
    if 0 < at < len(mirrored) - 1:
        before, top, after = mirrored[at - 1 : at + 2]
        bend = before - 2 * top + after
        shift = 0.5 * float(before - after) / float(bend) if bend else 0.0
    return (float(mirrored[at]) / total if total else 0.0), (at + shift) / 2
