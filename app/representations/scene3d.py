"""The 3D picture: VTK actors for structures, zone and probes, rendered off screen into pixels.

Rendering into memory serves the window and the report alike, and leaves no native window to outlive its widget.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  registers the OpenGL classes
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkLogger, vtkPoints
from vtkmodules.vtkFiltersCore import vtkAppendPolyData, vtkTubeFilter
from vtkmodules.vtkFiltersSources import vtkLineSource, vtkSphereSource
from vtkmodules.vtkRenderingCore import (
    vtkActor,
    vtkCoordinate,
    vtkLight,
    vtkPolyDataMapper,
    vtkPropPicker,
    vtkRenderer,
    vtkRenderWindow,
    vtkWindowToImageFilter,
)

from app.representations.cement import cement_mesh
from app.representations.margin_colours import coloured_by_margin
from app.representations.protection import pocket_mesh, state_colour, thermocouple_mesh, way_colour, way_mesh
from app.representations.scene import HIDDEN_AT_FIRST, Scene
from app.representations.shading import shaded
from app.representations.skin_map import coloured
from app.tokens import (
    ON_IMAGE,
    cement_colour,
    isotherm_colour,
    needle_colour,
    severity_colour,
    theme_colour,
    thermocouple_colour,
)
from imaging.geometry import Floats
from imaging.structures import BONES, StructureKind
from imaging.surface import Mesh
from planning.catalogue.devices import device
from planning.evaluation import Judgement
from planning.evaluation.margin import MarginMap
from planning.model import Probe, Structure
from planning.model.protection import tip_of
from planning.thermal.tines import tines_of
from planning.trajectory.skin_map import SkinMap

_OPACITY = {
    **dict.fromkeys(BONES, 0.40),
    StructureKind.SKIN: 0.08,
    StructureKind.LESION: 0.85,
    StructureKind.CANAL: 0.25,
    StructureKind.THECAL_SAC: 0.55,
    StructureKind.BOWEL: 0.12,
    StructureKind.BLADDER: 0.15,
    StructureKind.VESSEL: 0.35,
}
_POCKET_OPACITY, _CEMENT_OPACITY = 0.35, 0.55
_ZONE_OPACITY = (0.18, 0.24, 0.30, 0.30)
_HUB_BEYOND_SKIN_MM = 40.0
_TINE_SHARE = 0.5
_OFFERED_OPACITY = 0.45
_LEAVING_OPACITY = 0.15

_AMBIENT = 0.12

Rgb = tuple[float, float, float]

# Without a display VTK warns of the missing X server before it takes EGL, which is no news to anybody.
vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_ERROR)


def _rgb(colour: str) -> Rgb:
    return (int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255)


@dataclass(frozen=True, slots=True)
class _Look:
    """How a surface is painted: it may change while the surface stays."""

    colour: str
    opacity: float
    ambient: float = _AMBIENT


# A surface, a map of the skin, margins with their goal, or a probe and whether it is selected.
Shape = Mesh | SkinMap | tuple[MarginMap, float] | tuple[Probe, bool]
Shown = tuple[Shape, _Look]


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
        self._focus_mm: Floats = np.zeros(3)

    def update(self, scene: Scene) -> bool:
        """Bring the actors up to date, and return whether anything looks different now.

        A surface that did not change keeps its actor and only changes its look.
        """
        shown = {
            **_structures(scene), **_isotherms(scene), **_protection_and_cement(scene), **_probes(scene), **_skin_map(scene),
        }  # fmt: skip
        if shown == self._shown:
            return False
        self._shown = shown
        for name in [n for n, (shape, _) in self._actors.items() if n not in shown or shown[n][0] != shape]:
            self._renderer.RemoveActor(self._actors.pop(name)[1])
        for name, (shape, look) in shown.items():
            if name not in self._actors:
                actor = _made(shape)
                self._renderer.AddActor(actor)
                self._actors[name] = (shape, actor)
            _paint(self._actors[name][1], look)
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
            Positive looks from above.
        height_mm : float
            What the picture's height shows at the focus.
        """
        self._focus_mm = np.asarray(focus_mm, float)
        azimuth, elevation = np.radians(azimuth_deg), np.radians(np.clip(elevation_deg, -89.0, 89.0))
        towards = np.array(
            [-np.sin(azimuth) * np.cos(elevation), np.cos(azimuth) * np.cos(elevation), np.sin(elevation)]
        )
        camera = self._renderer.GetActiveCamera()
        camera.SetViewAngle(20)
        distance_mm = height_mm / 2 / np.tan(np.radians(10))
        camera.SetFocalPoint(*self._focus_mm)
        camera.SetPosition(*(self._focus_mm + distance_mm * towards))
        camera.SetViewUp(0, 0, 1)

    def pixels(self, width: int, height: int, *, coarse: bool = False) -> npt.NDArray[np.uint8]:
        """Render, and return RGB of shape (height, width, 3).

        Parameters
        ----------
        width, height : int
        coarse : bool
            Do not sort what is translucent by depth: ten times faster where there is no graphics card, for pictures that are
            gone in a moment.
        """
        self._renderer.SetUseDepthPeeling(not coarse)
        self._window.SetSize(max(width, 2), max(height, 2))
        self._renderer.ResetCameraClippingRange()
        self._window.Render()
        grab = vtkWindowToImageFilter()
        grab.SetInput(self._window)
        grab.SetInputBufferTypeToRGB()
        grab.ReadFrontBufferOff()
        grab.ShouldRerenderOff()
        grab.Update()
        image = grab.GetOutput()
        columns, rows, _ = image.GetDimensions()
        flat = vtk_to_numpy(image.GetPointData().GetScalars())
        return np.ascontiguousarray(flat.reshape(rows, columns, 3)[::-1])

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
        picker = vtkPropPicker()
        if not picker.Pick(x * columns / width, (height - y) * rows / height, 0, self._renderer):
            return None
        return np.array(picker.GetPickPosition())

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
        self._renderer.RemoveAllViewProps()
        self._actors.clear()
        self._window.Finalize()
        self._window.RemoveRenderer(self._renderer)


def _structures(scene: Scene) -> dict[str, Shown]:
    shown: dict[str, Shown] = {}
    for structure in scene.visible_in_3d():
        mesh = scene.surfaces.latest(structure)
        if mesh is not None and not mesh.empty:
            shown[structure.id] = (mesh, _structure_look(structure, scene))
    judged, marked = scene.judged_lesion, scene.case.of_kind(StructureKind.LESION)
    if scene.margin_on_lesion and judged is not None and judged.margin is not None and marked[0].id in shown:
        shown[marked[0].id] = (
            (judged.margin, judged.goal_margin_mm),
            _Look(theme_colour("text-1", ON_IMAGE), 1.0, 0.45),
        )
    return shown


def _structure_look(structure: Structure, scene: Scene) -> _Look:
    opacity = _OPACITY.get(structure.kind, 1.0)
    colour = scene.colour_of(structure)
    if structure.kind is StructureKind.ROOT and scene.judgements.get(structure.id, Judgement.WITHIN) >= Judgement.ALARM:
        colour = severity_colour(Judgement.ALARM, ON_IMAGE, fill=True)
    if not structure.confirmed and structure.kind not in HIDDEN_AT_FIRST:
        opacity *= 0.5
    return _Look(colour, opacity, 0.45 if structure.id == scene.selected else _AMBIENT)


def _isotherms(scene: Scene) -> dict[str, Shown]:
    zone, stale = scene.shown_zone, bool(scene.stale_because) and scene.shown_zone is scene.zone
    if zone is None:
        return {}
    shown: dict[str, Shown] = {}
    reached = [(t, m) for t, m in zone.by_temperature_c.items() if not m.empty]
    for n, (temperature_c, mesh) in enumerate(reached):
        colour = theme_colour("stale", ON_IMAGE) if stale else isotherm_colour(temperature_c, cold=zone.zone.cold)
        shown[f"isotherm {temperature_c}"] = (mesh, _Look(colour, _ZONE_OPACITY[min(n, len(_ZONE_OPACITY) - 1)]))
    return shown


def _protection_and_cement(scene: Scene) -> dict[str, Shown]:
    shown: dict[str, Shown] = {}
    for pocket in scene.case.plan.pockets:
        ambient = 0.45 if pocket.id == scene.selected else _AMBIENT
        shown[pocket.id] = (pocket_mesh(pocket), _Look(state_colour(pocket), _POCKET_OPACITY, ambient))
    for thermocouple in scene.case.plan.thermocouples:
        shown[thermocouple.id] = (thermocouple_mesh(thermocouple), _Look(thermocouple_colour(), 1.0, 0.45))
    for placed in scene.case.plan.protective:
        if placed.entry_mm is not None:
            shown[f"way {placed.id}"] = (
                way_mesh(tip_of(placed), placed.entry_mm),
                _Look(way_colour(placed), 1.0, 0.45),
            )
    for cement in scene.case.plan.cements:
        ambient = 0.45 if cement.id == scene.selected else _AMBIENT
        shown[cement.id] = (cement_mesh(cement), _Look(cement_colour(), _CEMENT_OPACITY, ambient))
    return shown


def _probes(scene: Scene) -> dict[str, Shown]:
    leaving, coming = (scene.offered.leaving, scene.offered.probes) if scene.offered is not None else (frozenset(), ())
    shown: dict[str, Shown] = {
        f"probe {probe.id}": (
            (probe, probe.id == scene.selected),
            _Look(needle_colour(), _LEAVING_OPACITY if probe.id in leaving else 1.0),
        )
        for probe in scene.case.plan.probes
    }
    for n, probe in enumerate(coming):
        shown[f"offered {n}"] = ((probe, False), _Look(needle_colour(), _OFFERED_OPACITY))
    return shown


def _skin_map(scene: Scene) -> dict[str, Shown]:
    if scene.skin_map is None:
        return {}
    return {"skin map": (scene.skin_map, _Look(theme_colour("text-3", ON_IMAGE), 1.0, 0.45))}


def _made(shape: Shape) -> Any:
    """The actor of a shape, without its look."""
    if isinstance(shape, SkinMap):
        return _actor(coloured(shape), own_colours=True)
    if isinstance(shape, tuple) and isinstance(shape[0], MarginMap):
        return _actor(coloured_by_margin(*shape), own_colours=True)
    return _actor(shaded(shape) if isinstance(shape, Mesh) else _needle(*shape))


def _actor(data: Any, *, own_colours: bool = False) -> Any:
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(data)
    mapper.SetScalarVisibility(own_colours)
    mapper.StaticOn()
    actor = vtkActor()
    actor.SetMapper(mapper)
    return actor


def _paint(actor: Any, look: _Look) -> None:
    surface = actor.GetProperty()
    surface.SetColor(*_rgb(look.colour))
    surface.SetOpacity(look.opacity)
    surface.SetAmbient(look.ambient)
    surface.SetDiffuse(0.85)
    surface.SetSpecular(0.12)
    surface.SetSpecularPower(20)


def _needle(probe: Probe, selected: bool) -> Any:
    """The shaft from its tip to a hub outside the skin, its active part thicker."""
    applicator = device(probe.device_id)
    tip = np.asarray(probe.tip_mm)
    joined = vtkAppendPolyData()
    radius_mm = max(applicator.diameter_mm, 1.6) / 2 * (1.5 if selected else 1.0)
    for start_mm, stop_mm, scale in (
        (0.0, min(applicator.active_length_mm, probe.depth_mm), 1.35),
        (applicator.active_length_mm, probe.depth_mm + _HUB_BEYOND_SKIN_MM, 1.0),
    ):
        segment = vtkLineSource()
        segment.SetPoint1(*(tip + start_mm * probe.direction))
        segment.SetPoint2(*(tip + stop_mm * probe.direction))
        tube = vtkTubeFilter()
        tube.SetInputConnection(segment.GetOutputPort())
        tube.SetRadius(radius_mm * scale)
        tube.SetNumberOfSides(18)
        tube.CappingOn()
        joined.AddInputConnection(tube.GetOutputPort())
    for end in (probe.tip_mm, probe.entry_mm):
        ball = vtkSphereSource()
        ball.SetCenter(*end)
        ball.SetRadius(radius_mm * 1.7)
        joined.AddInputConnection(ball.GetOutputPort())
    for tine in () if applicator.tines is None else tines_of(applicator.tines, probe.tip_mm, probe.to_hub_mm):
        joined.AddInputData(_wire(tine, radius_mm * _TINE_SHARE))
    joined.Update()
    return joined.GetOutput()


def _wire(points_mm: Floats, radius_mm: float) -> Any:
    """A tube along a polyline."""
    points = vtkPoints()
    for point in points_mm:
        points.InsertNextPoint(*point)
    line = vtkLineSource()
    line.SetPoints(points)
    tube = vtkTubeFilter()
    tube.SetInputConnection(line.GetOutputPort())
    tube.SetRadius(radius_mm)
    tube.SetNumberOfSides(10)
    tube.CappingOn()
    tube.Update()
    return tube.GetOutput()
