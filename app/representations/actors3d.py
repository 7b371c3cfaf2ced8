"""Shapes as VTK actors, and how they are painted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkPlane, vtkPolyData
from vtkmodules.vtkFiltersCore import vtkAppendPolyData, vtkTubeFilter
from vtkmodules.vtkFiltersSources import vtkLineSource, vtkSphereSource
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from app.representations.cut3d import HalfSpace
from app.representations.margin_colours import coloured_by_margin
from app.representations.reslice import cells_of
from app.representations.shading import rough, shaded
from app.representations.shown3d import Look, Shape
from app.representations.skin_map import coloured
from imaging.geometry import Floats
from imaging.surface import Mesh
from planning.catalogue.devices import device
from planning.evaluation.margin import MarginMap
from planning.model import Probe
from planning.thermal.tines import tines_of
from planning.trajectory.skin_map import SkinMap

_HUB_BEYOND_SKIN_MM = 40.0
_TINE_SHARE = 0.5

Rgb = tuple[float, float, float]


def rgb(colour: str) -> Rgb:
    """Return red, green and blue of ``#RRGGBB``, each from 0 to 1."""
    return (int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255)


def actor_of(shape: Shape) -> Any:
    """The actor of a shape, without its look."""
    if isinstance(shape, SkinMap):
        return _actor(coloured(shape), own_colours=True)
    if isinstance(shape, tuple) and isinstance(shape[0], MarginMap):
        return _actor(coloured_by_margin(*shape), own_colours=True)
    return _actor(shaded(shape) if isinstance(shape, Mesh) else needle_surface(*shape))


def rough_mapper(shape: Shape, fine: Any) -> Any:
    """What draws a shape in pictures that are gone in a moment: with fewer triangles, or as ever where it has few."""
    if not isinstance(shape, Mesh) or rough(shape) is fine.GetInput():
        return fine
    return _mapper(rough(shape), own_colours=False)


def piece_of(actor: Any, piece: Sequence[HalfSpace]) -> Any:
    """Return another actor of the same look, of what of a surface lies before some planes.

    Triangles wholly behind a plane are left out: a surface in pieces has hardly more of them than in one.
    """
    whole = actor.GetMapper().GetInput()
    points = vtk_to_numpy(whole.GetPoints().GetData())
    triangles = vtk_to_numpy(whole.GetPolys().GetConnectivityArray()).reshape(-1, 3)
    for origin_mm, normal in piece:
        before = points @ normal > origin_mm @ normal
        triangles = triangles[before[triangles].any(axis=1)]
    part = vtkPolyData()
    part.SetPoints(whole.GetPoints())
    part.GetPointData().ShallowCopy(whole.GetPointData())
    part.SetPolys(cells_of(triangles))
    made = _actor(part, own_colours=bool(actor.GetMapper().GetScalarVisibility()))
    made.SetProperty(actor.GetProperty())
    cut_by(made.GetMapper(), piece)
    return made


def cut_by(mapper: Any, piece: Sequence[HalfSpace]) -> None:
    """Have a mapper show only what lies before some planes, on the side of their normals."""
    mapper.RemoveAllClippingPlanes()
    for origin_mm, normal in piece:
        plane = vtkPlane()
        plane.SetOrigin(*origin_mm)
        plane.SetNormal(*normal)
        mapper.AddClippingPlane(plane)


def _actor(data: Any, *, own_colours: bool = False) -> Any:
    actor = vtkActor()
    actor.SetMapper(_mapper(data, own_colours=own_colours))
    return actor


def _mapper(data: Any, *, own_colours: bool) -> Any:
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(data)
    mapper.SetScalarVisibility(own_colours)
    mapper.StaticOn()
    return mapper


def paint(actor: Any, look: Look) -> None:
    """Give an actor its look."""
    surface = actor.GetProperty()
    surface.SetColor(*rgb(look.colour))
    surface.SetOpacity(look.opacity)
    surface.SetAmbient(look.ambient)
    surface.SetDiffuse(0.85)
    surface.SetSpecular(0.12)
    surface.SetSpecularPower(20)


def needle_surface(probe: Probe, selected: bool) -> Any:
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
