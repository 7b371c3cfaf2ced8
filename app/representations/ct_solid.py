"""The CT as a volume that rays are cast through on the processor, where a graphics card is seldom at hand."""

from __future__ import annotations

from collections.abc import Sequence
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
from imaging.errors import ImagingError
from imaging.geometry import Floats
from imaging.volume import Volume

MOST_VOXELS = 256
"""A CT with more voxels along an axis is averaged down to at most these: a picture takes a third of a second with them."""
# Fat is some -100 HU: what lies outside it on all sides is air, and no ray need pass it.
_BODY_HU = -300
# A picture at rest takes at most so many rays, one in passing so many; the rest is drawn between them.
_RAYS, _RAYS_IN_PASSING = 400_000, 50_000
_STEP_IN_PASSING = 2.0


def condensed(volume: Volume) -> tuple[npt.NDArray[np.int16], Floats]:
    """Return the body of a CT in at most `MOST_VOXELS` an axis, each the mean of those it holds, and where they lie.

    Parameters
    ----------
    volume : Volume

    Returns
    -------
    hu : ndarray of int16, shape (k, j, i)
        Air around the body is left out.
    lps_from_ijk : ndarray, shape (4, 4)
        Affine matrix from their indices to LPS millimetres.
    """
    shape = np.array(volume.hu.shape)
    each = -(-shape // MOST_VOXELS)
    whole = shape // each * each
    blocks = volume.hu[tuple(slice(n) for n in whole)].reshape(np.ravel(np.column_stack([whole // each, each])))
    hu = blocks.mean(axis=(1, 3, 5), dtype=np.float32).astype(np.int16)
    body = _within(hu > _BODY_HU)
    first = np.array([part.start for part in body])
    matrix = np.array(volume.grid.lps_from_ijk)
    matrix[:3, 3] = volume.grid.to_lps((first * each + (each - 1) / 2)[::-1])
    matrix[:3, :3] *= each[::-1]
    return np.ascontiguousarray(hu[body]), matrix


def _within(marked: npt.NDArray[np.bool_]) -> tuple[slice, ...]:
    """The box around what is marked, and a voxel more on all sides; all where nothing is."""
    box = []
    for axis in range(3):
        at = np.flatnonzero(marked.any(axis=tuple(a for a in range(3) if a != axis)))
        stop = marked.shape[axis]
        box.append(slice(max(int(at[0]) - 1, 0), min(int(at[-1]) + 2, stop)) if len(at) else slice(0, stop))
    return tuple(box)


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
        hu, lps_from_ijk = condensed(volume)
        spacing = np.linalg.norm(lps_from_ijk[:3, :3], axis=0)
        image = vtkImageData()
        image.SetDimensions(*hu.shape[::-1])
        image.SetSpacing(*spacing)
        image.GetPointData().SetScalars(numpy_to_vtk(hu.reshape(-1)))
        self._step_mm = float(spacing.min())
        self._mapper = vtkFixedPointVolumeRayCastMapper()
        self._mapper.SetInputData(image)
        self._mapper.AutoAdjustSampleDistancesOff()
        self._mapper.LockSampleDistanceToInputSpacingOff()
        self._properties: dict[Substance, Any] = {s: _property(s) for s in Substance if s is not Substance.SURFACES}
        self.actor = vtkVolume()
        self.actor.SetMapper(self._mapper)
        self.actor.SetProperty(self._properties[Substance.BONE])
        placed = vtkMatrix4x4()
        lps_from_mm = lps_from_ijk @ np.diag([*(1 / spacing), 1.0])
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
        """Fit rays and steps to a picture of a size in pixels, and cast only a share of the rays that it usually has."""
        rays = share * min(_RAYS_IN_PASSING if coarse else _RAYS, width * height)
        self._mapper.SetImageSampleDistance(max(1.0, float(np.sqrt(width * height / rays))))
        self._mapper.SetSampleDistance(self._step_mm * (_STEP_IN_PASSING if coarse else 1.0))


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
    made.SetDiffuse(0.85)
    made.SetSpecular(0.12)
    made.SetSpecularPower(12)
    return made
