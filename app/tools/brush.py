"""Brush and eraser."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from app.controllers.colours import colour_of
from app.controllers.session import Session
from app.representations.primitives import Path, Primitive, Stroke, line, ring
from app.representations.slice_plane import Plane, SliceFrame
from app.tokens import ON_IMAGE, theme_colour
from app.tools.base import SliceEvent, Tool
from app.tools.target import painted_target
from imaging.geometry import Floats
from imaging.labels import Mask
from imaging.segmentation.brush import BrushLimits, paint_stroke
from imaging.structures import BONES, StructureKind, Tube
from planning.errors import PlanError
from planning.model import Case, Structure
from planning.model.naming import make_structure
from planning.operations.structures import put_structure, reshape_structure

# A structure may lie in these, and so they are painted over even where others are kept off.
_HOLDERS = BONES | {StructureKind.SKIN, StructureKind.EPIDURAL_FAT}
_IN_CANAL = {StructureKind.THECAL_SAC, StructureKind.CORD, StructureKind.EPIDURAL_FAT}


class BrushTool(Tool):
    """Paint the selected structure, or a new lesion, with a ball or a disc."""

    name = "brush"
    hint = "Drag to paint the selected structure, or the lesion. Ctrl+wheel sets the size, Shift erases."
    erases = False

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._trail_mm: list[Floats] = []
        self._now: Mask | None = None
        self._target = ""
        self._begun: Callable[[Mask, str], Structure] = lambda mask, origin: make_structure(
            StructureKind.LESION, mask, origin=origin
        )
        self._erase = False
        self._limits = BrushLimits()
        self._at_mm: Floats | None = None
        self._normal: Floats | None = None
        self._plane = Plane.AXIAL

    def press(self, event: SliceEvent) -> None:
        erase = self.erases != event.shift
        target = painted_target(self.session, "There is nothing to erase." if erase else "")
        case = self.session.case
        if target is None or case is None:
            return
        self._erase, self._target, self._now, self._begun = erase, target.id, target.mask, target.begun
        self._limits = self._limits_for(event, case)
        self._trail_mm, self._plane = [event.lps_mm], event.frame.plane
        self.session.dragging = True
        self._paint(event)

    def move(self, event: SliceEvent, pressed: bool) -> None:
        self._at_mm, self._normal = event.lps_mm, event.frame.normal
        before = self.session.case
        if pressed and self._now is not None:
            self._paint(event)
        if self.session.case is before:
            self.view.changed.emit()

    def wheel(self, notches: float) -> bool:
        self.view.brush_radius_mm = float(np.clip(self.view.brush_radius_mm * 1.15**notches, 0.5, 40))
        self.view.changed.emit()
        self.view.toolAdjusted.emit()
        return True

    def release(self, event: SliceEvent) -> None:
        if self._now is None:
            return
        self._now = None
        self.session.end_drag()
        case = self.session.case
        if case is not None and case.find(self._target) is not None:
            self.view.begin(None)
            self.view.select(self._target)
        elif not self._erase:
            text = "Nothing was painted: the brush is kept off everything here."
            hint = "Widen its range of HU, or let it paint over other structures."
            self.session.refused.emit(PlanError(text, code="brush-kept-off", hint=hint))

    def cancel(self) -> None:
        if self._now is not None:
            self._now, self._trail_mm = None, []
            self.session.end_drag()
            self.session.undo()

    def preview(self, frame: SliceFrame) -> list[Primitive]:
        """The ball or the disc that the brush is, where it cuts the slice, and what of its stroke is not outlined yet."""
        return [*self._trail(frame), *self._ring(frame)]

    def _trail(self, frame: SliceFrame) -> list[Primitive]:
        """The surface of a large structure takes a second: until then its stroke is seen all the same."""
        case = self.session.case
        painted = None if case is None else case.find(self._target)
        if painted is None or painted in self.session.surfaces:
            self._trail_mm = self._trail_mm[-1:]
        if len(self._trail_mm) < 2 or frame.plane is not self._plane:
            return []
        colour = (
            theme_colour("text-1", ON_IMAGE) if self._erase or painted is None else colour_of(self.session, painted)
        )
        width_px = 2 * self.view.brush_radius_mm / frame.mm_per_px
        swath = Stroke(colour=colour, width_px=width_px, opacity=0.25, casing=False)
        return [Path(lines=(frame.to_px(np.array(self._trail_mm)),), stroke=swath)]

    def _ring(self, frame: SliceFrame) -> list[Primitive]:
        if self._at_mm is None or self._normal is None:
            return []
        radius_mm, off_plane_mm = self.view.brush_radius_mm, abs(float(frame.height_mm(self._at_mm)))
        if off_plane_mm >= radius_mm:
            return []
        x, y = (float(v) for v in frame.to_px(self._at_mm))
        cut_px = float(np.sqrt(radius_mm**2 - off_plane_mm**2)) / frame.mm_per_px
        stroke = Stroke(colour=theme_colour("text-1", ON_IMAGE), width_px=1)
        if not self.view.brush_is_disc or abs(frame.normal @ self._normal) > 0.9:
            shown = not self.view.brush_is_disc or off_plane_mm < 0.5
            return [ring(x, y, cut_px, stroke)] if shown else []
        # The disc seen from its edge.
        along = np.cross(frame.normal, self._normal)
        dx, dy = cut_px * float(along @ frame.right), cut_px * float(along @ frame.down)
        return [line((x - dx, y - dy), (x + dx, y + dy), stroke)]

    def _limits_for(self, event: SliceEvent, case: Case) -> BrushLimits:
        """What the panel says; an eraser takes away also what other structures have too."""
        low_hu, high_hu = self.view.brush_range_hu or (-np.inf, np.inf)
        return BrushLimits(
            flat_along=event.frame.normal if self.view.brush_is_disc else None,
            volume=self.session.volume if self.view.brush_range_hu else None,
            low_hu=low_hu,
            high_hu=high_hu,
            keep_off=kept_off(case, self._target) if self.view.brush_keeps_off and not self._erase else (),
        )

    def _paint(self, event: SliceEvent) -> None:
        """Paint what the mouse passed since the last event, as one step of undo for the whole stroke."""
        assert self._now is not None
        stroke = np.array([self._trail_mm[-1], event.lps_mm])
        self._trail_mm.append(event.lps_mm)
        self._now = paint_stroke(self._now, stroke, self.view.brush_radius_mm, erase=self._erase, limits=self._limits)
        mask, target = self._now, self._target
        case = self.session.case
        if case is None or (mask.count == 0 and case.find(target) is None):
            return
        verb = "Erase" if self._erase else "Paint"
        if case.find(target) is None:
            made = self._begun(mask, "painted")
            self.session.apply(f"Paint {made.name}", lambda c: put_structure(c, made), merge_key="stroke")
        else:
            name = case.structure(target).name
            self.session.apply(f"{verb} {name}", lambda c: reshape_structure(c, target, mask), merge_key="stroke")


class EraserTool(BrushTool):
    """Erase from the selected structure, or from the lesion."""

    name = "eraser"
    hint = "Drag to erase from the selected structure, or from the lesion. Ctrl+wheel sets the size."
    erases = True


def kept_off(case: Case, painted_id: str) -> list[Mask | Tube]:
    """Return the shapes that the brush does not paint over: of all structures but those that may hold the painted one."""
    painted = case.find(painted_id)
    holders = set(_HOLDERS)
    if painted is not None and painted.kind in _IN_CANAL:
        holders |= {StructureKind.CANAL, *_IN_CANAL}
    return [s.shape for s in case.structures if s.id != painted_id and s.kind not in holders]
