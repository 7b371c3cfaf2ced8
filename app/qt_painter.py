"""Draw primitives with QPainter."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPainterPath, QPen, QPolygonF

from app.representations.primitives import Label, Path, Picture, Primitive, Stroke

_CASING_OPACITY = 0.55
_OUTLINE_PX = 2.6
_PLATE_PAD_PX = (5.0, 3.0)
_WEIGHTS = {"regular": QFont.Weight.Normal, "medium": QFont.Weight.Medium, "semibold": QFont.Weight.DemiBold}


@cache
def number_font(size_px: float, weight: str = "medium") -> QFont:
    """Return Inter with figures of equal width."""
    font = QFont("Inter")
    font.setPixelSize(max(round(size_px), 1))
    font.setWeight(_WEIGHTS[weight])
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def draw(painter: QPainter, primitives: Iterable[Primitive]) -> None:
    """Draw primitives in order, in the painter's logical pixels."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    for primitive in primitives:
        if isinstance(primitive, Path):
            _draw_path(painter, primitive)
        elif isinstance(primitive, Label):
            _draw_label(painter, primitive)
        else:
            _draw_picture(painter, primitive)


def _draw_path(painter: QPainter, path: Path) -> None:
    shape = QPainterPath()
    for points in path.lines:
        shape.addPolygon(QPolygonF([QPointF(x, y) for x, y in points.tolist()]))
        if path.closed:
            shape.closeSubpath()
    if path.fill:
        colour = QColor(path.fill)
        colour.setAlphaF(path.fill_opacity)
        painter.fillPath(shape, colour)
    if path.stroke:
        if path.stroke.casing:
            casing = Stroke(colour="#000000", width_px=path.stroke.width_px + 2, opacity=_CASING_OPACITY)
            painter.strokePath(shape, _pen(casing))
        painter.strokePath(shape, _pen(path.stroke))


def _pen(stroke: Stroke) -> QPen:
    colour = QColor(stroke.colour)
    colour.setAlphaF(stroke.opacity)
    pen = QPen(colour, stroke.width_px)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if stroke.dash_px:
        # Qt measures dashes in pen widths.
        pen.setDashPattern([length / stroke.width_px for length in stroke.dash_px])
    return pen


def _draw_label(painter: QPainter, label: Label) -> None:
    font = number_font(label.size_px, label.weight)
    metrics = QFontMetricsF(font)
    width = metrics.horizontalAdvance(label.text)
    left = label.x_px - {"left": 0.0, "centre": width / 2, "right": width}[label.anchor]
    baseline = label.y_px + metrics.capHeight() / 2
    if label.plate:
        pad_x, pad_y = _PLATE_PAD_PX
        plate = QRectF(
            left - pad_x, label.y_px - label.size_px / 2 - pad_y, width + 2 * pad_x, label.size_px + 2 * pad_y
        )
        colour = QColor(0, 0, 0)
        colour.setAlphaF(label.plate)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(plate, 3, 3)
        painter.setBrush(Qt.BrushStyle.NoBrush)
    if label.outline and not label.plate:
        shape = QPainterPath()
        shape.addText(QPointF(left, baseline), font, label.text)
        painter.strokePath(shape, _pen(Stroke(colour="#000000", width_px=_OUTLINE_PX, opacity=0.8)))
    painter.setFont(font)
    painter.setPen(QColor(label.colour))
    painter.drawText(QPointF(left, baseline), label.text)


def _draw_picture(painter: QPainter, picture: Picture) -> None:
    rows, columns = picture.pixels.shape[:2]
    if picture.pixels.ndim == 2:
        image = QImage(picture.pixels.data, columns, rows, columns, QImage.Format.Format_Grayscale8)
    else:
        image = QImage(picture.pixels.data, columns, rows, columns * 3, QImage.Format.Format_RGB888)
    painter.drawImage(QRectF(picture.x_px, picture.y_px, picture.width_px, picture.height_px), image)
