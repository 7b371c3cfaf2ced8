"""A structure from scribbles inside and outside it, which compete for the voxels between them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.segmentation import watershed

from imaging.errors import ImagingError
from imaging.geometry import Floats
from imaging.labels import Mask
from imaging.segmentation.working_cube import WorkingCube, cube_around
from imaging.volume import Volume

_INSIDE, _OUTSIDE = 1, 2
_AROUND_MM = 12.0
_WIDEST_MM = 60.0
_EDGE_MM = 0.8
_SMOOTHING_MM = 0.8
# Densities are compared after this smoothing, in classes of 8 HU that each speak for some 16 HU about them.
_LIKENESS_MM = 1.2
_LOWEST_HU, _BIN_HU, _BINS, _BIN_SPREAD = 1024, 8.0, 512, 2.0
_DOUBT = 0.1


def from_scribbles(volume: Volume, inside_mm: npt.ArrayLike, outside_mm: npt.ArrayLike, radius_mm: float = 1.0) -> Mask:
    """Return what the inner scribbles hold against the outer ones.

    Both flood the CT from where they were drawn, edges last; what lies further from the inner scribbles than a little more
    than their own extent is outside.

    Parameters
    ----------
    volume : Volume
    inside_mm, outside_mm : array_like, shape (n, 3)
        LPS points of the scribbles, closer together than ``radius_mm``; the outer ones may be none.
    radius_mm : float
        Half the width of a scribble.

    Raises
    ------
    ImagingError
        ``scribble-missing`` without a point inside that the CT shows; ``scribble-conflict`` where scribbles cross.
    """
    inside = np.asarray(inside_mm, float).reshape(-1, 3)
    outside = np.asarray(outside_mm, float).reshape(-1, 3)
    inside = inside[volume.grid.contains(inside)] if len(inside) else inside
    if not len(inside):
        raise ImagingError(
            "No scribble says what is inside.", code="scribble-missing", hint="Draw inside the structure first."
        )
    everything = np.concatenate([inside, outside])
    middle = (inside.min(axis=0) + inside.max(axis=0)) / 2
    half_mm = min(max(float(np.abs(everything - middle).max()) + 3.0, float(np.ptp(inside, axis=0).max()) / 2 + _AROUND_MM),
                  _WIDEST_MM)  # fmt: skip
    cube = cube_around(volume, middle, half_mm)
    markers = np.zeros(cube.hu.shape, np.int32)
    for face in (0, -1):
        markers[face], markers[:, face], markers[:, :, face] = _OUTSIDE, _OUTSIDE, _OUTSIDE
    markers[~cube.inside] = _OUTSIDE
    drawn = [_near(cube.grid.to_ijk(points), markers.shape, radius_mm / cube.step_mm) for points in (outside, inside)]
    if (drawn[0] & drawn[1]).any():
        raise ImagingError(
            "A scribble inside crosses one outside.", code="scribble-conflict", hint="Take one of them back."
        )
    markers[drawn[0]], markers[drawn[1]] = _OUTSIDE, _INSIDE
    steep = ndimage.gaussian_gradient_magnitude(
        _likeness(cube, drawn[1], drawn[0]), _EDGE_MM / cube.step_mm, truncate=3.0
    )
    found = watershed(steep, markers) == _INSIDE
    level = ndimage.gaussian_filter(found.astype(np.float32), _SMOOTHING_MM / cube.step_mm, truncate=3.0) - 0.5
    level[drawn[1]], level[drawn[0]] = 0.5, -0.5
    box, voxels = cube.above_zero(volume.grid, level.astype(np.float32), found)
    return Mask.from_array(volume.grid, voxels, box.start_kji)


def _likeness(
    cube: WorkingCube, inside: npt.NDArray[np.bool_], outside: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float32]:
    """How much more the density of every point is that of the inner scribbles than that of the outer ones.

    An edge between two tissues of which neither was scribbled on is none, nor is noise.
    """
    hu = cube.smoothed(_LIKENESS_MM)
    bins = np.clip(np.rint((hu + _LOWEST_HU) / _BIN_HU), 0, _BINS - 1).astype(int)

    def frequency(drawn: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        counts = np.bincount(bins[drawn], minlength=_BINS).astype(float)
        smooth = ndimage.gaussian_filter1d(counts, _BIN_SPREAD, mode="constant")
        return np.asarray(smooth / max(smooth.max(), 1e-9))

    inner, outer = frequency(inside), frequency(outside)
    return np.asarray((inner / (inner + outer + _DOUBT))[bins], dtype=np.float32)


def _near(ijk: Floats, shape: tuple[int, ...], radius: float) -> npt.NDArray[np.bool_]:
    """The points of a scribble, as thick as it was drawn."""
    out = np.ones(shape, bool)
    kji = np.rint(ijk[:, ::-1]).astype(int)
    kji = kji[((kji >= 0) & (kji < shape)).all(axis=1)]
    out[tuple(kji.T)] = False
    if out.all():
        return ~out
    reach = int(np.ceil(radius))
    offsets = np.indices((2 * reach + 1,) * 3).reshape(3, -1).T - reach
    offsets = offsets[(offsets**2).sum(axis=1) <= radius**2]
    all_ = (kji[:, None] + offsets[None]).reshape(-1, 3)
    all_ = all_[((all_ >= 0) & (all_ < shape)).all(axis=1)]
    out[tuple(all_.T)] = False
    return ~out
