"""A structure from scribbles inside and outside it, which compete for the voxels between them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from imaging.errors import ImagingError
from imaging.geometry import Floats
from imaging.labels import Bools, Box, Mask
from imaging.later import edt, ndimage
from imaging.segmentation.competition import share_inside
from imaging.segmentation.halved import COARSER, Field, coarser, finer
from imaging.segmentation.pieces import labelled
from imaging.segmentation.working_cube import WorkingCube, cube_around
from imaging.volume import Volume

_INSIDE, _OUTSIDE = 1, 2
_AROUND_MM = 12.0
_WIDEST_MM = 60.0
# Densities are compared after this smoothing, in classes of 8 HU that each speak for some 16 HU about them.
_LIKENESS_MM = 1.2
_LOWEST_HU, _BIN_HU, _BINS, _BIN_SPREAD = 1024, 8.0, 512, 2.0
_DOUBT = 0.002
_FACES_SHARE = 0.1
# Nearer than this to a scribble, distance tells no more.
_NEAREST_MM = 2.0
# A point's own look counts as much as what lies around it so far.
_SEEN_MM = 2.5


def from_scribbles(volume: Volume, inside_mm: npt.ArrayLike, outside_mm: npt.ArrayLike, radius_mm: float = 1.0) -> Mask:
    """Return what the inner scribbles hold against the outer ones.

    A walk from every point ends at one or the other, by the densities met under them and by what is nearer; see
    `competition`. What lies further from the inner scribbles than a little more than their own extent is outside. Every
    voxel that was scribbled on keeps its label.

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
    voxels_drawn = [np.rint(volume.grid.to_ijk(points)).astype(int) for points in (outside, inside)]
    if (drawn[0] & drawn[1]).any() or {*map(tuple, voxels_drawn[0])} & {*map(tuple, voxels_drawn[1])}:
        raise ImagingError(
            "A scribble inside crosses one outside.", code="scribble-conflict", hint="Take one of them back."
        )
    markers[drawn[0]], markers[drawn[1]] = _OUTSIDE, _INSIDE
    prior = _likeness(cube, drawn[1], drawn[0], markers == _OUTSIDE)
    pull = (cube.step_mm / _SEEN_MM) ** 2
    share = share_inside(prior, pull, markers == _INSIDE, markers == _OUTSIDE)
    pieces, _ = labelled(share > 0.5)
    found = np.isin(pieces, np.unique(pieces[drawn[1]]))
    box, voxels = cube.above_zero(volume.grid, np.where(found, share, np.minimum(share, 0.5)) - np.float32(0.5), found)
    return Mask.from_array(volume.grid, _kept(volume, box, voxels, inside, outside), box.start_kji)


def _likeness(cube: WorkingCube, inside: Bools, outside: Bools, beyond: Bools) -> Field:
    """How likely every point is inside, by its density and by what it is nearer to.

    A lesion scribbled through dense and soft parts contains both: densities are compared with all of a scribble's, not with
    their mean. What the faces of the cube show speaks a little for outside, also where nothing was drawn there.
    """
    bins = np.clip(np.rint((cube.smoothed(_LIKENESS_MM) + _LOWEST_HU) / _BIN_HU), 0, _BINS - 1).astype(np.int16)

    def frequency(drawn: Bools) -> Floats:
        counts = np.bincount(bins[drawn], minlength=_BINS).astype(float) / max(int(drawn.sum()), 1)
        return np.asarray(ndimage.gaussian_filter1d(counts, _BIN_SPREAD, mode="constant"))

    inner, outer, faces = frequency(inside), frequency(outside), frequency(beyond & ~outside & cube.inside)
    outer = (1 - _FACES_SHARE) * outer + _FACES_SHARE * faces if outside.any() else faces
    near_mm, far_mm = (_distance_mm(cube, seeds) for seeds in (inside, beyond))
    by_density = np.asarray((inner + _DOUBT) / (outer + _DOUBT), np.float32)
    odds = by_density[bins] * ((far_mm + _NEAREST_MM) / (near_mm + _NEAREST_MM)) ** 2
    return np.asarray(odds / (1 + odds))


def _distance_mm(cube: WorkingCube, seeds: Bools) -> Field:
    """How far every point is from the seeds, to a step or so."""
    anisotropy = (COARSER * cube.step_mm,) * 3
    return finer(np.asarray(edt.edt(coarser(seeds) == 0, anisotropy=anisotropy), np.float32), seeds.shape)


def _kept(volume: Volume, box: Box, voxels: Bools, inside: Floats, outside: Floats) -> Bools:
    """The voxels in a box, with those that were scribbled on as they were said to be."""
    for points, label in ((inside, True), (outside, False)):
        at = np.rint(volume.grid.to_ijk(points)[:, ::-1]).astype(int) - box.start_kji
        at = at[((at >= 0) & (at < voxels.shape)).all(axis=1)]
        voxels[tuple(at.T)] = label
    return voxels


def _near(ijk: Floats, shape: tuple[int, ...], radius: float) -> Bools:
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
