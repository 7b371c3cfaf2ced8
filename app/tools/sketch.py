"""Shape a structure by drawing: cut it with a lasso, or scribble inside and outside of it."""

from __future__ import annotations

import numpy as np

from app.controllers.session import Session
from app.representations.primitives import Path, Primitive, Stroke
from app.representations.slice_plane import SliceFrame
from app.tokens import ON_IMAGE, theme_colour
from app.tools.base import SliceEvent, Tool
from app.tools.target import Target, painted_target
from imaging.geometry import Floats
from imaging.labels import Mask
from imaging.segmentation import lasso
from imaging.segmentation.scribble import from_scribbles
from imaging.structures import StructureKind
from planning.model.naming import make_structure
from planning.operations.structures import put_structure, reshape_structure

# Points of a stroke are thinned to one in so many pixels, and filled up to one in so many millimetres.
_THIN_PX = 3.0
_DENSE_MM = 0.8
_NEAR_MM = 2.5


class LassoTool(Tool):
    """Draw around what is to be cut from the selected structure."""

    name = "lasso"
    hint = (
        "Drag around what is to be cut away from the selected structure, through all slices. With Shift only what lies "
        "inside stays."
    )

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._line: list[Floats] = []
        self._last_px = (0.0, 0.0)
        self._target: Target | None = None
        self._keep = False

    def press(self, event: SliceEvent) -> None:
        self._target = painted_target(self.session, "There is nothing to cut.")
        self._keep = event.shift
        self._line, self._last_px = [event.lps_mm] if self._target else [], event.px

    def move(self, event: SliceEvent, pressed: bool) -> None:
        if pressed and self._line and np.hypot(*np.subtract(event.px, self._last_px)) >= _THIN_PX:
            self._line.append(event.lps_mm)
            self._last_px = event.px
            self.view.changed.emit()

    def release(self, event: SliceEvent) -> None:
        target, line, keep = self._target, self._line, self._keep
        self.cancel()
        if target is None or len(line) < 2:
            return
        mask, across = target.mask, event.frame.normal

        def done(made: Mask) -> None:
            target.put(self.session, "Cut", made, "cut")

        self.session.jobs.interactive(
            "tool", "Cutting", lambda _: lasso.cut(mask, np.array(line), across, keep=keep), done
        )

    def cancel(self) -> None:
        self._line, self._target = [], None
        self.view.changed.emit()

    def preview(self, frame: SliceFrame) -> list[Primitive]:
        if len(self._line) < 2:
            return []
        stroke = Stroke(colour=theme_colour("accent", ON_IMAGE), width_px=1.5, dash_px=(4, 3))
        return [Path(lines=(frame.to_px(np.array(self._line)),), closed=True, stroke=stroke)]


class ScribbleTool(Tool):
    """Scribble inside the structure, with Shift outside of it; what lies between is shared out after every stroke."""

    name = "scribble"
    hint = (
        "Drag inside the structure, with Shift outside of it, on any slices; after every stroke the border is drawn anew. "
        "Backspace takes a stroke back, Esc forgets them all."
    )

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._strokes: list[tuple[bool, list[Floats]]] = []
        self._drawing = False
        self._target_id = ""

    def press(self, event: SliceEvent) -> None:
        if self.session.case is None:
            return
        if not self._strokes:
            target = painted_target(self.session)
            if target is None:
                return
            self._target_id = target.id
            if self.session.store is not None:
                self.session.store.end_merge()
        self._strokes.append((event.shift, [event.lps_mm]))
        self._drawing = True

    def move(self, event: SliceEvent, pressed: bool) -> None:
        if pressed and self._drawing:
            self._strokes[-1][1].append(event.lps_mm)
            self.view.changed.emit()

    def release(self, event: SliceEvent) -> None:
        if self._drawing:
            self._drawing = False
            self._share_out()

    def take_back(self) -> None:
        if self._strokes:
            self._strokes.pop()
            self._share_out()
            self.view.changed.emit()

    def finish(self, shift: bool = False) -> None:
        self.cancel()
        self.session.end_drag()

    def cancel(self) -> None:
        self._strokes, self._drawing = [], False
        self.view.changed.emit()

    def preview(self, frame: SliceFrame) -> list[Primitive]:
        marks: list[Primitive] = []
        for outside, line in self._strokes:
            points = np.array(line)
            near = bool((np.abs(frame.height_mm(points)) < _NEAR_MM).any())
            colour = theme_colour("caution" if outside else "ok", ON_IMAGE)
            stroke = Stroke(colour=colour, width_px=3.0, opacity=1.0 if near else 0.35)
            places = frame.to_px(points)
            marks.append(
                Path(
                    lines=(places if len(places) > 1 else np.repeat(places, 2, axis=0) + [[0, 0], [1, 0]],),
                    stroke=stroke,
                )
            )
        return marks

    def _share_out(self) -> None:
        volume, target_id = self.session.volume, self._target_id
        inside, outside = (
            [_dense(line) for is_outside, line in self._strokes if is_outside is wanted] for wanted in (False, True)
        )
        if volume is None or not inside:
            return
        drawn = np.concatenate(inside), np.concatenate(outside) if outside else np.empty((0, 3))

        def done(mask: Mask) -> None:
            case = self.session.case
            if case is None or mask.count == 0:
                return
            if case.find(target_id) is None:
                made = make_structure(StructureKind.LESION, mask, origin="from scribbles")
                self.session.apply("Scribble lesion", lambda c: put_structure(c, made), merge_key="scribble")
            else:
                name = f"Scribble {case.structure(target_id).name}"
                self.session.apply(name, lambda c: reshape_structure(c, target_id, mask), merge_key="scribble")
            self.view.select(target_id)

        self.session.jobs.interactive("tool", "Sharing out", lambda _: from_scribbles(volume, *drawn), done)


def _dense(line: list[Floats]) -> Floats:
    """Points of a stroke without gaps."""
    points = np.array(line)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    at = np.linspace(0, along[-1], max(int(np.ceil(along[-1] / _DENSE_MM)), 1) + 1)
    return np.stack([np.interp(at, along, points[:, axis]) for axis in range(3)], axis=1)
