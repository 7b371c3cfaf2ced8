"""The CT as a volume that rays are cast through on the processor, where a graphics card is seldom at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import vtkmodules.vtkRenderingVolumeOpenGL2  # noqa: F401  registers what puts ray-cast pictures on the screen
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPiecewiseFunction
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import (
    vtkColorTransferFunction,
    vtkRenderer,
    vtkRenderWindow,
    vtkVolume,
    vtkVolumeProperty,
)
from vtkmodules.vtkRenderingVolume import vtkFixedPointVolumeRayCastMapper

from app.representations.actors3d import cut_by, rgb
from app.representations.cut3d import HalfSpace
from app.representations.volume_look import Substance
from app.tokens import volume_ramp
from imaging.anatomy.body import propose_body
from imaging.errors import ImagingError
from imaging.geometry import Floats, VoxelGrid
from imaging.later import ndimage
from imaging.volume import AIR_HU, Volume

MOST_VOXELS = 256
"""A CT with more voxels along an axis is averaged down to at most these: a picture takes a third of a second with them."""
# A picture at rest takes at most so many rays, one in passing so many; the rest is drawn between them.
_RAYS, _RAYS_IN_PASSING = 400_000, 50_000


def condensed(volume: Volume) -> Volume:
    """Return the body of a CT alone, in at most `MOST_VOXELS` an axis, each the mean of those it holds.

    Outside the body, on the table too, there is air: from behind a patient who lies on it nothing else would be seen.

    Parameters
    ----------
    volume : Volume
    """
    shape = np.array(volume.hu.shape)
    each = -(-shape // MOST_VOXELS)
    whole = shape // each * each
    blocks = volume.hu[tuple(slice(n) for n in whole)].reshape(np.ravel(np.column_stack([whole // each, each])))
    hu = blocks.mean(axis=(1, 3, 5), dtype=np.float32).astype(np.int16)
    small = replace(volume, hu=hu, grid=_grid(volume, hu.shape, np.zeros(3), each))
    try:
        body = propose_body(small).array()
    except ImagingError:
        # A part of a body that is too small to be told from a table is shown as it is.
        return small
    # The skin keeps the voxels in which it fades to air.
    body = ndimage.binary_dilation(body)
    box = ndimage.find_objects(body.view(np.uint8))[0]
    first = np.array([part.start for part in box])
    hu = np.where(body[box], hu[box], np.int16(AIR_HU))
    return replace(volume, hu=hu, grid=_grid(volume, hu.shape, first, each))


def _grid(volume: Volume, shape_kji: tuple[int, ...], first_kji: Floats, each_kji: npt.NDArray[np.int64]) -> VoxelGrid:
    """The grid of voxels that each hold several of a volume's, from one of them on."""
    matrix = np.array(volume.grid.lps_from_ijk)
    matrix[:3, 3] = volume.grid.to_lps((first_kji * each_kji + (each_kji - 1) / 2)[::-1])
    matrix[:3, :3] *= each_kji[::-1]
    k, j, i = shape_kji
    return VoxelGrid(shape_kji=(k, j, i), lps_from_ijk=matrix, frame_uid=volume.grid.frame_uid)


class CtSolid:
    """A CT as a VTK volume. Making it takes two seconds, and is done before it is shown.

    One serves one 3D scene: it keeps what was computed for its rays.

    Parameters
    ----------
    volume : Volume

    Raises
    ------
    ImagingError
        ``ct-too-thin`` if it has fewer than two voxels along an axis, between which no ray could step.
    """

    def __init__(self, volume: Volume) -> None:
        if min(volume.hu.shape) < 2:
            raise ImagingError(
                "This CT is a single layer of voxels.",
                code="ct-too-thin",
                hint="Open a series of several slices to see it as a volume.",
            )
        self.ct = volume
        small = condensed(volume)
        hu, spacing = small.hu, small.grid.spacing_ijk_mm
        image = vtkImageData()
        image.SetDimensions(*hu.shape[::-1])
        image.SetSpacing(*spacing)
        image.GetPointData().SetScalars(numpy_to_vtk(hu.reshape(-1)))
        self._mapper = vtkFixedPointVolumeRayCastMapper()
        self._mapper.SetInputData(image)
        self._mapper.AutoAdjustSampleDistancesOff()
        self._mapper.LockSampleDistanceToInputSpacingOff()
        # Never longer, not even in passing: a step past the edge of bone would find no gradient, and bone dark.
        self._mapper.SetSampleDistance(float(spacing.min()))
        self._properties: dict[Substance, Any] = {s: _property(s) for s in Substance if s is not Substance.SURFACES}
        self.actor = vtkVolume()
        self.actor.SetMapper(self._mapper)
        self.actor.SetProperty(self._properties[Substance.BONE])
        placed = vtkMatrix4x4()
        lps_from_mm = small.grid.lps_from_ijk @ np.diag([*(1 / spacing), 1.0])
        placed.DeepCopy(lps_from_mm.ravel().tolist())
        self.actor.SetUserMatrix(placed)
        self._warm_up()

    def _warm_up(self) -> None:
        """Cast a few rays: VTK computes gradients for the first picture, which takes longer than all that follow."""
        renderer, window = vtkRenderer(), vtkRenderWindow()
        window.SetOffScreenRendering(1)
        window.SetSize(8, 8)
        window.AddRenderer(renderer)
        renderer.AddVolume(self.actor)
        renderer.ResetCamera()
        window.Render()
        renderer.RemoveVolume(self.actor)
        self._mapper.ReleaseGraphicsResources(window)
        window.Finalize()

    def show(self, substance: Substance) -> None:
        """Show bone, or soft tissue as well."""
        self.actor.SetProperty(self._properties[substance])

    def cut(self, piece: Sequence[HalfSpace]) -> None:
        """Show only what lies before all of some planes."""
        cut_by(self._mapper, piece)

    def set_detail(self, width: int, height: int, *, coarse: bool, share: float = 1.0) -> None:
        """Fit rays to a picture of a size in pixels, and cast only a share of the rays that it usually has."""
        rays = share * min(_RAYS_IN_PASSING if coarse else _RAYS, width * height)
        self._mapper.SetImageSampleDistance(max(1.0, float(np.sqrt(width * height / rays))))


def _property(substance: Substance) -> Any:
    colours, opacities = vtkColorTransferFunction(), vtkPiecewiseFunction()
    for hu, colour, opacity in volume_ramp(substance.value):
        colours.AddRGBPoint(hu, *rgb(colour))
        opacities.AddPoint(hu, opacity)
    made = vtkVolumeProperty()
    made.SetColor(colours)
    made.SetScalarOpacity(opacities)
    made.SetScalarOpacityUnitDistance(1.0)
    made.SetInterpolationTypeToLinear()
    made.ShadeOn()
    made.SetAmbient(0.15)
    # In the middle of soft tissue, where a cut goes through it, gradients point anywhere, and half of it lies in shade.
    made.SetDiffuse(1.2 if substance is Substance.SOFT_TISSUE else 1.0)
    made.SetSpecular(0.12)
    made.SetSpecularPower(12)
    return made
