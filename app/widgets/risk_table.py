"""Roots of both sides, mirrored about the root's name as on the axial image above."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPointF, QSize, Signal
from PySide6.QtGui import QMouseEvent, QPainter
from PySide6.QtWidgets import QToolTip, QWidget

from app.contained import contained_paint
from app.qt_painter import draw
from app.representations.glyphs import glyph
from app.representations.primitives import Label, Primitive, Stroke, line, rectangle, ring
from app.tokens import current_theme, root_colour, severity_wash, theme_colour
from imaging.structures import SACRAL_ROOT_LEVELS, Side
from planning.evaluation import Judgement, StructureRisk
from planning.quantities import dose_text, length_text, temperature_text

_ROW_PX = 26
_HEAD_PX = 36
_EXTREME_AT, _SPAN_AT = 0.335, 0.21
"""Where extremes and their spans of the right side stand, of the table's width."""
_EXTREME_FROM_MIDDLE_PX = 66.0
"""An extreme stands no nearer to the middle than this, so that its glyph has room in narrow tables."""


class RiskTable(QWidget):
    """One row a root: distance to the zone, extreme temperature and judgement, right side on the left."""

    picked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._risks: Mapping[tuple[str, Side], StructureRisk] = {}
        self._cold = True
        self._isotherm_c = 0.0
        self._muted = False
        self._spans_c: Mapping[str, tuple[float, float]] = {}
        self._levels: tuple[str, ...] = SACRAL_ROOT_LEVELS
        self.setFixedHeight(_HEAD_PX + _ROW_PX * len(self._levels))
        self.setMouseTracking(True)
        self.setAccessibleName("Risk of the roots")

    def sizeHint(self) -> QSize:
        return QSize(400, self.height())

    def show_risks(
        self,
        risks: Sequence[StructureRisk],
        *,
        cold: bool,
        isotherm_c: float,
        muted: bool,
        spans_c: Mapping[str, tuple[float, float]] | None = None,
    ) -> None:
        """Show the roots among some risks.

        Parameters
        ----------
        risks : sequence of StructureRisk
        cold : bool
        isotherm_c : float
            The isotherm whose distance is shown.
        muted : bool
            The numbers are out of date.
        spans_c : mapping of str to (float, float), optional
            Between what extreme temperatures nine runs in ten lie, by structure id.
        """
        self._risks = {(r.level, r.side): r for r in risks if r.level and r.side}
        self._levels = tuple(dict.fromkeys(level for level, _ in self._risks)) or SACRAL_ROOT_LEVELS
        self.setFixedHeight(_HEAD_PX + _ROW_PX * len(self._levels))
        self._cold, self._isotherm_c, self._muted, self._spans_c = cold, isotherm_c, muted, spans_c or {}
        self.update()

    @contained_paint
    def paintEvent(self, painter: QPainter) -> None:
        width = float(self.width())
        marks = self._head(width)
        for n, level in enumerate(self._levels):
            marks.extend(self._row(level, _HEAD_PX + n * _ROW_PX, width))
        draw(painter, marks)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        risk = self._risk_at(event.position())
        if risk is not None:
            self.picked.emit(risk.id)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        risk = self._risk_at(event.position())
        QToolTip.showText(event.globalPosition().toPoint(), "" if risk is None else _explanation(risk), self)

    def _risk_at(self, position: QPointF) -> StructureRisk | None:
        n = int((position.y() - _HEAD_PX) // _ROW_PX)
        if not 0 <= n < len(self._levels):
            return None
        side = Side.RIGHT if position.x() < self.width() / 2 else Side.LEFT
        return self._risks.get((self._levels[n], side))

    def _head(self, width: float) -> list[Primitive]:
        extreme = "coldest" if self._cold else "hottest"
        zone = "ice" if self._cold else f"{self._isotherm_c:g} °C"
        small = {"colour": theme_colour("text-3"), "size_px": 11, "outline": False}
        bold = {"colour": theme_colour("text-1"), "size_px": 12, "outline": False, "weight": "semibold"}
        marks: list[Primitive] = [Label(text="root", x_px=width / 2, y_px=24, anchor="centre", **small)]
        for mirrored, name in ((False, "Right"), (True, "Left")):
            outer, middle = (width - 4, width - _extreme_px(width)) if mirrored else (4.0, _extreme_px(width))
            anchor = "right" if mirrored else "left"
            marks.append(Label(text=name, x_px=outer, y_px=10, anchor=anchor, **bold))
            marks.append(Label(text=f"to {zone}, mm", x_px=outer, y_px=25, anchor=anchor, **small))
            for words, y in ((extreme, 11), ("°C", 25)):
                marks.append(Label(text=words, x_px=middle, y_px=y, anchor="centre", **small))
            if self._spans_c:
                beside = width * (1 - _SPAN_AT if mirrored else _SPAN_AT)
                for words, y in (("5–95 %", 11), ("°C", 25)):
                    marks.append(Label(text=words, x_px=beside, y_px=y, anchor="centre", **small))
        return marks

    def _row(self, level: str, top: float, width: float) -> list[Primitive]:
        middle = top + _ROW_PX / 2
        hair = Stroke(colour=theme_colour("line-1"), width_px=1, casing=False)
        marks: list[Primitive] = []
        for side in Side:
            risk = self._risks.get((level, side))
            wash = None if risk is None or self._muted else severity_wash(risk.judgement)
            if wash:
                left = 0.0 if side is Side.RIGHT else width / 2 + 26
                marks.append(rectangle(left, top + 1, width / 2 - 26, _ROW_PX - 1, wash))
        marks.append(line((0, top), (width, top), hair))
        marks.append(rectangle(width / 2 - 26, top + 1, 52, _ROW_PX - 1, theme_colour("bg-2")))
        dot = root_colour(level)
        edge = theme_colour("text-2") if current_theme() == "light" else dot
        marks.append(ring(width / 2 - 13, middle, 3.5, Stroke(colour=edge, width_px=1, casing=False), fill=dot))
        name = {"colour": theme_colour("text-1"), "size_px": 12, "weight": "semibold", "outline": False}
        marks.append(Label(text=level, x_px=width / 2 - 4, y_px=middle, **name))
        for side in Side:
            marks.extend(self._half(self._risks.get((level, side)), side, middle, width))
        return marks

    def _half(self, risk: StructureRisk | None, side: Side, y: float, width: float) -> list[Primitive]:
        left = side is Side.RIGHT
        symbol_x = width / 2 - 40 if left else width / 2 + 40
        outer, anchor = (6.0, "left") if left else (width - 6, "right")
        centre = _extreme_px(width) if left else width - _extreme_px(width)
        judgement = Judgement.NOT_ASSESSED if risk is None else risk.judgement
        marks: list[Primitive] = list(glyph(judgement, symbol_x, y, 13))
        if risk is None or risk.extreme_c is None:
            grey = {"colour": theme_colour("text-3"), "size_px": 12, "outline": False}
            marks.append(Label(text="not assessed", x_px=outer, y_px=y, anchor=anchor, **grey))
            return marks
        colour = theme_colour("text-3" if self._muted else "text-1")
        distance = risk.isotherm_mm.get(self._isotherm_c)
        words = "far" if distance is None else length_text(distance, unit=False)
        quiet = theme_colour("text-3" if self._muted else "text-2")
        marks.append(Label(text=words, x_px=outer, y_px=y, anchor=anchor, colour=quiet, size_px=12, outline=False))
        value = temperature_text(risk.extreme_c, cold=self._cold, unit=False)
        bold = {"weight": "semibold", "size_px": 13, "outline": False}
        marks.append(Label(text=value, x_px=centre, y_px=y, anchor="centre", colour=colour, **bold))
        if risk.id in self._spans_c:
            ends = [temperature_text(c, cold=self._cold, unit=False) for c in self._spans_c[risk.id]]
            span = " … ".join(dict.fromkeys(ends))
            beside = width * (_SPAN_AT if left else 1 - _SPAN_AT)
            marks.append(
                Label(text=span, x_px=beside, y_px=y, anchor="centre", colour=quiet, size_px=12, outline=False)
            )
        return marks


def _extreme_px(width: float) -> float:
    """Where the extremes of the right side stand."""
    return min(width * _EXTREME_AT, width / 2 - _EXTREME_FROM_MIDDLE_PX)


def _explanation(risk: StructureRisk) -> str:
    """What a tooltip says of one root."""
    lines = [f"{risk.name}: {risk.judgement.word}"]
    if risk.needle_mm is not None:
        lines.append(f"{length_text(risk.needle_mm)} from {risk.needle_text}, surface to surface")
    if risk.cem43_min is not None:
        lines.append(f"{dose_text(risk.cem43_min)} min CEM43")
    lines.append(risk.reason)
    return "\n".join(lines)
