"""Mark structures: brush and eraser, centrelines by points."""

from __future__ import annotations

import numpy as np

from app.controllers.session import Session
from app.representations.primitives import Path, Primitive, Stroke, ring
from app.representations.slice_plane import SliceFrame
from app.tokens import structure_colour, theme_colour
from app.tools.base import SliceEvent, Tool
from imaging.geometry import Floats
from imaging.labels import Mask
from imaging.segmentation import paint_stroke
from imaging.structures import Side, StructureKind, Tube
from planning.errors import PlanError
from planning.model.naming import make_structure, root_id
from planning.operations.structures import put_structure, reshape_structure


class BrushTool(Tool):
    """Paint the selected structure, or a new lesion, with a ball."""

    name = "brush"
    hint = "Drag to paint the selected structure, or the lesion. Ctrl+wheel sets the size, Shift erases."
    erases = False

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._path: list[Floats] = []
        self._before: Mask | None = None
        self._target = ""
        self._erase = False
        self._at_mm: Floats | None = None

    def press(self, event: SliceEvent) -> None:
        case = self.session.case
        if case is None:
            return
        self._erase = self.erases != event.shift
        target = case.find(self.view.selected) or case.find(StructureKind.LESION.value)
        if target is not None and isinstance(target.shape, Tube):
            text = f"{target.name} is a centreline and cannot be painted."
            self.session.refused.emit(
                PlanError(text, code="paint-tube", hint="Select the lesion or another painted structure.")
            )
            return
        if target is None and self._erase:
            return
        self._target = target.id if target else StructureKind.LESION.value
        self._before = target.shape if target and isinstance(target.shape, Mask) else Mask.empty(case.image.grid)
        self._path = [event.lps_mm]
        self._paint(event)

    def move(self, event: SliceEvent, pressed: bool) -> None:
        self._at_mm = event.lps_mm
        if pressed and self._before is not None:
            self._paint(event)
        self.view.changed.emit()

    def wheel(self, notches: float) -> bool:
        self.view.brush_radius_mm = float(np.clip(self.view.brush_radius_mm * 1.15**notches, 0.5, 40))
        self.view.changed.emit()
        self.view.toolAdjusted.emit()
        return True

    def release(self, event: SliceEvent) -> None:
        if self._before is not None:
            self._before = None
            self.session.end_drag()

    def cancel(self) -> None:
        if self._before is not None:
            self._before = None
            self.session.end_drag()
            self.session.undo()

    def preview(self, frame: SliceFrame) -> list[Primitive]:
        """The ball that the brush is, where it cuts the slice."""
        if self._at_mm is None:
            return []
        radius_mm, off_plane_mm = self.view.brush_radius_mm, abs(float(frame.height_mm(self._at_mm)))
        if off_plane_mm >= radius_mm:
            return []
        x, y = (float(v) for v in frame.to_px(self._at_mm))
        cut_mm = float(np.sqrt(radius_mm**2 - off_plane_mm**2))
        return [ring(x, y, cut_mm / frame.mm_per_px, Stroke(colour=theme_colour("text-1"), width_px=1))]

    def _paint(self, event: SliceEvent) -> None:
        """Paint what the mouse passed since the last event, as one step of undo for the whole stroke."""
        assert self._before is not None
        stroke = np.array([self._path[-1], event.lps_mm])
        self._path.append(event.lps_mm)
        self._before = paint_stroke(self._before, stroke, self.view.brush_radius_mm, erase=self._erase)
        mask, target = self._before, self._target
        case = self.session.case
        if case is None or (mask.count == 0 and case.find(target) is None):
            return
        verb = "Erase" if self._erase else "Paint"
        if case.find(target) is None:
            made = make_structure(StructureKind.LESION, mask, origin="painted")
            self.session.apply("Paint lesion", lambda c: put_structure(c, made), merge_key="stroke")
        else:
            name = case.structure(target).name
            self.session.apply(f"{verb} {name}", lambda c: reshape_structure(c, target, mask), merge_key="stroke")


class EraserTool(BrushTool):
    """Erase from the selected structure, or from the lesion."""

    name = "eraser"
    hint = "Drag to erase from the selected structure, or from the lesion. Ctrl+wheel sets the size."
    erases = True


class CentrelineTool(Tool):
    """Place points along the canal or a root; Enter or a double click finishes it."""

    name = "centreline"
    hint = "Click points from the canal outwards, on any slice. Enter finishes, Esc forgets, Backspace takes one back."

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.kind = StructureKind.ROOT
        self.level = "S2"
        self.side = Side.LEFT
        self.points_mm: list[Floats] = []

    def press(self, event: SliceEvent) -> None:
        self.points_mm.append(event.lps_mm)
        self.view.set_crosshair(event.lps_mm)
        self.view.changed.emit()

    def take_back(self) -> None:
        """Forget the last point."""
        if self.points_mm:
            self.points_mm.pop()
            self.view.changed.emit()

    def finish(self) -> None:
        if not self.points_mm:
            return
        points, self.points_mm = self.points_mm, []
        kind, level, side, radius_mm = self.kind, self.level, self.side, self.view.tube_radius_mm
        root = kind is StructureKind.ROOT

        def place(case):  # type: ignore[no-untyped-def]
            tube = Tube(np.array(points), np.full(len(points), radius_mm))
            made = make_structure(
                kind, tube, level=level if root else "", side=side if root else None, origin="centreline by hand"
            )
            return put_structure(case, made)

        name = f"{level} {side.value}" if root else "canal" if kind is StructureKind.CANAL else "thecal sac"
        if self.session.apply(f"Place {name}", place):
            self.view.select(root_id(level, side) if root else kind.value)

    def cancel(self) -> None:
        self.points_mm = []
        self.view.changed.emit()

    def preview(self, frame: SliceFrame) -> list[Primitive]:
        if not self.points_mm:
            return []
        level = self.level if self.kind is StructureKind.ROOT else ""
        stand_in = Tube(np.array([[0.0, 0, 0], [0, 0, 1]]), np.ones(2))
        colour = structure_colour(make_structure(self.kind, stand_in, level=level, side=self.side if level else None))
        points = frame.to_px(np.array(self.points_mm))
        marks: list[Primitive] = [Path(lines=(points,), stroke=Stroke(colour=colour, dash_px=(4, 3)))]
        for (x, y), lps in zip(points, self.points_mm, strict=True):
            near = abs(float(frame.height_mm(lps))) < 2.5
            edge = Stroke(colour=colour, width_px=1.5, opacity=1.0 if near else 0.5)
            marks.append(ring(float(x), float(y), 4, edge, fill=colour if near else None))
        return marks
