"""Snapping of needles under the mouse, where the user has it on."""

from __future__ import annotations

from collections.abc import Callable

from app.controllers.session import Session
from app.representations.primitives import Label, Primitive
from app.representations.slice_plane import SliceFrame
from app.tokens import ON_IMAGE, theme_colour
from imaging.geometry import Floats
from planning.trajectory.snapping import snapped

Snapping = Callable[[Floats, Floats], Floats]
"""Takes a target and a point on the hub's side, LPS, and returns the point that the shaft is to go through."""


def as_given(target_mm: Floats, towards_mm: Floats) -> Floats:
    """Snap to nothing."""
    return towards_mm


def snapped_mark(words: str, frame: SliceFrame, at_mm: Floats | None) -> list[Primitive]:
    """Return what stands beside the mouse while a needle is drawn to something; nothing while it is not."""
    if not words or at_mm is None:
        return []
    x, y = (float(v) for v in frame.to_px(at_mm))
    return [
        Label(text=words, x_px=x + 14, y_px=y - 14, colour=theme_colour("text-1", ON_IMAGE), plate=0.72, size_px=11)
    ]


def snapping(session: Session) -> Snapping:
    """Return what draws the needle under the mouse to slice, axes and suggested ways; it tells in the view what it did."""
    view, case = session.view, session.case
    if not view.snaps or case is None:
        return as_given

    def snap(target_mm: Floats, towards_mm: Floats) -> Floats:
        found = snapped(target_mm, towards_mm, gantry_tilt_deg=case.plan.room.gantry_tilt_deg, ways=view.ways)
        view.snapped_to = found.words
        return found.towards_mm

    return snap
