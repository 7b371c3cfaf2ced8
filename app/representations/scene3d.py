"""The 3D picture: VTK actors for structures, zone and probes, and the CT as a volume, rendered off screen into pixels.

Rendering into memory serves the window and the report alike, and leaves no native window to outlive its widget.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  registers the OpenGL classes
from vtkmodules.vtkCommonCore import vtkLogger
from vtkmodules.vtkRenderingCore import vtkCoordinate, vtkLight, vtkPropPicker, vtkRenderer, vtkRenderWindow
from vtkmodules.vtkRenderingVolume import vtkVolumePicker

from app.representations.actors3d import actor_of, cut_by, paint, piece_of, rough_mapper
from app.representations.camera3d import screen_axes, towards_viewer
from app.representations.casting3d import CastPicture, Part, grabbed
from app.representations.ct_solid import CtSolid
from app.representations.cut3d import HalfSpace, pieces_left
from app.representations.scene import Scene
from app.representations.shown3d import Shape, Shown, shown_in_3d
from app.representations.volume_look import SURFACES, Cut, VolumeLook
from imaging.geometry import Floats
from imaging.structures import StructureKind
from planning.model import Probe

# Without a display VTK warns of the missing X server before it takes EGL, which is no news to anybody.
vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_ERROR)

_ANYWHERE = (0.0, 0.0, 0.0)
# Opacity of a millimetre from which a click meets the volume.
_DENSE = 0.2
# Drawn, but not held by the case.
_NOT_HELD = ("isotherm", "offered", "skin map")


class Scene3D:
    """A 3D scene that renders itself into pixels.

    Call `close` when done: it frees the graphics memory in the right order.
    """

    def __init__(self) -> None:
        self._renderer = vtkRenderer()
        self._renderer.SetBackground(0, 0, 0)
        self._window = vtkRenderWindow()
        self._window.SetOffScreenRendering(1)
        self._window.SetMultiSamples(0)
        self._window.SetAlphaBitPlanes(1)
        self._window.AddRenderer(self._renderer)
        self._renderer.SetMaximumNumberOfPeels(6)
        self._renderer.SetOcclusionRatio(0.05)
        self._renderer.AutomaticLightCreationOff()
        for position, intensity in (((-0.4, 0.5, 1.0), 0.85), ((0.6, -0.3, 0.6), 0.28)):
            light = vtkLight()
            light.SetLightTypeToCameraLight()
            light.SetPosition(*position)
            light.SetColor(1.0, 0.985, 0.96)
            light.SetIntensity(intensity)
            self._renderer.AddLight(light)
        self._shown: dict[str, Shown] = {}
        self._actors: dict[str, tuple[Shape, Any]] = {}
        # Of each actor what draws it finely, and what draws it in passing once that was asked for.
        self._mappers: dict[str, tuple[Any, Any]] = {}
        # Where there are several, surfaces that are cut have an actor for each piece.
        self._pieces: list[list[HalfSpace]] = [[]]
        self._cut_off: list[tuple[str, Any]] = []
        self._lesions: frozenset[str] = frozenset()
        self._focus_mm: Floats = np.zeros(3)
        self._towards, self._up = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])
        self._solid: CtSolid | None = None
        self._casts = False
        self._cutting: tuple[VolumeLook, tuple[float, float, float], Probe | None] = (SURFACES, _ANYWHERE, None)

    @property
    def solid(self) -> CtSolid | None:
        """The CT that was taken to be shown as a volume."""
        return self._solid

    def take_solid(self, solid: CtSolid | None) -> None:
        """Take a CT to be shown as a volume by the scenes that ask for it, or none."""
        if self._solid is not None:
            self._renderer.RemoveVolume(self._solid.actor)
            self._solid.actor.ReleaseGraphicsResources(self._window)
        self._solid = solid
        if solid is not None:
            self._renderer.AddVolume(solid.actor)

    @property
    def casts(self) -> bool:
        """Whether the CT is shown as a volume."""
        return self._casts

    def update(self, scene: Scene) -> bool:
        """Bring the actors up to date, and return whether anything looks different now.

        A surface that did not change keeps its actor and only changes its look. A scene that shows its CT as a volume shows
        surfaces alone until that CT was taken.
        """
        look = scene.volume_look
        casts = look.casts and self._solid is not None and self._solid.ct is scene.volume
        shown = shown_in_3d(scene, cast=casts)
        cutting = (
            look,
            scene.place_mm if look.at_crosshair else _ANYWHERE,
            scene.needle if look.cut is Cut.NEEDLE else None,
        )
        if (shown, casts, cutting) == (self._shown, self._casts, self._cutting):
            return False
        self._shown, self._casts, self._cutting = shown, casts, cutting
        self._lesions = frozenset(s.id for s in scene.case.of_kind(StructureKind.LESION))
        if self._solid is not None:
            self._solid.actor.SetVisibility(casts)
            if casts:
                self._solid.show(look.substance)
        for name in [n for n, (shape, _) in self._actors.items() if n not in shown or shown[n][0] != shape]:
            self._renderer.RemoveActor(self._actors.pop(name)[1])
            self._mappers.pop(name, None)
        for name, (shape, its) in shown.items():
            if name not in self._actors:
                actor = actor_of(shape)
                self._renderer.AddActor(actor)
                self._actors[name] = (shape, actor)
            paint(self._actors[name][1], its)
        return True

    @property
    def focus_mm(self) -> Floats:
        """LPS point in the middle of the picture, shape (3,)."""
        return self._focus_mm

    def look(self, focus_mm: npt.ArrayLike, azimuth_deg: float, elevation_deg: float, height_mm: float) -> None:
        """Place the camera.

        Parameters
        ----------
        focus_mm : array_like, shape (3,)
            LPS point in the middle of the picture.
        azimuth_deg : float
            0 looks from behind, positive from the patient's right behind, 180 from the front.
        elevation_deg : float
            Positive looks from above; 90 straight down from the head.
        height_mm : float
            What the picture's height shows at the focus.
        """
        self._focus_mm = np.asarray(focus_mm, float)
        self._towards = towards_viewer(azimuth_deg, elevation_deg)
        self._up = screen_axes(azimuth_deg, elevation_deg)[1]
        camera = self._renderer.GetActiveCamera()
        camera.SetViewAngle(20)
        distance_mm = height_mm / 2 / np.tan(np.radians(10))
        camera.SetFocalPoint(*self._focus_mm)
        camera.SetPosition(*(self._focus_mm + distance_mm * self._towards))
        camera.SetViewUp(*self._up)

    def pixels(
        self, width: int, height: int, *, coarse: bool = False, rough: bool = False, ratio: float = 1.0
    ) -> npt.NDArray[np.uint8]:
        """Render, and return RGB of shape (height, width, 3).

        Parameters
        ----------
        width, height : int
        coarse : bool
            Do not sort what is translucent by depth, and cast fewer rays: ten times faster where there is no graphics card, for
            pictures that are gone in a moment.
        rough : bool
            Draw large surfaces with a fifth of their triangles.
        ratio : float
            Pixels in a logical pixel.
        """
        self._renderer.SetUseDepthPeeling(not coarse)
        self._draw_with(rough)
        self.resize(width, height)
        standing = self._cut()
        self._renderer.ResetCameraClippingRange()
        if not self._casts or self._solid is None:
            self._window.Render()
            return grabbed(self._window)
        parts = [Part(actor, self._shown[name][1], name in self._lesions) for name, actor in standing]
        picture = CastPicture(self._renderer, self._window, self._solid, parts, self._pieces, coarse=coarse)
        return picture.pixels(see_through=self._cutting[0].see_through, ratio=ratio)

    def _draw_with(self, rough: bool) -> None:
        for name, (shape, actor) in self._actors.items():
            if name not in self._mappers:
                if not rough:
                    continue
                self._mappers[name] = actor.GetMapper(), rough_mapper(shape, actor.GetMapper())
            actor.SetMapper(self._mappers[name][rough])

    def resize(self, width: int, height: int) -> None:
        """Take a size in pixels, without a picture: points are projected, and clicks met, as in a picture of that size."""
        self._window.SetSize(max(width, 2), max(height, 2))

    def _cut(self) -> list[tuple[str, Any]]:
        """Cut the surfaces that are cut, and return all actors that stand in the scene by the names of what they are of."""
        look, place_mm, needle = self._cutting
        eye_mm = np.array(self._renderer.GetActiveCamera().GetPosition())
        self._pieces = pieces_left(look, np.array(place_mm), needle, eye_mm, self._towards, self._up)
        for _, actor in self._cut_off:
            self._renderer.RemoveActor(actor)
        in_pieces = {n for n in self._actors if self._shown[n][1].cut} if len(self._pieces) > 1 else set()
        self._cut_off = [(n, piece_of(self._actors[n][1], piece)) for n in in_pieces for piece in self._pieces]
        for _, actor in self._cut_off:
            self._renderer.AddActor(actor)
        for name, (_, actor) in self._actors.items():
            actor.SetVisibility(name not in in_pieces)
            cut_by(actor.GetMapper(), self._pieces[0] if self._shown[name][1].cut and not in_pieces else ())
        return [*((n, actor) for n, (_, actor) in self._actors.items() if n not in in_pieces), *self._cut_off]

    def to_px(self, lps_mm: npt.ArrayLike, width: int, height: int) -> Floats:
        """Project points of shape (n, 3) into the last picture, shape (n, 2), scaled to a size in pixels."""
        coordinate = vtkCoordinate()
        coordinate.SetCoordinateSystemToWorld()
        columns, rows = self._window.GetSize()
        out = []
        for point in np.atleast_2d(np.asarray(lps_mm, float)):
            coordinate.SetValue(*point)
            x, y = coordinate.GetComputedDoubleDisplayValue(self._renderer)
            out.append((x * width / columns, height - y * height / rows))
        return np.array(out)

    def pick(self, x: float, y: float, width: int, height: int) -> Floats | None:
        """Return the LPS point of the surface under a pixel, or None where there is none."""
        columns, rows = self._window.GetSize()
        at = (x * columns / width, (height - y) * rows / height, 0.0)
        if not self._casts:
            picker = vtkPropPicker()
            return np.array(picker.GetPickPosition()) if picker.Pick(*at, self._renderer) else None
        # What is seen through the volume is also what is meant.
        sought = [actor for name, (_, actor) in self._actors.items() if self._shown[name][1].sought]
        for chosen in (sought if self._cutting[0].see_through else [], None):
            found = self._cast_pick(at, chosen)
            if found is not None:
                return found
        return None

    def held_at(self, x: float, y: float, width: int, height: int) -> str:
        """Return the id of the structure, probe, pocket or cement whose surface is under a pixel; empty where there is none."""
        columns, rows = self._window.GetSize()
        at = (x * columns / width, (height - y) * rows / height, 0.0)
        picker = vtkPropPicker()
        picker.PickFromListOn()
        drawn = [*((name, actor) for name, (_, actor) in self._actors.items() if actor.GetVisibility()), *self._cut_off]
        named = [(name, actor) for name, actor in drawn if not name.startswith(_NOT_HELD)]
        for _, actor in named:
            picker.AddPickList(actor)
        picked = picker.GetActor() if picker.Pick(*at, self._renderer) else None
        name = next((name for name, actor in named if actor is picked), "")
        return name.removeprefix("probe ").removeprefix("way ")

    def _cast_pick(self, at: tuple[float, float, float], chosen: list[Any] | None) -> Floats | None:
        """The first surface, or dense enough part of the volume, on a line of sight; among some actors, or among all."""
        assert self._solid is not None
        picker = vtkVolumePicker()
        picker.SetVolumeOpacityIsovalue(_DENSE)
        for actor in chosen or ():
            picker.AddPickList(actor)
        picker.SetPickFromList(chosen is not None)
        found = []
        for piece in self._pieces:
            self._solid.cut(piece)
            if picker.Pick(*at, self._renderer):
                found.append(np.array(picker.GetPickPosition()))
        return max(found, key=lambda point: float(point @ self._towards), default=None)

    def line_through(self, x: float, y: float, width: int, height: int) -> tuple[Floats, Floats]:
        """Return where the line of sight through a pixel begins and ends, LPS, each of shape (3,)."""
        columns, rows = self._window.GetSize()
        ends = []
        for depth in (0.0, 1.0):
            self._renderer.SetDisplayPoint(x * columns / width, (height - y) * rows / height, depth)
            self._renderer.DisplayToWorld()
            point = np.array(self._renderer.GetWorldPoint())
            ends.append(point[:3] / point[3])
        return ends[0], ends[1]

    def close(self) -> None:
        """Free the graphics memory. Nothing renders afterwards."""
        self.take_solid(None)
        self._renderer.RemoveAllViewProps()
        self._actors.clear()
        self._mappers.clear()
        self._cut_off.clear()
        self._window.Finalize()
        self._window.RemoveRenderer(self._renderer)
