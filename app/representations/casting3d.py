"""A picture of surfaces in a volume: what is drawn on its own, and with what depth."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkRenderingCore import vtkProperty, vtkRenderer, vtkRenderWindow, vtkWindowToImageFilter

from app.representations.actors3d import rgb
from app.representations.ct_solid import CtSolid
from app.representations.cut3d import HalfSpace
from app.representations.layering import Pixels, Seen, outlined, over, seen_through, within
from app.representations.shown3d import Look
from imaging.geometry import Floats

_AROUND_PX = 12
# What a translucent surface covers of the volume before it is soft anyway.
_SHARE_UNDER_VEIL = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A surface that stands in the scene."""

    actor: Any
    look: Look
    is_lesion: bool


def grabbed(window: vtkRenderWindow, *, opacity: bool = False) -> npt.NDArray[np.uint8]:
    """Return what was rendered last: RGB, or RGB premultiplied with opacity; shape (rows, columns, 3 or 4)."""
    grab = vtkWindowToImageFilter()
    grab.SetInput(window)
    if opacity:
        grab.SetInputBufferTypeToRGBA()
    else:
        grab.SetInputBufferTypeToRGB()
    grab.ReadFrontBufferOff()
    grab.ShouldRerenderOff()
    grab.Update()
    image = grab.GetOutput()
    columns, rows, _ = image.GetDimensions()
    flat = vtk_to_numpy(image.GetPointData().GetScalars())
    return np.ascontiguousarray(flat.reshape(rows, columns, 4 if opacity else 3)[::-1])


class CastPicture:
    """One picture of some surfaces and a volume, from the renderer's camera.

    Parameters
    ----------
    renderer, window
        That hold the actors of all parts and of the volume.
    solid : CtSolid
    parts : sequence of Part
    pieces : sequence of lists of HalfSpace
        What is left of the volume, the farthest first.
    coarse : bool
    """

    def __init__(
        self,
        renderer: vtkRenderer,
        window: vtkRenderWindow,
        solid: CtSolid,
        parts: Sequence[Part],
        pieces: Sequence[list[HalfSpace]],
        *,
        coarse: bool,
    ) -> None:
        self._renderer, self._window, self._solid, self._parts, self._pieces = renderer, window, solid, parts, pieces
        self._coarse = coarse
        self._detail(1.0)
        # Neither seen nor coloured, but with a depth. VTK leaves out what has no opacity at all.
        self._depth_only = vtkProperty()
        self._depth_only.SetColor(0, 0, 0)
        self._depth_only.SetOpacity(0.003)
        self._depth_only.LightingOff()
        self._veils = {n for n, part in enumerate(parts) if part.actor.HasTranslucentPolygonalGeometry()}
        self._bodies = set(range(len(parts))) - self._veils

    def pixels(self, *, see_through: bool, ratio: float) -> npt.NDArray[np.uint8]:
        """Return RGB of shape (rows, columns, 3).

        Parameters
        ----------
        see_through : bool
            The volume is translucent before lesion and zone, and the lesion has an outline.
        ratio : float
            Pixels in a logical pixel.
        """
        picture = solid = self._drawn(self._bodies, cast=True)
        veil = self._drawn(self._veils, behind=self._bodies) if self._veils else np.zeros_like(solid)
        covered = veil[..., 3] > 0
        if covered.any():
            every = set(range(len(self._parts)))
            self._detail(_SHARE_UNDER_VEIL)
            before = self._drawn((), behind=every, cast=True, planes=self._sides(covered))
            self._detail(1.0)
            picture = within(solid, veil, before)
        if see_through:
            picture = self._opened(picture, veil, ratio)
        return np.asarray(np.clip(picture[..., :3] + 0.5, 0, 255), np.uint8)

    def _opened(self, picture: Pixels, veil: Pixels, ratio: float) -> Pixels:
        """The picture with the lesion and the zone seen through what lies before them."""
        parts = self._parts
        sought = self._where({n for n, part in enumerate(parts) if part.look.sought})
        if not sought.any():
            return picture
        planes = [*self._sides(sought), self._beyond_sought()]
        opened = over(self._drawn(self._bodies, cast=True, planes=planes), veil)
        picture = seen_through(picture, opened, sought, ratio)
        for n in (n for n, part in enumerate(parts) if part.is_lesion):
            picture = outlined(picture, self._where({n}), rgb(parts[n].look.colour), ratio)
        return picture

    def _detail(self, share: float) -> None:
        self._solid.set_detail(*self._window.GetSize(), coarse=self._coarse, share=share)

    def _where(self, chosen: Collection[int]) -> Seen:
        """Where some parts would be seen if they were alone."""
        return np.asarray(self._drawn((), behind=chosen)[..., 3] > 0)

    def _drawn(
        self,
        chosen: Collection[int],
        *,
        behind: Collection[int] = (),
        cast: bool = False,
        planes: Sequence[HalfSpace] = (),
    ) -> Pixels:
        """Some parts, those of them left out that lie behind others, and the volume before all of these."""
        picture = self._rendered(chosen, behind, [*self._pieces[0], *planes] if cast else None)
        for piece in self._pieces[1:] if cast else ():
            picture = over(picture, self._rendered((), {*chosen, *behind}, [*piece, *planes]))
        return picture

    def _rendered(self, chosen: Collection[int], behind: Collection[int], piece: list[HalfSpace] | None) -> Pixels:
        """What VTK draws of some parts, and of what lies within some planes of the volume."""
        own = [part.actor.GetProperty() for part in self._parts]
        for n, part in enumerate(self._parts):
            part.actor.SetVisibility(n in chosen or n in behind)
            if n in behind:
                part.actor.SetProperty(self._depth_only)
                part.actor.ForceOpaqueOn()
        self._solid.actor.SetVisibility(piece is not None)
        self._solid.cut(piece or ())
        self._window.Render()
        for part, its in zip(self._parts, own, strict=True):
            part.actor.SetProperty(its)
            part.actor.ForceOpaqueOff()
            part.actor.VisibilityOn()
        self._solid.actor.VisibilityOn()
        return grabbed(self._window, opacity=True).astype(np.float32)

    def _beyond_sought(self) -> HalfSpace:
        """The plane that leaves of the volume what lies beyond lesion and zone."""
        corners = np.array([_corners(part.actor.GetBounds()) for part in self._parts if part.look.sought])
        away = np.array(self._renderer.GetActiveCamera().GetDirectionOfProjection())
        points = corners.reshape(-1, 3)
        return points[np.argmax(points @ away)], away

    def _sides(self, seen: Seen) -> list[HalfSpace]:
        """Four planes around all that is seen in some pixels: rays beside them need not be cast."""
        rows, columns = (np.flatnonzero(seen.any(axis=axis)) for axis in (1, 0))
        height = seen.shape[0]
        left, right = columns[0] - _AROUND_PX, columns[-1] + 1 + _AROUND_PX
        low, high = height - rows[-1] - 1 - _AROUND_PX, height - rows[0] + _AROUND_PX
        eye = np.array(self._renderer.GetActiveCamera().GetPosition())
        corners = [self._far(x, y) - eye for x, y in ((left, low), (right, low), (right, high), (left, high))]
        sides = [np.cross(a, b) for a, b in zip(corners, [*corners[1:], corners[0]], strict=True)]
        middle = np.sum(corners, axis=0)
        return [(eye, side if side @ middle > 0 else -side) for side in sides]

    def _far(self, x: float, y: float) -> Floats:
        """LPS point at the far end of the line of sight through a pixel counted from below."""
        self._renderer.SetDisplayPoint(x, y, 1.0)
        self._renderer.DisplayToWorld()
        point = np.array(self._renderer.GetWorldPoint())
        return np.asarray(point[:3] / point[3])


def _corners(bounds: Sequence[float]) -> Floats:
    x, y, z = bounds[:2], bounds[2:4], bounds[4:]
    return np.array([(a, b, c) for a in x for b in y for c in z])
