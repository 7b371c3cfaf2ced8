"""Centrelines: place points along the canal or a root, move them, and set the radius at one of them."""

from __future__ import annotations

import numpy as np

from app.controllers.session import Session
from app.representations.primitives import Path, Primitive, Stroke, ring
from app.representations.slice_plane import SliceFrame
from app.tokens import kind_colour, root_colour, structure_colour
from app.tools.base import SliceEvent, Tool
from imaging.geometry import Floats
from imaging.segmentation.nerve_path import with_point, with_radius
from imaging.structures import Side, StructureKind, Tube
from planning.errors import PlanError
from planning.model import Case, Structure
from planning.model.naming import make_structure, root_id
from planning.operations.locks import require_unlocked
from planning.operations.structures import put_structure, reshape_structure

_GRAB_PX = 8.0
# Points are shown and taken as far from the slice as this, or as the structure is thick.
_NEAR_MM = 2.5
# What is found by itself has a point every few millimetres: neighbours within this follow, or the line would get a kink.
_REACH_MM = 6.0
_LEAST_RADIUS_MM, _LARGEST_RADIUS_MM = 0.3, 20.0


class CentrelineTool(Tool):
    """Click points along the canal or a root; take a point of the selected one to move it or to set its radius.

    Attributes
    ----------
    kind, level, side
        What the next line is.
    points_mm : list of ndarray
        Of the line that was begun.
    chosen : int or None
        The point of the selected centreline that was taken last.
    """

    name = "centreline"
    hint = (
        "Click points from the canal outwards, on any slice. Enter finishes, Esc forgets, Backspace takes one back. Points of "
        "the selected line: drag one to move it, Ctrl+wheel sets the radius there, Shift+click begins anew."
    )
    double_click_finishes = True

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.kind = StructureKind.ROOT
        self.level = "S2"
        self.side = Side.LEFT
        self.points_mm: list[Floats] = []
        self.chosen: int | None = None
        self._hovered: int | None = None
        self._grabbed: tuple[Structure, int, Floats] | None = None

    # ---------------------------------------------------------------- gestures

    def press(self, event: SliceEvent) -> None:
        under = None if event.shift else self._point_under(event)
        line = self.edited()
        if under is None or line is None:
            self.chosen = None
            self.points_mm.append(event.lps_mm)
            self.view.set_crosshair(event.lps_mm)
            self._tell()
            return
        self._end_step()
        self.chosen = under
        try:
            require_unlocked(line)
        except PlanError as error:
            self.session.refused.emit(error)
        else:
            self._grabbed = (line, under, event.lps_mm)
            self.session.dragging = True
        self._tell()

    def move(self, event: SliceEvent, pressed: bool) -> None:
        if pressed and self._grabbed is not None:
            line, point, start_mm = self._grabbed
            assert isinstance(line.shape, Tube)
            moved = with_point(line.shape, point, line.shape.points_mm[point] + event.lps_mm - start_mm, _REACH_MM)
            self.session.drag(
                f"Move point of {line.name}", lambda case: reshape_structure(case, line.id, moved), "drag point"
            )
            return
        hovered = self._point_under(event)
        if hovered != self._hovered:
            self._hovered = hovered
            self.view.changed.emit()

    def release(self, event: SliceEvent) -> None:
        if self._grabbed is not None:
            self._grabbed = None
            self.session.end_drag()

    def wheel(self, notches: float) -> bool:
        point = self._hovered if self._hovered is not None else self.chosen
        radius_mm = self.radius_at(point)
        if point is None or radius_mm is None:
            return False
        if point != self.chosen:
            self._end_step()
            self.chosen = point
        self.set_radius(radius_mm * 1.08**notches)
        return True

    def set_radius(self, radius_mm: float) -> None:
        """Set the radius at the chosen point; turns of the wheel there are one step of undo."""
        line, point = self.edited(), self.chosen
        if line is None or point is None or not isinstance(line.shape, Tube):
            return
        made = with_radius(
            line.shape, point, float(np.clip(radius_mm, _LEAST_RADIUS_MM, _LARGEST_RADIUS_MM)), _REACH_MM
        )
        self.session.apply(
            f"Radius of {line.name}", lambda case: reshape_structure(case, line.id, made), f"radius {line.id} {point}"
        )
        self._tell()

    def take_back(self) -> None:
        if self.points_mm:
            self.points_mm.pop()
            self.view.changed.emit()

    def finish(self, shift: bool = False) -> None:
        if not self.points_mm:
            return
        points, self.points_mm = self.points_mm, []
        kind, level, side, radius_mm = self.kind, self.level, self.side, self.view.tube_radius_mm
        root = kind is StructureKind.ROOT

        def place(case: Case) -> Case:
            tube = Tube(np.array(points), np.full(len(points), radius_mm))
            made = make_structure(
                kind, tube, level=level if root else "", side=side if root else None, origin="centreline by hand"
            )
            return put_structure(case, made)

        name = f"{level} {side.value}" if root else "canal" if kind is StructureKind.CANAL else "thecal sac"
        if self.session.apply(f"Place {name}", place):
            self.view.select(root_id(level, side) if root else kind.value)

    def cancel(self) -> None:
        if self._grabbed is not None:
            self._grabbed = None
            self.session.end_drag()
            self.session.undo()
        self.points_mm, self.chosen = [], None
        self._tell()

    def _end_step(self) -> None:
        if self.session.store is not None:
            self.session.store.end_merge()

    def _tell(self) -> None:
        self.view.changed.emit()
        self.view.toolAdjusted.emit()

    # ---------------------------------------------------------------- the selected line

    def edited(self) -> Structure | None:
        """Return the selected centreline, while no new one is begun."""
        case = self.session.case
        found = None if case is None or self.points_mm else case.find(self.view.selected)
        return found if found is not None and isinstance(found.shape, Tube) else None

    def radius_at(self, point: int | None) -> float | None:
        """Return the radius at a point of the selected centreline; None if it has no such point."""
        line = self.edited()
        if line is None or point is None or not isinstance(line.shape, Tube) or point >= len(line.shape.radii_mm):
            return None
        return float(line.shape.radii_mm[point])

    def _point_under(self, event: SliceEvent) -> int | None:
        line = self.edited()
        if line is None or not isinstance(line.shape, Tube):
            return None
        away_px = np.hypot(*(event.frame.to_px(line.shape.points_mm) - event.px).T)
        away_px[~_near(line.shape, event.frame)] = np.inf
        return int(away_px.argmin()) if away_px.min() <= _GRAB_PX else None

    # ---------------------------------------------------------------- drawing

    def preview(self, frame: SliceFrame) -> list[Primitive]:
        line = self.edited()
        if line is not None and isinstance(line.shape, Tube):
            return self._handles(line.shape, structure_colour(line), frame)
        if not self.points_mm:
            return []
        colour = root_colour(self.level) if self.kind is StructureKind.ROOT else kind_colour(self.kind)
        points = frame.to_px(np.array(self.points_mm))
        marks: list[Primitive] = [Path(lines=(points,), stroke=Stroke(colour=colour, dash_px=(4, 3)))]
        for (x, y), lps in zip(points, self.points_mm, strict=True):
            near = abs(float(frame.height_mm(lps))) < _NEAR_MM
            edge = Stroke(colour=colour, width_px=1.5, opacity=1.0 if near else 0.5)
            marks.append(ring(float(x), float(y), 4, edge, fill=colour if near else None))
        return marks

    def _handles(self, tube: Tube, colour: str, frame: SliceFrame) -> list[Primitive]:
        """The points that can be taken in a slice; around the chosen one its radius."""
        marks: list[Primitive] = []
        places = frame.to_px(tube.points_mm)
        for n in np.flatnonzero(_near(tube, frame)):
            x, y = (float(v) for v in places[n])
            taken = n in (self.chosen, self._hovered)
            edge = Stroke(colour=colour, width_px=1.5)
            marks.append(ring(x, y, 4.5 if taken else 2.5, edge, fill=colour if n == self.chosen else None))
            if n == self.chosen:
                dashed = Stroke(colour=colour, width_px=1, dash_px=(3, 3))
                marks.append(ring(x, y, float(tube.radii_mm[n]) / frame.mm_per_px, dashed))
        return marks


def _near(tube: Tube, frame: SliceFrame) -> np.ndarray:
    return np.abs(frame.height_mm(tube.points_mm)) < np.maximum(tube.radii_mm, _NEAR_MM)
