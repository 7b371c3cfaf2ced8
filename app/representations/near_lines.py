"""Lines from a probe to what it comes near to, with their millimetres."""

from __future__ import annotations

import numpy as np

from app.representations.label_placer import LabelPlacer
from app.representations.primitives import Label, Primitive, Stroke, line
from app.representations.scene import Scene
from app.representations.slice_plane import NeedlePlane, SliceFrame
from app.tokens import ON_IMAGE, dash, needle_colour, severity_colour
from imaging.geometry import Floats
from planning.catalogue.rules import load_path_rules
from planning.model.judgement import Judgement
from planning.quantities import length_text
from planning.trajectory.clearance import Clearance
from planning.trajectory.judging import judgement_of

_MOST = 2
_WITHIN_MM = 30.0
_IN_PLANE_MM = 2.5
_END_PX = 4.0
_WEIGHT = 3


def nearest_of(scene: Scene) -> list[tuple[Clearance, Judgement]]:
    """Return what the selected probe comes nearest to as it lies now, and what that amounts to."""
    probe = scene.selected_probe
    if probe is None:
        return []
    rules = load_path_rules()
    found = [c.followed(probe) for c in scene.near if c.kind is not None and not c.by_tines]
    found = sorted((c for c in found if c.distance_mm <= _WITHIN_MM), key=lambda c: c.distance_mm)
    return [(c, judgement_of(c, probe.depth_mm, rules)) for c in found[:_MOST]]


def draw_near_lines(scene: Scene, frame: SliceFrame, drawn: list[Primitive], labels: LabelPlacer) -> None:
    """Draw the lines on a slice: whole where they lie in it, dashed where they are seen through it."""
    for found, judgement in nearest_of(scene):
        ends = np.array([found.needle_at_mm, found.other_at_mm])
        inside = bool((np.abs(frame.height_mm(ends)) <= _IN_PLANE_MM).all())
        if frame.plane is NeedlePlane.ACROSS and not inside:
            # Along the line of sight every depth would lie on the same place.
            continue
        colour = severity_colour(judgement, ON_IMAGE) if judgement >= Judgement.CAUTION else needle_colour()
        stroke = Stroke(colour=colour, width_px=1.5, dash_px=() if inside else dash("projected_needle"))
        points = frame.to_px(ends)
        drawn += _with_ends(points, stroke)
        words = f"{found.name} {length_text(found.distance_mm)}"
        label = Label(text=words, x_px=0, y_px=0, colour=colour, plate=0.72, size_px=11)
        labels.ask(label, points, _WEIGHT + int(judgement >= Judgement.CAUTION))


def _with_ends(points: Floats, stroke: Stroke) -> list[Primitive]:
    """A line with a short bar across each end."""
    (ax, ay), (bx, by) = points.tolist()
    length = float(np.hypot(bx - ax, by - ay))
    drawn: list[Primitive] = [line((ax, ay), (bx, by), stroke)]
    if length < 2 * _END_PX:
        return drawn
    x, y = -(by - ay) / length * _END_PX, (bx - ax) / length * _END_PX
    bar = Stroke(colour=stroke.colour, width_px=stroke.width_px)
    return [*drawn, *(line((px - x, py - y), (px + x, py + y), bar) for px, py in ((ax, ay), (bx, by)))]
