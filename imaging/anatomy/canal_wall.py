"""The canal's wall on the voxels of the CT: where brightness has risen half-way to that of its cortex."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import ndimage

from imaging.anatomy.canal import Canal
from imaging.anatomy.straight import STEP_MM
from imaging.resample import hu_at
from imaging.volume import Volume

_INWARDS_MM, _OUTWARDS_MM, _FINE_MM = 2.0, 3.0, 0.25
_LEAST_RISE_HU = 100.0
_SMOOTH_RAYS, _SMOOTH_MM = 0.7, 1.5


def at_half_height(canal: Canal, volume: Volume) -> Canal:
    """Return the canal with its wall where the CT's own voxels show it.

    Parameters
    ----------
    canal : Canal
        As found on coarser voxels, whose blurred bone reaches into the canal.
    volume : Volume

    Notes
    -----
    Rays that left through an opening move as much as their neighbours do.
    """
    n, rays = canal.wall_mm.shape
    angle = 2 * np.pi * np.arange(rays) / rays
    along = np.arange(-_INWARDS_MM, _OUTWARDS_MM + _FINE_MM / 2, _FINE_MM)
    r = canal.wall_mm[:, :, None] + along
    s = (STEP_MM * np.arange(n))[:, None, None]
    places = canal.spine.to_lps(s, r * np.cos(angle)[:, None], r * np.sin(angle)[:, None])
    hu = hu_at(volume, places)
    inside, brightest = hu.min(axis=2), hu.max(axis=2)
    half = 0.5 * (inside + brightest)
    # outwards from the darkest place, the first that is half-way up
    beyond = (hu >= half[..., None]) & (np.arange(len(along)) >= hu.argmin(axis=2)[..., None])
    moved = along[beyond.argmax(axis=2)]
    told = canal.seen & (brightest - inside > _LEAST_RISE_HU)
    known = np.where(told, moved, 0.0)
    weight = told.astype(float)
    for axis, sigma, mode in ((0, _SMOOTH_MM / STEP_MM, "nearest"), (1, _SMOOTH_RAYS, "wrap")):
        known, weight = (ndimage.gaussian_filter1d(a, sigma, axis=axis, mode=mode) for a in (known, weight))
    usual = float(np.median(moved[told])) if told.any() else 0.0
    shift = np.where(weight > 0.05, known / np.maximum(weight, 1e-6), usual)
    return replace(canal, wall_mm=np.maximum(canal.wall_mm + shift, 0.0))
