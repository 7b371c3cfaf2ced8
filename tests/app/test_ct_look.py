"""What slices show of the CT: slabs and interpolation."""

from __future__ import annotations

import numpy as np
import pytest

from app.representations.ct_look import PLAIN, CtLook, Interpolation
from app.representations.reslice import Reslicer
from app.representations.slice_plane import NeedlePlane, Plane, SliceFrame
from imaging.geometry import VoxelGrid
from imaging.slab import Projection
from imaging.volume import AIR_HU, Provenance, Volume

GRID = VoxelGrid.axis_aligned((30, 40, 50), 1.0, (-25.0, -20.0, -15.0), "look")
MIP = CtLook(thick=True, thickness_mm=10.0)


@pytest.fixture(scope="module")
def reslicer() -> Reslicer:
    hu = np.random.default_rng(2).integers(0, 2000, GRID.shape_kji).astype(np.int16)
    return Reslicer(Volume(hu=hu, grid=GRID, provenance=Provenance(kind="phantom")))


def frame(plane=Plane.AXIAL, centre_mm=(0.0, 0.0, 0.0), size=(20, 16)) -> SliceFrame:
    """Pixels of a millimetre whose middles are those of voxels."""
    right, down = (
        SliceFrame.of(plane, GRID, centre_mm, 1, 1, 1.0).right,
        SliceFrame.of(plane, GRID, centre_mm, 1, 1, 1.0).down,
    )
    return SliceFrame.of(plane, GRID, np.array(centre_mm) + 0.5 * (right + down), *size, 1.0)


def voxels(reslicer, at: SliceFrame, offsets_mm):
    """Densities under every pixel, so far off the plane, shape (offsets, rows, columns)."""
    columns, rows = np.meshgrid(np.arange(at.width_px) + 0.5, np.arange(at.height_px) + 0.5)
    points = at.to_lps(np.stack([columns, rows], axis=-1))
    return np.array([
        reslicer.volume.hu[tuple(np.moveaxis(np.rint(GRID.to_ijk(points + o * at.normal)).astype(int)[..., ::-1], -1, 0))]
        for o in offsets_mm
    ])  # fmt: skip


@pytest.mark.parametrize("plane", Plane)
@pytest.mark.parametrize(
    ("projection", "reduced"), [(Projection.LARGEST, np.max), (Projection.SMALLEST, np.min), (Projection.MEAN, np.mean)]
)
def test_a_slab_is_that_of_its_voxels(reslicer, plane, projection, reduced):
    at = frame(plane)
    shown = reslicer.slice_hu(at, 1.0, CtLook(thick=True, projection=projection, thickness_mm=10.0))
    assert np.abs(shown - reduced(voxels(reslicer, at, range(-5, 6)), axis=0)).max() <= 1.0
    assert (reslicer.slice_hu(at) == voxels(reslicer, at, [0])[0]).all(), "a plain slice after it is plain again"


def test_a_slab_follows_the_plane(reslicer):
    first, second = frame(centre_mm=(0, 0, 0)), frame(centre_mm=(0, 0, 4.0))
    assert (reslicer.slice_hu(first, 1.0, MIP) != reslicer.slice_hu(second, 1.0, MIP)).any()
    assert (reslicer.slice_hu(second, 1.0, MIP) == voxels(reslicer, second, range(-5, 6)).max(axis=0)).all()


def test_an_oblique_slab_is_at_least_as_dense_as_every_plane_in_it(reslicer):
    along = np.array([0.0, np.cos(0.4), np.sin(0.4)])
    at = SliceFrame(
        plane=NeedlePlane.ALONG_A, centre_mm=np.zeros(3), right=np.array([1.0, 0, 0]), down=along, width_px=16,
        height_px=12, mm_per_px=1.0,
    )  # fmt: skip
    slab = reslicer.slice_hu(at, 1.0, CtLook(thick=True, thickness_mm=7.0))
    plane = reslicer.slice_hu(at)
    assert (slab >= plane).all() and slab.mean() > plane.mean() + 200


def test_a_slab_outside_the_ct_is_air(reslicer):
    assert (reslicer.slice_hu(frame(centre_mm=(0, 0, 60.0)), 1.0, MIP) == AIR_HU).all()


def test_between_voxels():
    hu = np.zeros((3, 3, 4), np.int16)
    hu[:, :, 2:] = 1000
    grid = VoxelGrid.axis_aligned(hu.shape, 10.0, (0.0, 0.0, 0.0), "edge")
    cut = Reslicer(Volume(hu=hu, grid=grid, provenance=Provenance(kind="phantom")))
    at = SliceFrame.of(Plane.AXIAL, grid, (13.5, 10.0, 10.0), 1, 1, 1.0)
    assert cut.slice_hu(at)[0, 0] == 350
    assert cut.slice_hu(at, 1.0, CtLook(interpolation=Interpolation.NEAREST))[0, 0] == 0
    assert cut.slice_hu(at, 1.0, CtLook(interpolation=Interpolation.CUBIC))[0, 0] not in (0, 350)


def test_what_differs_is_said():
    assert PLAIN.words == "" and CtLook(interpolation=Interpolation.CUBIC).words == ""
    assert MIP.words == "MIP 10\u202fmm"
    assert CtLook(interpolation=Interpolation.NEAREST).words == "voxels"
