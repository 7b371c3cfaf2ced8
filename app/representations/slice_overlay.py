"""Everything drawn over the CT on one slice."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, fields

import numpy as np

from app.representations.actual_needle import draw_actual
from app.representations.annotations import draw_annotations
from app.representations.cement import draw_cement
from app.representations.label_placer import LabelMemory, LabelPlacer
from app.representations.near_lines import draw_near_lines
from app.representations.needle_marks import draw_crossing, place_mark, shaft_strokes
from app.representations.plane_set import PlaneSet
from app.representations.primitives import Label, Path, Primitive, Stroke, line, ring
from app.representations.protection import draw_protection
from app.representations.reslice import cut
from app.representations.scene import HIDDEN_AT_FIRST, Offered, Scene
from app.representations.slice_plane import NeedlePlane, Plane, SliceFrame
from app.representations.temperature_wash import draw_temperature
from app.tokens import (
    ON_IMAGE,
    dash,
    isotherm_colour,
    needle_colour,
    plane_colour,
    probe_colour,
    severity_colour,
    stroke_px,
    theme_colour,
)
from imaging.geometry import Floats
from imaging.structures import StructureKind
from planning.catalogue.devices import device
from planning.evaluation import Judgement
from planning.model.case import Probe, Structure
from planning.quantities import level_text
from planning.thermal.tines import tines_of

_IN_PLANE_MM = 2.5
_CROSSHAIR_GAP_PX = 8.0
# A smaller ring is hidden by its own label; the outermost and the counted one are labelled all the same.
_LABELLED_RING_PX = 70.0
_EDGE_LETTERS_PX = 24.0
# Weights of labels: harm first, then what the zone says, then names.
_ZONE_WEIGHT, _PROBE_WEIGHT, _LIKELY_WEIGHT = 2, 3, -1
_SELECTION_HALO_PX = 5.0
_LEAVING_OPACITY = 0.3
_RESIDUAL_OPACITY = 0.4
DRAFT_WORDS = "not applied yet"


def slice_overlay(scene: Scene, frame: SliceFrame) -> list[Primitive]:
    """Return structures, zone, probes and crosshair on a slice, in drawing order.

    Parameters
    ----------
    scene : Scene
    frame : SliceFrame
    """
    return [*slice_crosshair(scene, frame), *slice_ground(scene, frame), *slice_plan(scene, frame)]


def slice_crosshair(scene: Scene, frame: SliceFrame) -> list[Primitive]:
    """Return the crosshair, which lies under everything but the CT."""
    return [] if scene.crosshair_mm is None else _crosshair(scene, frame)


def slice_ground(scene: Scene, frame: SliceFrame) -> list[Primitive]:
    """Return what stays while a probe is dragged: the outlines of structures."""
    drawn: list[Primitive] = []
    for structure in drawn_on_slices(scene):
        drawn += _outline(structure, scene, frame)
    return drawn


def ground_key(scene: Scene) -> Hashable:
    """Return what `slice_ground` depends on beside the frame: surfaces, and not yet the voxels just painted."""
    drawn = tuple(
        (s.id, s.kind, scene.colour_of(s), s.confirmed, scene.surfaces.latest(s)) for s in scene.case.structures
    )
    return drawn, scene.hidden, scene.selected


_PLACES = frozenset({"crosshair_mm", "place_mm", "planes", "surfaces", "judgements", "plan"})
"""Of a scene: where the crosshair and its planes are, what `ground_key` holds, and what follows from the rest."""


def plan_key(scene: Scene) -> Hashable:
    """Return what `slice_plan` depends on beside the frame and `ground_key`: everything of the scene but its crosshair."""
    return tuple(_Same.of(getattr(scene, f.name)) for f in fields(scene) if f.name not in _PLACES)


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """Equal to another only if it is of the very same object: what is drawn never changes in place."""

    held: object

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.held is self.held

    def __hash__(self) -> int:
        return id(self.held)

    @classmethod
    def of(cls, value: object) -> Hashable:
        """Return words, numbers and sets of words as they are, and of anything else which object it is."""
        return value if isinstance(value, str | bool | frozenset) else cls(value)


def slice_plan(
    scene: Scene, frame: SliceFrame, memory: LabelMemory | None = None, placed: Sequence[Label] = ()
) -> list[Primitive]:
    """Return what goes over it: isotherms, probes, measurements, and the labels of everything.

    Parameters
    ----------
    scene : Scene
    frame : SliceFrame
    memory : LabelMemory, optional
        Of the view, so that its labels stay in place.
    placed : sequence of Label
        Labels whose places are given, and that others keep clear of.
    """
    drawn: list[Primitive] = []
    labels = _placer(frame, memory)
    for label in placed:
        labels.fix(label)
    draw_temperature(scene, frame, drawn, labels)
    for structure in drawn_on_slices(scene):
        _label(structure, scene, frame, labels)
    _draw_draft(scene, frame, drawn, labels)
    drawn += _residual(scene, frame)
    _draw_likely(scene, frame, drawn, labels)
    _draw_isotherms(scene, frame, drawn, labels)
    draw_protection(scene, frame, drawn, labels)
    draw_cement(scene, frame, drawn, labels)
    leaving = frozenset() if scene.offered is None else scene.offered.leaving
    for probe in scene.plan.probes:
        if probe.id in leaving:
            drawn.append(_leaving(probe, frame))
        elif frame.plane is NeedlePlane.ACROSS:
            draw_crossing(probe, frame, selected=probe.id == scene.selected, drawn=drawn, labels=labels)
        else:
            _draw_probe(probe, scene, frame, drawn, labels)
    if scene.offered is not None:
        _draw_offered(scene.offered, frame, drawn, labels)
    draw_near_lines(scene, frame, drawn, labels)
    draw_actual(scene.actual, frame, drawn, labels)
    draw_annotations(scene, frame, drawn, labels)
    return [*drawn, *labels.placed()]


def _placer(frame: SliceFrame, memory: LabelMemory | None) -> LabelPlacer:
    """Labels keep off the letters on the four edges and off the corners' texts."""
    labels = LabelPlacer(frame.width_px, frame.height_px, memory)
    width, height, reach = frame.width_px, frame.height_px, _EDGE_LETTERS_PX
    for x, y in ((0.0, height / 2), (width, height / 2), (width / 2, 0.0), (width / 2, height)):
        labels.keep_free(x - reach, y - reach, x + reach, y + reach)
    labels.keep_free(0, height - 46, 130, height)
    labels.keep_free(width * 0.7, height - 36, width, height)
    labels.keep_free(0, 0, 300 if frame.is_of_needle else 160, 30)
    return labels


def drawn_on_slices(scene: Scene) -> list[Structure]:
    """Return the structures that slices show; what fills the image is shown while it is selected."""
    return [s for s in scene.visible() if s.kind not in HIDDEN_AT_FIRST or s.id == scene.selected]


def _lines(structure: Structure, scene: Scene, frame: SliceFrame) -> tuple[Floats, ...]:
    mesh = scene.surfaces.latest(structure)
    return () if mesh is None else cut(mesh, frame)


def _outline(structure: Structure, scene: Scene, frame: SliceFrame) -> list[Primitive]:
    lines = _lines(structure, scene, frame)
    if not lines:
        return []
    colour = scene.colour_of(structure)
    root, lesion = structure.kind is StructureKind.ROOT, structure.kind is StructureKind.LESION
    dashes: tuple[float, ...] = ()
    if not structure.confirmed:
        dashes = dash("unconfirmed")
    elif structure.kind is StructureKind.CANAL:
        dashes = dash("canal")
    opacity = 0.38 if root else 0.16 if lesion else 0.0
    if not structure.confirmed:
        opacity = min(opacity, 0.10)
    drawn: list[Primitive] = []
    if structure.id == scene.selected:
        halo = Stroke(colour=theme_colour("text-1", ON_IMAGE), width_px=_SELECTION_HALO_PX, opacity=0.55, casing=False)
        drawn.append(Path(lines=lines, closed=True, stroke=halo))
    drawn.append(
        Path(
            lines=lines,
            closed=True,
            stroke=Stroke(colour=colour, width_px=stroke_px("lesion" if lesion else "root"), dash_px=dashes),
            fill=colour if opacity else None,
            fill_opacity=opacity,
        )
    )
    return drawn


def _label(structure: Structure, scene: Scene, frame: SliceFrame, labels: LabelPlacer) -> None:
    judgement = scene.judgements.get(structure.id, Judgement.WITHIN)
    root, grave = structure.kind is StructureKind.ROOT, judgement >= Judgement.CAUTION
    if not (root or structure.kind is StructureKind.LESION or grave or structure.id == scene.selected):
        return
    lines = _lines(structure, scene, frame)
    if lines:
        label = Label(text=structure.name, x_px=0, y_px=0, colour=scene.colour_of(structure))
        weight = int(judgement) if grave else -1 if root else 0
        labels.ask(label, _largest(lines), weight, judgement if grave else None)


def _draw_isotherms(scene: Scene, frame: SliceFrame, drawn: list[Primitive], labels: LabelPlacer) -> None:
    shown = scene.shown_zone
    if shown is None:
        return
    zone, offered = shown.zone, scene.offered if shown is not scene.zone else None
    stale_because = scene.stale_because if offered is None else ""
    outermost = True
    for temperature_c, mesh in shown.by_temperature_c.items():
        lines = cut(mesh, frame)
        if not lines:
            continue
        colour = isotherm_colour(temperature_c, cold=zone.cold)
        dashes = {-40.0: dash("minus40"), 45.0: dash("45")}.get(temperature_c, ())
        counted = temperature_c == shown.counted_c
        if stale_because:
            colour, dashes = theme_colour("stale", ON_IMAGE), dash("stale")
        width_px = stroke_px("isotherm_counted" if counted else "isotherm")
        drawn.append(Path(lines=lines, closed=True, stroke=Stroke(colour=colour, width_px=width_px, dash_px=dashes)))
        largest = _largest(lines)
        large = float(np.ptp(largest, axis=0).min()) >= _LABELLED_RING_PX
        if not stale_because and (large or counted or outermost):
            label = Label(text=level_text(temperature_c), x_px=0, y_px=0, colour=colour, plate=0.72, size_px=11)
            labels.ask(label, largest, _ZONE_WEIGHT, on_outline=large)
        outermost = False
    text = f"Zone out of date: {stale_because}" if stale_because else "" if offered is None else offered.words
    if text:
        labels.fix(
            Label(
                text=text, x_px=frame.width_px / 2, y_px=frame.height_px - 40, colour=theme_colour("text-2", ON_IMAGE),
                anchor="centre", plate=0.72,
            )
        )  # fmt: skip


def _draw_likely(scene: Scene, frame: SliceFrame, drawn: list[Primitive], labels: LabelPlacer) -> None:
    """Where nearly all runs, and where few, pass the level that counts."""
    likely, shown = scene.likely, scene.shown_zone
    if likely is None or shown is None or shown is not scene.zone or likely.digest != shown.zone.digest:
        return
    colour = isotherm_colour(likely.level_c, cold=shown.zone.cold)
    for mesh, words in ((likely.inner, "95 % of runs"), (likely.outer, "5 % of runs")):
        lines = cut(mesh, frame)
        if lines:
            dotted = Stroke(colour=colour, width_px=1, dash_px=dash("stale"))
            drawn.append(Path(lines=lines, closed=True, stroke=dotted))
            label = Label(text=words, x_px=0, y_px=0, colour=colour, plate=0.72, size_px=11)
            labels.ask(label, _largest(lines), _LIKELY_WEIGHT)


def _residual(scene: Scene, frame: SliceFrame) -> list[Primitive]:
    """What of the lesion stays untreated, filled."""
    judged = scene.judged_lesion
    if judged is None or judged.residual is None:
        return []
    lines = cut(judged.residual.surface, frame)
    colour = severity_colour(Judgement.ALARM, ON_IMAGE, fill=True)
    return [Path(lines=lines, closed=True, fill=colour, fill_opacity=_RESIDUAL_OPACITY)] if lines else []


def _largest(lines: tuple[Floats, ...]) -> Floats:
    """The outline that is seen best."""
    return max(lines, key=lambda points: float(np.ptp(points, axis=0).sum()))


def _draw_probe(probe: Probe, scene: Scene, frame: SliceFrame, drawn: list[Primitive], labels: LabelPlacer) -> None:
    colour = probe_colour(probe)
    active_mm = device(probe.device_id).active_length_mm
    at_mm = np.linspace(0.0, probe.depth_mm, max(int(probe.depth_mm), 2) + 1)
    at_mm = np.unique(np.concatenate([at_mm, [min(active_mm, probe.depth_mm)]]))
    lps = np.asarray(probe.tip_mm) + at_mm[:, None] * probe.direction
    points, near = frame.to_px(lps), np.abs(frame.height_mm(lps)) <= _IN_PLANE_MM
    solid = Stroke(colour=colour, width_px=stroke_px("needle"))
    thick = Stroke(colour=colour, width_px=stroke_px("needle_active"))
    if frame.is_of_needle:
        solid, thick = shaft_strokes(probe, frame)
    far = Stroke(colour=colour, width_px=1.25, dash_px=dash("projected_needle"), opacity=0.62)
    if probe.id == scene.selected:
        halo = Stroke(colour=colour, width_px=_SELECTION_HALO_PX, opacity=0.3, casing=False)
        drawn.append(Path(lines=(points,), stroke=halo))
    for stroke, which in ((far, ~near), (solid, near)):
        drawn.extend(Path(lines=(run,), stroke=stroke) for run in _runs(points, which))
    active = at_mm <= active_mm + 1e-6
    drawn.extend(Path(lines=(run,), stroke=thick) for run in _runs(points, active & near))
    _tick(points, active, near, thick, drawn)
    drawn += _tines(probe, frame)
    edge = Stroke(colour=colour, width_px=1.5)
    for end in (probe.tip_mm, probe.entry_mm):
        if abs(float(frame.height_mm(end))) <= _IN_PLANE_MM or probe.id == scene.selected:
            x, y = frame.to_px(end)
            drawn.append(ring(float(x), float(y), 6, edge))
    # Named where the shaft leaves the skin, or as near to it as the view shows.
    labels.ask(Label(text=probe.name, x_px=0, y_px=0, colour=colour, weight="semibold"), points[-3:], _PROBE_WEIGHT)


def _draw_draft(scene: Scene, frame: SliceFrame, drawn: list[Primitive], labels: LabelPlacer) -> None:
    """The outline that an edit would leave, dashed beside that of the structure as it is."""
    draft = scene.draft
    structure = None if draft is None else scene.case.find(draft.structure_id)
    if draft is None or structure is None or structure.id in scene.hidden:
        return
    lines = cut(draft.surface, frame)
    if not lines:
        return
    colour = scene.colour_of(structure)
    drawn.append(Path(lines=lines, closed=True, stroke=Stroke(colour=colour, width_px=2.0, dash_px=dash("draft"))))
    longest = max(lines, key=len)
    labels.ask(Label(text=DRAFT_WORDS, x_px=0, y_px=0, colour=colour), longest, _PROBE_WEIGHT)


def _draw_offered(offered: Offered, frame: SliceFrame, drawn: list[Primitive], labels: LabelPlacer) -> None:
    """Paths that are shown before they are taken: dashed in every view; those of a plan are named."""
    stroke = Stroke(colour=needle_colour(), width_px=stroke_px("needle"), dash_px=dash("projected_needle"))
    edge = Stroke(colour=needle_colour(), width_px=1.5)
    for probe in offered.probes:
        points = frame.to_px(np.array([probe.tip_mm, probe.entry_mm]))
        drawn.append(Path(lines=(points,), stroke=stroke))
        drawn += [ring(float(x), float(y), 6, edge) for x, y in points]
        if offered.zone is not None:
            label = Label(text=probe.name, x_px=0, y_px=0, colour=needle_colour(), weight="semibold")
            labels.ask(label, points[-1:], _PROBE_WEIGHT)


def _leaving(probe: Probe, frame: SliceFrame) -> Path:
    """A probe that the plan which is offered does without: a faint line."""
    points = frame.to_px(np.array([probe.tip_mm, probe.entry_mm]))
    return Path(lines=(points,), stroke=Stroke(colour=needle_colour(), width_px=1.25, opacity=_LEAVING_OPACITY))


def _tines(probe: Probe, frame: SliceFrame) -> list[Primitive]:
    """The tines of an array: strong where they lie in the slice, faint where they are seen through it."""
    tines, drawn = device(probe.device_id).tines, list[Primitive]()
    if tines is None:
        return drawn
    inside = Stroke(colour=probe_colour(probe), width_px=stroke_px("needle"))
    beyond = Stroke(colour=probe_colour(probe), width_px=1, opacity=0.4, casing=False)
    for lps in tines_of(tines, probe.tip_mm, probe.to_hub_mm):
        points, near = frame.to_px(lps), np.abs(frame.height_mm(lps)) <= _IN_PLANE_MM
        for stroke, which in ((beyond, ~near), (inside, near)):
            drawn.extend(Path(lines=(run,), stroke=stroke) for run in _runs(points, which))
    return drawn


def _runs(points: Floats, which: np.ndarray) -> list[Floats]:
    """Pieces of a polyline whose segments have both ends in ``which``, or one end where it changes."""
    runs, current = [], [0]
    for n in range(1, len(points)):
        if which[n - 1]:
            current.append(n)
        else:
            if len(current) > 1:
                runs.append(points[current])
            current = [n]
    if len(current) > 1:
        runs.append(points[current])
    return runs


def _tick(points: Floats, active: np.ndarray, near: np.ndarray, stroke: Stroke, drawn: list[Primitive]) -> None:
    """A short bar across the shaft where the active part ends."""
    last = int(np.flatnonzero(active)[-1])
    along = points[-1] - points[0]
    length = float(np.hypot(*along))
    if not near[last] or length < 1:
        return
    across = np.array([-along[1], along[0]]) / length * 4
    start, stop = points[last] - across, points[last] + across
    thin = Stroke(colour=stroke.colour, width_px=1.5)
    drawn.append(line((float(start[0]), float(start[1])), (float(stop[0]), float(stop[1])), thin))


def _crosshair(scene: Scene, frame: SliceFrame) -> list[Primitive]:
    assert scene.crosshair_mm is not None
    if frame.is_of_needle:
        return place_mark(frame, scene.crosshair_mm, _IN_PLANE_MM)
    planes = scene.planes or PlaneSet.straight(scene.case.image.grid)
    centre = frame.to_px(scene.crosshair_mm)
    # As far as any corner lies, whichever way they lean.
    reach = float(np.hypot(frame.width_px, frame.height_px)) + float(np.abs(centre).max())
    drawn: list[Primitive] = []
    for other, direction in planes.lines_in(Plane(frame.plane)).items():
        stroke = Stroke(colour=plane_colour(other), width_px=1, opacity=0.75, casing=False)
        for side in (-1.0, 1.0):
            start, stop = centre + side * _CROSSHAIR_GAP_PX * direction, centre + side * reach * direction
            drawn.append(line((float(start[0]), float(start[1])), (float(stop[0]), float(stop[1])), stroke))
    return drawn
