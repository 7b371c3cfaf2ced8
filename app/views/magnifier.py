"""A round glass under the mouse that shows a slice larger."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from app.qt_painter import draw
from app.representations.ct_look import CtLook
from app.representations.primitives import Label
from app.representations.reslice import Reslicer
from app.representations.scene import Scene
from app.representations.slice_overlay import slice_overlay
from app.representations.slice_picture import ct_picture
from app.representations.slice_plane import SliceFrame
from app.tokens import ON_IMAGE, theme_colour

TIMES = 3.0
_ACROSS_PX = 240


def magnified(frame: SliceFrame, at: QPointF) -> SliceFrame:
    """Return the frame of what lies under the glass when its middle is at a pixel."""
    return replace(
        frame, centre_mm=frame.to_lps([at.x(), at.y()]), width_px=_ACROSS_PX, height_px=_ACROSS_PX,
        mm_per_px=frame.mm_per_px / TIMES,
    )  # fmt: skip


def paint_magnifier(
    painter: QPainter, at: QPointF, scene: Scene, frame: SliceFrame, reslicer: Reslicer, window_hu: tuple[float, float],
    ratio: float, look: CtLook,
) -> None:  # fmt: skip
    """Draw the glass: CT, outlines, zone and needles, without names, which stand beside it.

    Parameters
    ----------
    painter : QPainter
    at : QPointF
        Its middle.
    scene : Scene
    frame : SliceFrame
        Of the slice that it lies on.
    reslicer : Reslicer
    window_hu : tuple of float
    ratio : float
        Device pixels in a logical pixel.
    look : CtLook
    """
    under = magnified(frame, at)
    corner = at - QPointF(_ACROSS_PX / 2, _ACROSS_PX / 2)
    glass = QPainterPath()
    glass.addEllipse(QRectF(0, 0, _ACROSS_PX, _ACROSS_PX))
    painter.save()
    painter.translate(corner)
    painter.setClipPath(glass)
    shown = replace(scene, crosshair_mm=None, temperature_shown=False)
    marks = [mark for mark in slice_overlay(shown, under) if not isinstance(mark, Label)]
    draw(painter, [ct_picture(reslicer, under, window_hu, ratio, look), *marks])
    painter.setClipping(False)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme_colour("text-2", ON_IMAGE)), 1.5))
    painter.drawPath(glass)
    painter.restore()
