"""The four pictures of the sheet: lesion, path, zone and 3D from behind, all of one size."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from app.export.pdf_painter import picture_of
from app.export.pictures import focus_of
from app.representations.furniture3d import furniture3d
from app.representations.primitives import Label, Picture, Primitive, Stroke, line
from app.representations.reslice import Reslicer, cut
from app.representations.scene import Scene, SurfaceCache, ZoneSurfaces
from app.representations.scene3d import Scene3D
from app.representations.slice_picture import slice_picture
from app.representations.slice_plane import Plane, SliceFrame
from app.representations.windows import WINDOW_PRESETS
from app.tokens import ON_IMAGE, theme_colour
from imaging.geometry import Floats
from imaging.later import spatial
from imaging.structures import StructureKind
from planning.evaluation import Judgement, StructureRisk
from planning.model.case import Probe
from planning.quantities import length_text, level_text, volume_text
from planning.report.model import ReportInput

# Pictures are drawn smaller and enlarged, so that their smallest text is as large as the sheet's.
_DRAWN_PX = 320
_LESION_MM = 110.0
_ZONE_MM = 110.0
_PATH_ROOM = 1.3
_BEHIND_MM = 170.0
_MOST_NAMED = 4
# Probes further from the plane are left out of the picture of the path.
_PATH_SLAB_MM = 12.0
# Azimuth and elevation.
_VIEW_3D = (14.0, 20.0)
_NOT_IN_3D = frozenset({StructureKind.SKIN, StructureKind.BOWEL, StructureKind.BLADDER, StructureKind.VESSEL})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Captioned:
    """A picture with what stands below it."""

    picture: Picture
    lead: str
    text: str


def sheet_pictures(given: ReportInput, size_px: float, detail: int) -> list[Captioned]:
    """Return the four pictures at the origin.

    Parameters
    ----------
    given : ReportInput
    size_px : float
        Width and height on the sheet.
    detail : int
        Pixels of the raster in a pixel of the drawing.
    """
    scene = _scene(given)
    reslicer = Reslicer(given.volume)
    made = []
    for draw in (_lesion, _path, _zone, _behind):
        primitives, lead, text = draw(given, scene, reslicer, detail)
        pixels = picture_of(primitives, _DRAWN_PX, _DRAWN_PX, detail)
        picture = Picture(pixels=pixels, x_px=0, y_px=0, width_px=size_px, height_px=size_px)
        made.append(Captioned(picture=picture, lead=lead, text=text))
    return made


Drawn = tuple[list[Primitive], str, str]


def _scene(given: ReportInput) -> Scene:
    surfaces = SurfaceCache()
    for structure in given.case.structures:
        if structure.kind is not StructureKind.SKIN:
            surfaces.make(structure)
    zone = ZoneSurfaces.of(given.zone)
    return Scene(case=given.case, surfaces=surfaces, zone=zone, verdict=given.verdict)


def _frame(given: ReportInput, plane: Plane, centre_mm: Floats, height_mm: float) -> SliceFrame:
    return SliceFrame.of(plane, given.case.image.grid, centre_mm, _DRAWN_PX, _DRAWN_PX, height_mm / _DRAWN_PX)


def _slice(scene: Scene, reslicer: Reslicer, frame: SliceFrame, detail: int) -> list[Primitive]:
    _, width_hu, level_hu = WINDOW_PRESETS[3]
    return slice_picture(scene, reslicer, frame, (width_hu, level_hu), detail, title=False)


def _lesion(given: ReportInput, scene: Scene, reslicer: Reslicer, detail: int) -> Drawn:
    """The lesion alone, with its longest diameter in the slice."""
    frame = _frame(given, Plane.AXIAL, focus_of(scene), _LESION_MM)
    bare = given.case.with_plan(probes=())
    hidden = frozenset(s.id for s in bare.structures if s.kind is not StructureKind.LESION)
    primitives = _slice(replace(scene, case=bare, zone=None, verdict=None, hidden=hidden), reslicer, frame, detail)
    judged = given.verdict.lesion
    if judged is None:
        return primitives, "Lesion.", f"None is marked. Axial at {frame.position_text}."
    marks, longest_mm = _diameter(scene, frame)
    text = f"{volume_text(judged.volume_mm3)}; longest {longest_mm:.1f}\u202fmm in this axial slice, at {frame.position_text}."
    return [*primitives, *marks], "Lesion.", text


def _diameter(scene: Scene, frame: SliceFrame) -> tuple[list[Primitive], float]:
    lesion = scene.case.of_kind(StructureKind.LESION)[0]
    mesh = scene.surfaces.get(lesion)
    lines = () if mesh is None else cut(mesh, frame)
    if not lines:
        return [], 0.0
    points = max(lines, key=len)
    try:
        corners = points[spatial.ConvexHull(points).vertices]
    except spatial.QhullError:
        return [], 0.0
    apart = np.linalg.norm(corners[:, None] - corners[None], axis=2)
    first, second = (corners[n] for n in np.unravel_index(apart.argmax(), apart.shape))
    longest_mm = float(apart.max() * frame.mm_per_px)
    white = Stroke(colour=theme_colour("text-1", ON_IMAGE), width_px=1.25)
    start, stop = (float(first[0]), float(first[1])), (float(second[0]), float(second[1]))
    x, y = max((start, stop), key=lambda p: p[1])
    text = f"{longest_mm:.1f}\u202fmm"
    label = Label(text=text, x_px=x, y_px=y + 14, colour=theme_colour("text-1", ON_IMAGE), anchor="centre", plate=0.72)
    return [line(start, stop, white), label], longest_mm


def _path(given: ReportInput, scene: Scene, reslicer: Reslicer, detail: int) -> Drawn:
    """The standard plane that holds most of the first probe, through its tip."""
    first = given.case.plan.probes[0]
    plane = path_plane(first)
    axis = plane.normal_axis
    probes = tuple(p for p in given.case.plan.probes if abs(p.tip_mm[axis] - first.tip_mm[axis]) <= _PATH_SLAB_MM)
    ends = np.array([p for probe in probes for p in (probe.entry_mm, probe.tip_mm)])
    centre = (ends.min(axis=0) + ends.max(axis=0)) / 2
    centre[axis] = first.tip_mm[axis]
    across = np.delete(np.ptp(ends, axis=0), axis)
    height_mm = max(float(across.max()) * _PATH_ROOM + 10, 90.0)
    frame = _frame(given, plane, centre, height_mm)
    shown = replace(scene, verdict=None, case=given.case.with_plan(probes=probes))
    others = " Dashed: out of this plane." if len(probes) > 1 or path_lean(first, plane) > 0.03 else ""
    text = f"{first.name}, {length_text(first.depth_mm)} from skin to tip. {plane.capitalize()} at {frame.position_text}.{others}"
    return _slice(shown, reslicer, frame, detail), "Path.", text


def path_plane(probe: Probe) -> Plane:
    """Return the plane, axial or sagittal, that a probe leaves least."""
    return min((Plane.AXIAL, Plane.SAGITTAL), key=lambda plane: path_lean(probe, plane))


def path_lean(probe: Probe, plane: Plane) -> float:
    """Return the part of a probe's direction that is across a plane, 0 to 1."""
    return abs(float(probe.direction[plane.normal_axis]))


def _zone(given: ReportInput, scene: Scene, reslicer: Reslicer, detail: int) -> Drawn:
    """The zone in the axial slice of what it endangers most, else of the lesion."""
    centre = np.array(focus_of(scene))
    worst = _worst(given)
    if worst is not None and worst.extreme_at_mm is not None:
        at = np.array(worst.extreme_at_mm)
        centre = np.array([*((centre + at) / 2)[:2], at[2]])
    frame = _frame(given, Plane.AXIAL, centre, _ZONE_MM)
    goal_c = level_text(scene.zone.counted_c if scene.zone else 0.0)
    extreme = "Coldest" if given.zone.cold else "Hottest"
    why = f"where {worst.name} is {extreme.lower()}" if worst is not None else "through the lesion"
    text = f"{extreme} at any time, axial {why}, at {frame.position_text}. {goal_c} counts as treated."
    return _slice(scene, reslicer, frame, detail), "Zone.", text


def _worst(given: ReportInput) -> StructureRisk | None:
    grave = [r for r in given.verdict.structures if r.judgement >= Judgement.CAUTION and r.limit is not None]
    sign = 1 if given.zone.cold else -1
    return min(grave, key=lambda r: (-r.judgement, sign * (r.extreme_c or 0.0)), default=None)


def _behind(given: ReportInput, scene: Scene, _: Reslicer, detail: int) -> Drawn:
    hidden = frozenset(s.id for s in given.case.structures if s.kind in _NOT_IN_3D)
    shown = replace(scene, hidden=scene.hidden | hidden)
    primitives = _from_behind(shown, detail)
    grave = [r.name for r in given.verdict.structures if r.judgement >= Judgement.ALARM and r.level]
    named = ", ".join(grave[:_MOST_NAMED]) + (
        f" and {len(grave) - _MOST_NAMED} more" if len(grave) > _MOST_NAMED else ""
    )
    text = f"Orange: {named} at alarm or beyond." if grave else "No root reaches alarm."
    if given.case.image.synthetic:
        text += " Synthetic CT."
    return primitives, "From behind.", text


def _from_behind(scene: Scene, detail: int) -> list[Primitive]:
    """The 3D scene around the lesion."""
    solid = Scene3D()
    try:
        solid.update(scene)
        solid.look(focus_of(scene), *_VIEW_3D, _BEHIND_MM)
        pixels = solid.pixels(_DRAWN_PX * detail, _DRAWN_PX * detail)
        marks = furniture3d(scene, solid, (_DRAWN_PX, _DRAWN_PX), _VIEW_3D, title=False)
        return [Picture(pixels=pixels, x_px=0, y_px=0, width_px=_DRAWN_PX, height_px=_DRAWN_PX), *marks]
    finally:
        solid.close()
