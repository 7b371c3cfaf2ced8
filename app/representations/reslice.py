"""Cut pictures out of the CT and lines out of surfaces, with VTK."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from app.representations.ct_look import PLAIN, CtLook, Interpolation
from app.representations.sections import crossed_triangles, traced
from app.representations.slice_plane import SliceFrame
from imaging.geometry import Floats
from imaging.kept_for import kept_for
from imaging.later import Later
from imaging.slab import Projection, Slab, axis_along, layers_within, projected
from imaging.surface import Mesh
from imaging.volume import AIR_HU, Volume

# Loaded with the first CT: the window stands before.
arrays, core = Later("vtkmodules.util.numpy_support"), Later("vtkmodules.vtkCommonCore")
data_model, mathematics = Later("vtkmodules.vtkCommonDataModel"), Later("vtkmodules.vtkCommonMath")
filters, imaging_core = Later("vtkmodules.vtkFiltersCore"), Later("vtkmodules.vtkImagingCore")

_INTERPOLATIONS = {
    Interpolation.NEAREST: "VTK_RESLICE_NEAREST",
    Interpolation.LINEAR: "VTK_RESLICE_LINEAR",
    Interpolation.CUBIC: "VTK_RESLICE_CUBIC",
}
_SET_MODE = {
    Projection.LARGEST: "SetSlabModeToMax",
    Projection.SMALLEST: "SetSlabModeToMin",
    Projection.MEAN: "SetSlabModeToMean",
}


class Reslicer:
    """Cuts slices out of one volume.

    Parameters
    ----------
    volume : Volume
        Its voxels are shared, not copied.
    """

    def __init__(self, volume: Volume) -> None:
        self._volume = volume
        self._whole = _image(volume.hu)
        self._layer: tuple[object, Any] = None, None
        self._filter = imaging_core.vtkImageReslice()
        self._filter.SetOutputDimensionality(2)
        self._filter.SetBackgroundLevel(AIR_HU)
        self._filter.SetBorder(True)
        self._filter.AutoCropOutputOff()

    @property
    def volume(self) -> Volume:
        """What it cuts slices out of."""
        return self._volume

    def slice_hu(self, frame: SliceFrame, pixel_ratio: float = 1.0, look: CtLook = PLAIN) -> npt.NDArray[np.int16]:
        """Return the CT on a frame, shape (rows, columns), in device pixels.

        A slab along the axes of the volume is put together of whole layers of voxels, whose middles lie in it; an oblique one
        of slices as far apart as voxels are.

        Parameters
        ----------
        frame : SliceFrame
        pixel_ratio : float
            Device pixels in a logical pixel.
        look : CtLook
        """
        columns, rows = round(frame.width_px * pixel_ratio), round(frame.height_px * pixel_ratio)
        step = 1.0 / pixel_ratio
        grid, slab = self._volume.grid, look.slab
        apart_mm = float(grid.spacing_ijk_mm.min())
        lps_from_px = np.eye(4)
        lps_from_px[:3, 0] = frame.right * frame.mm_per_px * step
        lps_from_px[:3, 1] = frame.down * frame.mm_per_px * step
        lps_from_px[:3, 2] = frame.normal * apart_mm
        lps_from_px[:3, 3] = frame.to_lps([0.5 * step, 0.5 * step])
        ijk_from_px = grid.ijk_from_lps @ lps_from_px
        image, slices = self._whole, 1
        if slab is not None:
            axis = axis_along(grid, frame.normal)
            if axis is None:
                slices = max(round(slab.thickness_mm / apart_mm), 1)
            elif (layer := self._layer_of(slab, axis, frame)) is not None:
                image = layer
                ijk_from_px[axis] = 0.0
        self._filter.SetInputData(image)
        self._filter.SetInterpolationMode(getattr(imaging_core, _INTERPOLATIONS[look.interpolation]))
        self._filter.SetSlabNumberOfSlices(slices)
        if slab is not None:
            getattr(self._filter, _SET_MODE[slab.projection])()
        matrix = mathematics.vtkMatrix4x4()
        matrix.DeepCopy(ijk_from_px.ravel())
        self._filter.SetResliceAxes(matrix)
        self._filter.SetOutputSpacing(1, 1, 1)
        self._filter.SetOutputOrigin(0, 0, 0)
        self._filter.SetOutputExtent(0, columns - 1, 0, rows - 1, 0, 0)
        self._filter.Update()
        out = arrays.vtk_to_numpy(self._filter.GetOutput().GetPointData().GetScalars())
        return out.reshape(rows, columns).copy()

    def _layer_of(self, slab: Slab, axis: int, frame: SliceFrame) -> Any:
        """A slab as an image of one layer, kept while the same layers are looked at; None outside the volume."""
        start, stop = layers_within(self._volume.grid, axis, frame.centre_mm, slab.thickness_mm)
        if start == stop:
            return None
        key = (slab.projection, axis, start, stop)
        if key != self._layer[0]:
            self._layer = key, _image(projected(self._volume, axis, start, stop, slab.projection))
        return self._layer[1]


def _image(hu: npt.NDArray[np.int16]) -> Any:
    image = data_model.vtkImageData()
    depth, height, width = hu.shape
    image.SetDimensions(width, height, depth)
    # A slice of the array is no array of its own for VTK, and it must outlive the image.
    image.GetPointData().SetScalars(arrays.numpy_to_vtk(np.ascontiguousarray(hu).reshape(-1)))
    return image


def polydata(mesh: Mesh) -> Any:
    """Return a mesh as VTK polygons."""
    return _polydata(mesh)


@kept_for
def _polydata(mesh: Mesh) -> Any:
    return _as_polydata(mesh)


def _as_polydata(mesh: Mesh) -> Any:
    points = core.vtkPoints()
    points.SetData(arrays.numpy_to_vtk(np.ascontiguousarray(mesh.points_mm), deep=True))
    data = data_model.vtkPolyData()
    data.SetPoints(points)
    data.SetPolys(cells_of(mesh.triangles))
    return data


def cells_of(triangles: npt.NDArray[np.integer]) -> Any:
    """Return triangles, shape (n, 3), as VTK cells."""
    cells = data_model.vtkCellArray()
    flat = np.empty((len(triangles), 4), np.int64)
    flat[:, 0] = 3
    flat[:, 1:] = triangles
    cells.ImportLegacyFormat(arrays.numpy_to_vtkIdTypeArray(flat.ravel(), deep=True))
    return cells


def cut(mesh: Mesh, frame: SliceFrame) -> tuple[Floats, ...]:
    """Return where a surface crosses a frame's plane, as polylines in pixels, each of shape (n, 2)."""
    if mesh.empty:
        return ()
    x, y, z = frame.normal.tolist()
    lines = _section(mesh, round(float(frame.centre_mm @ frame.normal), 6), (x, y, z))
    return tuple(frame.to_px(line) for line in lines)


@kept_for
def _section(mesh: Mesh, height_mm: float, normal: tuple[float, float, float]) -> tuple[Floats, ...]:
    """Return where a surface crosses a plane, as polylines in LPS; kept, because most slices stay while a probe moves."""
    # A plane exactly through vertices gives broken lines; a micrometre away it does not.
    height_mm += 1e-3
    triangles = crossed_triangles(mesh, height_mm, normal)
    if not len(triangles):
        return ()
    lines = traced(mesh.points_mm, triangles, height_mm, normal)
    if lines is None:
        lines = _cut_by_vtk(mesh, triangles, height_mm, normal)
    return tuple(line for line in lines if len(line) > 2)


def _cut_by_vtk(
    mesh: Mesh, triangles: npt.NDArray[np.integer], height_mm: float, normal: tuple[float, float, float]
) -> list[Floats]:
    """The same of triangles that leave gaps, or of which more than two share an edge."""
    used, few = np.unique(triangles, return_inverse=True)
    plane = data_model.vtkPlane()
    plane.SetOrigin(*(height_mm * np.asarray(normal)))
    plane.SetNormal(*normal)
    cutter = filters.vtkCutter()
    cutter.SetInputData(_as_polydata(Mesh(mesh.points_mm[used], few.reshape(-1, 3))))
    cutter.SetCutFunction(plane)
    stripper = filters.vtkStripper()
    stripper.SetInputConnection(cutter.GetOutputPort())
    stripper.JoinContiguousSegmentsOn()
    stripper.SetMaximumLength(100_000)
    stripper.Update()
    output = stripper.GetOutput()
    if output.GetNumberOfPoints() == 0:
        return []
    points = arrays.vtk_to_numpy(output.GetPoints().GetData())
    lines = output.GetLines()
    offsets = arrays.vtk_to_numpy(lines.GetOffsetsArray())
    indices = arrays.vtk_to_numpy(lines.GetConnectivityArray())
    return [points[indices[a:b]] for a, b in pairwise(offsets)]
