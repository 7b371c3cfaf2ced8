"""Measurements and notes on slices."""

from __future__ import annotations

import weakref
from functools import lru_cache

import numpy as np

from app.representations.label_placer import LabelPlacer
from app.representations.primitives import Label, Path, Primitive, Stroke, ring
from app.representations.scene import Scene
from app.representations.slice_plane import SliceFrame
from app.tokens import ON_IMAGE, annotation_colour, colour_or, dash, theme_colour
from imaging.geometry import Floats, VoxelGrid
from imaging.region import RegionStatistics
from imaging.volume import Volume
from planning.measured import range_text, region_of, value_text
from planning.model.annotation import Annotation, AnnotationKind

# It is shown on slices that pass so near to its plane, or half a slice where slices are thicker.
_NEAR_MM = 1.0
_PARALLEL = np.cos(np.radians(1.0))
# Before all but grave judgements, and however many other labels there are: the user put them there.
_WEIGHT = 4
_WIDTH_PX, _HALO_PX = 1.5, 5.0
_TICK_PX, _HANDLE_PX, _NOTE_PX, _HEAD_PX, _ARC_PX = 4.0, 4.0, 3.0, 10.0, 22.0
_HEAD_TURNED = np.radians(25.0)
_OUTLINE_PARTS = 16
# A narrower view has no room for the range of densities beside their mean.
_FULL_FROM_PX = 560
# What is measured is kept free of labels, unless it is so large that there would be no place for any.
_KEPT_FREE_PX, _POINT_FREE_PX = 240.0, 6.0


def shown_on(annotation: Annotation, frame: SliceFrame, grid: VoxelGrid) -> bool:
    """Whether a slice shows a measurement: it lies in the slice's plane, to half a slice or a millimetre."""
    normal = frame.normal
    if abs(float(normal @ annotation.normal)) < _PARALLEL:
        return False
    across = int(np.abs(grid.directions.T @ normal).argmax())
    near_mm = max(float(grid.spacing_ijk_mm[across]) / 2, _NEAR_MM)
    return abs(float(frame.height_mm(annotation.points_mm[0]))) < near_mm


def densities_of(annotation: Annotation, volume: Volume | None) -> RegionStatistics | None:
    """Return the densities in a region, worked out once for every place of it."""
    if volume is None or not annotation.kind.is_region:
        return None
    return _densities(annotation, weakref.ref(volume))


@lru_cache(maxsize=128)
def _densities(annotation: Annotation, volume: weakref.ref[Volume]) -> RegionStatistics | None:
    held = volume()
    assert held is not None
    return region_of(annotation, held)


def colour_of(annotation: Annotation) -> str:
    """Return the colour of a measurement or note: the user's own, or that of all of them."""
    return colour_or(annotation, annotation_colour())


def draw_annotations(scene: Scene, frame: SliceFrame, drawn: list[Primitive], labels: LabelPlacer) -> None:
    """Add what a slice shows of measurements and notes."""
    grid = scene.case.image.grid
    for annotation in scene.case.annotations:
        if annotation.id in scene.hidden or not shown_on(annotation, frame, grid):
            continue
        selected = annotation.id == scene.selected
        drawn += annotation_marks(annotation, frame, selected=selected)
        for box in _measured_places(annotation, frame):
            labels.keep_free(*box, if_possible=True)
        words = label_text(annotation, scene.volume, full=selected and frame.width_px >= _FULL_FROM_PX)
        label = Label(text=words, x_px=0, y_px=0, colour=colour_of(annotation), plate=0.72)
        labels.ask(label, _label_outline(annotation, frame), _WEIGHT, always=True)


def label_text(annotation: Annotation, volume: Volume | None, *, full: bool = False) -> str:
    """Return what stands beside a measurement: its words and its value, and in full the range of its densities."""
    if annotation.kind.says_words:
        return annotation.name
    region = densities_of(annotation, volume)
    values = [value_text(annotation, region)]
    if full and region is not None:
        values.append(range_text(region))
    value = ", ".join(filter(None, values))
    return f"{annotation.words}: {value}" if annotation.words else value


def annotation_marks(annotation: Annotation, frame: SliceFrame, *, selected: bool = False) -> list[Primitive]:
    """Return the lines of a measurement, and where it is taken hold of while it is selected."""
    stroke = Stroke(colour=colour_of(annotation), width_px=_WIDTH_PX)
    lines, closed = _lines(annotation, frame)
    marks: list[Primitive] = []
    if selected and lines:
        halo = Stroke(colour=theme_colour("text-1", ON_IMAGE), width_px=_HALO_PX, opacity=0.55, casing=False)
        marks.append(Path(lines=lines, closed=closed, stroke=halo))
    if lines:
        marks.append(Path(lines=lines, closed=closed, stroke=stroke))
    if annotation.kind is AnnotationKind.NOTE:
        marks.append(_dot(annotation, frame, _NOTE_PX + (1.5 if selected else 0)))
    if not selected:
        return marks
    if annotation.kind is AnnotationKind.ELLIPSE:
        around = Stroke(colour=stroke.colour, width_px=1, dash_px=dash("draft"), opacity=0.6, casing=False)
        marks.append(Path(lines=(frame.to_px(np.array(annotation.handles_mm)),), closed=True, stroke=around))
    for x, y in frame.to_px(np.array(annotation.handles_mm)).tolist():
        marks.append(ring(x, y, _HANDLE_PX, stroke))
    return marks


def _lines(annotation: Annotation, frame: SliceFrame) -> tuple[tuple[Floats, ...], bool]:
    """The lines it is made of, in pixels, and whether they are closed."""
    kind, points = annotation.kind, frame.to_px(np.array(annotation.points_mm))
    if kind.is_region:
        return (frame.to_px(annotation.outline_mm),), True
    if kind is AnnotationKind.NOTE or len(points) < 2:
        return (), False
    along = points[1] - points[0]
    length = float(np.hypot(*along))
    if kind is AnnotationKind.ANGLE or length == 0:
        return (points, *_arc(points)), False
    along = along / length
    if kind is AnnotationKind.ARROW:
        wings = [_turned(along, sign * _HEAD_TURNED) * min(_HEAD_PX, length) for sign in (-1, 1)]
        head = np.array([points[0] + wings[0], points[0], points[0] + wings[1]])
        return (points, head), False
    across = np.array([-along[1], along[0]]) * _TICK_PX
    return (points, *(np.array([end - across, end + across]) for end in points)), False


def _arc(points: Floats) -> tuple[Floats, ...]:
    """The bow between the arms of an angle."""
    if len(points) < 3:
        return ()
    arms = points[[0, 2]] - points[1]
    radius_px = min(_ARC_PX, float(np.linalg.norm(arms, axis=1).min()) / 2)
    start, stop = np.arctan2(arms[:, 1], arms[:, 0])
    turn = (stop - start + np.pi) % (2 * np.pi) - np.pi
    at = start + np.linspace(0, turn, 24)
    return (points[1] + radius_px * np.stack([np.cos(at), np.sin(at)], axis=1),)


def _turned(vector: Floats, angle_rad: float) -> Floats:
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    return np.array([cos * vector[0] - sin * vector[1], sin * vector[0] + cos * vector[1]])


def _dot(annotation: Annotation, frame: SliceFrame, radius_px: float) -> Path:
    x, y = (float(v) for v in frame.to_px(annotation.points_mm[0]))
    colour = colour_of(annotation)
    return ring(x, y, radius_px, Stroke(colour=colour, width_px=_WIDTH_PX), fill=colour)


def _label_outline(annotation: Annotation, frame: SliceFrame) -> Floats:
    """Beside what its label stands: of an arrow the end that does not point."""
    points = frame.to_px(annotation.outline_mm)
    if annotation.kind.is_region:
        return points
    if annotation.kind.says_words:
        return points[-1:]
    at = np.linspace(0, len(points) - 1, _OUTLINE_PARTS)
    return np.stack([np.interp(at, np.arange(len(points)), points[:, axis]) for axis in (0, 1)], axis=1)


def _measured_places(annotation: Annotation, frame: SliceFrame) -> list[tuple[float, float, float, float]]:
    """Rectangles that no label may cover: a region, what an arrow points at, the vertex of an angle, a note's place."""
    points = frame.to_px(annotation.outline_mm)
    if annotation.kind.is_region:
        (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        small = max(right - left, bottom - top) < _KEPT_FREE_PX
        return [(left, top, right, bottom)] if small else []
    if annotation.kind is AnnotationKind.DISTANCE:
        return []
    x, y = points[1 if annotation.kind is AnnotationKind.ANGLE else 0].tolist()
    free = _POINT_FREE_PX
    return [(x - free, y - free, x + free, y + free)]
