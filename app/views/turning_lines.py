"""The lines of the other planes on a slice, by whose outer parts these planes are turned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent

from app.controllers.session import Session
from app.representations.plane_set import PlaneSet
from app.representations.primitives import Primitive, Stroke, ring
from app.representations.slice_plane import Plane
from app.tokens import plane_colour
from app.tools.grabs import grab_under
from imaging.geometry import Floats

if TYPE_CHECKING:
    from app.views.slice_view import SliceView

_NEAR_PX = 5.0
# Nearer to the crosshair a line is not taken: there the crosshair is moved.
_OUTER_SHARE, _HANDLE_SHARE = 0.22, 0.36
_HANDLE_PX = 5.0
# So near to where the lines stand upright they stop.
_SNAP_DEG = 1.5


class TurningLines:
    """Turns the planes of a `SliceView` by dragging where they cut it; a click there moves the crosshair as everywhere.

    Parameters
    ----------
    view : SliceView
    session : Session
    """

    def __init__(self, view: SliceView, session: Session) -> None:
        self._slice, self._session, self._view = view, session, session.view
        self._over: Plane | None = None
        self._began: tuple[PlaneSet, float, QMouseEvent] | None = None
        self._turned = False

    @property
    def plane(self) -> Plane | None:
        """The plane of the view, where the others can be turned on it."""
        plane = self._slice.plane
        return plane if isinstance(plane, Plane) and self._view.show_crosshair else None

    def over(self, event: QMouseEvent) -> bool:
        """Whether a line is under the mouse that could be taken."""
        return self._line_under(event.position()) is not None

    def press(self, event: QMouseEvent) -> bool:
        """Take hold of the line under the mouse; return whether there is one to be taken."""
        line = self._line_under(event.position())
        if line is None or self._something_else(event):
            return False
        planes = self._planes
        assert planes is not None
        self._began, self._turned = (planes, self._angle_deg(event.position()), QMouseEvent(event)), False
        return True

    def move(self, event: QMouseEvent) -> bool:
        """Turn the planes, or show which line the mouse is over; return whether planes are being turned."""
        if self._began is None:
            if not event.buttons():
                over = self._line_under(event.position())
                self._hover(None if over is not None and self._something_else(event) else over)
            return False
        planes, began_deg, _ = self._began
        plane = self.plane
        if plane is not None:
            by_deg = self._angle_deg(event.position()) - began_deg
            self._turned = True
            self._view.show_planes(_snapped(planes, plane, by_deg))
        return True

    def release(self) -> QMouseEvent | None:
        """Let go; return the event that took hold where nothing was turned: it was a click."""
        began, self._began = self._began, None
        return None if began is None or self._turned else began[2]

    @property
    def held(self) -> bool:
        """Whether a line is held."""
        return self._began is not None

    def leave(self) -> None:
        """The mouse is elsewhere."""
        self._hover(None)

    def marks(self) -> list[Primitive]:
        """Return the handles of the line under the mouse, one at each side."""
        frame, planes, plane = self._slice.frame, self._planes, self.plane
        if self._over is None or frame is None or planes is None or plane is None:
            return []
        centre = frame.to_px(self._view.crosshair_mm)
        out = planes.lines_in(plane)[self._over] * _HANDLE_SHARE * self._shorter_px
        stroke = Stroke(colour=plane_colour(self._over), width_px=2)
        return [ring(float(at[0]), float(at[1]), _HANDLE_PX, stroke) for at in (centre + out, centre - out)]

    @property
    def _planes(self) -> PlaneSet | None:
        volume = self._session.volume
        return None if volume is None else self._view.planes or PlaneSet.straight(volume.grid)

    @property
    def _shorter_px(self) -> float:
        return float(min(self._slice.width(), self._slice.height()))

    def _line_under(self, at: QPointF) -> Plane | None:
        """The plane whose line is under the mouse, far enough from the crosshair."""
        frame, planes, plane = self._slice.frame, self._planes, self.plane
        if frame is None or planes is None or plane is None or not self._slice.turns_planes:
            return None
        out = self._out(at)
        if np.hypot(*out) < _OUTER_SHARE * self._shorter_px:
            return None
        gaps = {other: abs(float(out[0] * d[1] - out[1] * d[0])) for other, d in planes.lines_in(plane).items()}
        nearest = min(gaps, key=lambda other: gaps[other])
        return nearest if gaps[nearest] <= _NEAR_PX else None

    def _something_else(self, event: QMouseEvent) -> bool:
        """Whether a probe, a pocket or a measurement is under the mouse: it is taken instead."""
        case, volume = self._session.case, self._session.volume
        if case is None or volume is None:
            return True
        return (
            grab_under(self._slice.slice_event(event), case, self._view.selected, volume, self._view.hidden) is not None
        )

    def _hover(self, over: Plane | None) -> None:
        if over is not self._over:
            self._over = over
            self._slice.setCursor(Qt.CursorShape.ArrowCursor if over is None else Qt.CursorShape.PointingHandCursor)
            self._slice.update()

    def _out(self, at: QPointF) -> Floats:
        frame = self._slice.frame
        assert frame is not None
        return np.array([at.x(), at.y()]) - frame.to_px(self._view.crosshair_mm)

    def _angle_deg(self, at: QPointF) -> float:
        x, y = self._out(at)
        return float(np.degrees(np.arctan2(y, x)))


def _snapped(planes: PlaneSet, about: Plane, by_deg: float) -> PlaneSet | None:
    """Planes turned by an angle, or by what has their lines upright where little is missing; None where all are straight."""
    turned = planes.turned(about, by_deg)
    x, y = next(iter(turned.lines_in(about).values()))
    off_deg = (float(np.degrees(np.arctan2(y, x))) + 45.0) % 90.0 - 45.0
    if abs(off_deg) < _SNAP_DEG:
        turned = planes.turned(about, by_deg - off_deg)
    # Lines that were exchanged by a quarter of a turn are no straight planes.
    return None if all(turned.is_straight(plane) for plane in Plane) else turned
