"""Draw primitives with QPainter."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cache, lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPainterPath, QPen, QPolygonF
from shiboken6 import VoidPtr

from app.representations.polylines import worth_drawing
from app.representations.primitives import Label, Path, Picture, Primitive, Stroke
from imaging.geometry import Floats

_CASING_OPACITY = 0.55
_OUTLINE_PX = 2.6
_PLATE_PAD_PX = (5.0, 3.0)
# Nobody sees a line lie beside its place by this part of a device pixel, nor what is drawn this far outside a view.
_UNSEEN_PX, _OUTSIDE_PX = 0.12, 8.0
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
    seen = painter.transform().inverted()[0].mapRect(QRectF(painter.viewport()))
    scale = max(abs(painter.transform().m11()), abs(painter.transform().m12())) or 1.0
    seen.adjust(*(side * _OUTSIDE_PX for side in (-1, -1, 1, 1)))
    box = (seen.left(), seen.top(), seen.right(), seen.bottom())
    for points in path.lines:
        shape.addPolygon(
            _polygon(worth_drawing(points, box, _UNSEEN_PX / scale / painter.device().devicePixelRatioF()))
        )
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


def _polygon(points: Floats) -> QPolygonF:
    """Return points, shape (n, 2), as Qt's, without an object of Python's for each."""
    polygon = QPolygonF()
    polygon.resize(len(points))
    if len(points):
        memory = VoidPtr(polygon.data(), points.shape[0] * 2 * np.dtype(float).itemsize, True)
        np.frombuffer(memory, float).reshape(-1, 2)[:] = points
    return polygon


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
    image, offset_x, offset_y = _label_image(
        label.text, label.colour, label.size_px, label.weight, label.anchor, label.plate, label.outline,
        painter.device().devicePixelRatioF(),
    )  # fmt: skip
    painter.drawImage(QPointF(round(label.x_px) + offset_x, round(label.y_px) + offset_y), image)


@lru_cache(maxsize=512)
def _label_image(
    text: str, colour: str, size_px: float, weight: str, anchor: str, plate: float, outline: bool, ratio: float
) -> tuple[QImage, float, float]:
    """Return a label as a picture, and where its corner lies from the label's point: outlining text anew costs most of a paint."""
    font = number_font(size_px, weight)
    metrics = QFontMetricsF(font)
    width = metrics.horizontalAdvance(text)
    left = -{"left": 0.0, "centre": width / 2, "right": width}[anchor]
    pad_x, pad_y = _PLATE_PAD_PX
    corner_x, corner_y = math.floor(left - pad_x - 1), math.floor(-metrics.height() / 2 - pad_y - 1)
    wide, high = math.ceil(width + 2 * pad_x + 3), math.ceil(metrics.height() + 2 * pad_y + 3)
    image = QImage(math.ceil(wide * ratio), math.ceil(high * ratio), QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.translate(-corner_x, -corner_y)
    baseline = QPointF(left, metrics.capHeight() / 2)
    if plate:
        ground = QColor(0, 0, 0)
        ground.setAlphaF(plate)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(
            QRectF(left - pad_x, -size_px / 2 - pad_y, width + 2 * pad_x, size_px + 2 * pad_y), 3, 3
        )
    elif outline:
        shape = QPainterPath()
        shape.addText(baseline, font, text)
        painter.strokePath(shape, _pen(Stroke(colour="#000000", width_px=_OUTLINE_PX, opacity=0.8)))
    painter.setFont(font)
    painter.setPen(QColor(colour))
    painter.drawText(baseline, text)
    painter.end()
    return image, corner_x, corner_y


def _draw_picture(painter: QPainter, picture: Picture) -> None:
    rows, columns = picture.pixels.shape[:2]
    if picture.pixels.ndim == 2:
        image = QImage(picture.pixels.data, columns, rows, columns, QImage.Format.Format_Grayscale8)
    elif picture.pixels.shape[2] == 3:
        image = QImage(picture.pixels.data, columns, rows, columns * 3, QImage.Format.Format_RGB888)
    else:
        image = QImage(picture.pixels.data, columns, rows, columns * 4, QImage.Format.Format_RGBA8888)
    # One with other pixels than the device's is of a moment that soon passes, and drawn smoothly.
    painter.setRenderHint(
        QPainter.RenderHint.SmoothPixmapTransform,
        columns < picture.width_px * painter.device().devicePixelRatioF() * 0.9,
    )
    painter.drawImage(QRectF(picture.x_px, picture.y_px, picture.width_px, picture.height_px), image)
