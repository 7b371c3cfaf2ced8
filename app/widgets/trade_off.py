"""A chart of plans: what each covers, how far it stays from its limit, how many probes and minutes it takes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.contained import contained_paint
from app.qt_painter import draw
from app.representations.primitives import Anchor, Label, Path, Primitive, Stroke, line, rectangle, ring
from app.tokens import theme_colour
from app.widgets.chart_export import ChartTable, ExportMenu
from imaging.geometry import Floats
from planning.catalogue.thresholds import Level
from planning.model.judgement import Judgement
from planning.optimise import ProposedPlan
from planning.quantities import MINUS, level_text, percent_text

_HEIGHT_PX = 212
_LEFT_PX, _RIGHT_PX, _TOP_PX, _BOTTOM_PX = 38.0, 10.0, 26.0, 38.0
_MARK_PX = 10.0
_REACH_PX = 14.0
# Marks lie at least so far apart, as far as so many pushes bring them.
_APART_PX, _PUSHES = 24.0, 60
_TICKS_APART_PX = 44.0
_CHARACTER_PX, _LINE_PX = 6.2, 14.0
# What an axis shows at least, and what it shows beyond its plans.
_LEAST_FRAC, _LEAST_K, _BEYOND = 0.06, 6.0, 0.12


# Where words may stand.
_Spot = tuple[float, float, Anchor]


class TradeOff(QWidget):
    """Plans by coverage and by the structure that comes nearest to its limit; a click or an arrow key chooses one.

    Signals
    -------
    chosen(int)
        The place of a plan among those shown; -1 for none.
    """

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._plans: tuple[ProposedPlan, ...] = ()
        self._goal_frac = 1.0
        self._level = Level.ALARM
        self._selected = self._hovered = -1
        self._by_keys = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Plans by coverage and by distance from the limit")
        ExportMenu(self, "plans", self._table)

    def sizeHint(self) -> QSize:
        return QSize(320, _HEIGHT_PX)

    def _table(self) -> ChartTable | None:
        if not self._plans:
            return None
        rows = [
            (
                len(plan.probes), 100 * plan.covered_frac, plan.seconds / 60, plan.openings,
                *(("", "", "") if plan.nearest is None
                  else (plan.nearest.structure.name, plan.nearest.extreme_c, plan.nearest.limit_c)),
                " ".join(plan.broken),
            )
            for plan in self._plans
        ]  # fmt: skip
        columns = (
            "probes",
            "covered, %",
            "time, min",
            "openings",
            "nearest to its limit",
            "it gets to, °C",
            "limit, °C",
            "breaks",
        )
        return ChartTable(columns=columns, rows=rows)

    def show_plans(self, plans: Sequence[ProposedPlan], goal_frac: float, level: Level, selected: int) -> None:
        """Show plans.

        Parameters
        ----------
        plans : sequence of ProposedPlan
        goal_frac : float
            What was to be covered.
        level : Level
            What was not to be reached.
        selected : int
            The place of the plan that is shown in the views; -1 for none.
        """
        if tuple(plans) != self._plans:
            self._hovered = -1
        self._plans, self._goal_frac, self._level, self._selected = tuple(plans), goal_frac, level, selected
        self.update()

    # ---------------------------------------------------------------- where things lie

    @property
    def _limit_c(self) -> float | None:
        """The limit of all structures that come nearest, or None where they differ."""
        limits = {plan.nearest.limit_c for plan in self._plans if plan.nearest is not None}
        return limits.pop() if len(limits) == 1 else None

    @property
    def _cold(self) -> bool:
        return any(plan.zone.cold for plan in self._plans)

    def _area(self) -> QRectF:
        return QRectF(
            _LEFT_PX, _TOP_PX, self.width() - _LEFT_PX - _RIGHT_PX, self.height() - _TOP_PX - _BOTTOM_PX
        )  # fmt: skip

    def _spans(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """What both axes show: shares that are covered, and kelvins that are left to the limit."""
        shares = [self._goal_frac, *(plan.covered_frac for plan in self._plans)]
        spare = [0.0, *(plan.nearest.spare_k for plan in self._plans if plan.nearest is not None)]
        x = _widened(min(shares), max(shares), _LEAST_FRAC)
        return (max(x[0], 0.0), x[1]), _widened(min(spare), max(spare), _LEAST_K)

    def _true_places(self) -> Floats:
        """Where plans lie, shape (n, 2); one that comes near to nothing lies at the upper edge."""
        area, (across, up) = self._area(), self._spans()
        places = [
            (
                _x(area, across, plan.covered_frac),
                area.top() + _MARK_PX if plan.nearest is None else _y(area, up, plan.nearest.spare_k),
            )
            for plan in self._plans
        ]
        return np.array(places, float).reshape(-1, 2)

    def places(self) -> Floats:
        """Return where the marks of the plans are drawn, shape (n, 2): where plans lie, but beside each other."""
        area, at = self._area(), self._true_places()
        low = np.array([area.left(), area.top()]) + _MARK_PX
        high = np.array([area.right(), area.bottom()]) - _MARK_PX
        for _ in range(_PUSHES):
            at, settled = np.clip(at, low, high), True
            for n, m in combinations(range(len(at)), 2):
                between = at[m] - at[n]
                away = float(np.hypot(*between))
                if away < _APART_PX - 0.5:
                    # Two at one place part sideways.
                    along = between / away if away > 0 else np.array([1.0, 0.0])
                    at[n] -= along * (_APART_PX - away) / 2
                    at[m] += along * (_APART_PX - away) / 2
                    settled = False
            if settled:
                break
        return np.asarray(np.clip(at, low, high))

    def _under(self, place: QPointF) -> int:
        if not self._plans:
            return -1
        away = np.linalg.norm(self.places() - (place.x(), place.y()), axis=1)
        nearest = int(away.argmin())
        return nearest if away[nearest] <= _REACH_PX else -1

    # ---------------------------------------------------------------- mouse and keys

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        under = self._under(event.position())
        if under == self._hovered:
            return
        self._hovered = under
        self.setCursor(Qt.CursorShape.ArrowCursor if under < 0 else Qt.CursorShape.PointingHandCursor)
        if under < 0:
            QToolTip.hideText()
        else:
            plan = self._plans[under]
            sentences = f"{plan.title}\n{plan.words}".replace(". ", ".\n")
            QToolTip.showText(event.globalPosition().toPoint(), sentences, self)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = -1
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.chosen.emit(self._under(event.position()))

    def focusInEvent(self, event: QFocusEvent) -> None:
        # The frame is for those who come by the keyboard.
        self._by_keys = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._by_keys = False
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if self._plans and event.key() in steps:
            step = steps[Qt.Key(event.key())]
            first = 0 if step > 0 else len(self._plans) - 1
            self.chosen.emit(first if self._selected < 0 else (self._selected + step) % len(self._plans))
        else:
            super().keyPressEvent(event)

    # ---------------------------------------------------------------- painting

    @contained_paint
    def paintEvent(self, painter: QPainter) -> None:
        area, (across, up) = self._area(), self._spans()
        limit_c, sign = self._limit_c, 1 if self._cold else -1
        draw(painter, [*self._grounds(area, up), *_share_ticks(area, across)])
        draw(painter, _spare_ticks(area, up, limit_c, sign))
        draw(painter, [*self._bounds(area, across, up), *self._marks(area, across, up)])
        if self._by_keys:
            draw(painter, [_frame(QRectF(self.rect()).adjusted(1, 1, -1, -1), theme_colour("accent"))])

    def _grounds(self, area: QRectF, up: tuple[float, float]) -> list[Primitive]:
        """The field, what of it lies beyond the limit, and what the axes mean."""
        limit_y = _y(area, up, 0.0)
        said = {"colour": theme_colour("text-3"), "size_px": 11, "outline": False}
        one = self._limit_c is not None
        covers = self._plans[0].covers
        scale = "Structure nearest its limit, °C" if one else "Degrees left to the nearest limit"
        return [
            rectangle(area.left(), area.top(), area.width(), area.height(), theme_colour("bg-2")),
            rectangle(
                area.left(), limit_y, area.width(), area.bottom() - limit_y, theme_colour(f"{self._level.value}-wash")
            ),
            Label(text=f"{scale}: up is safer", x_px=0, y_px=9, **said),
            Label(
                text=f"{covers[0].upper()}{covers[1:]} covered, %", x_px=area.center().x(), y_px=self.height() - 8, anchor="centre",
                **said,
            ),
        ]  # fmt: skip

    def _bounds(self, area: QRectF, across: tuple[float, float], up: tuple[float, float]) -> list[Primitive]:
        """The lines of the goal and of the limit."""
        goal_x, limit_y = _x(area, across, self._goal_frac), _y(area, up, 0.0)
        dashed = Stroke(colour=theme_colour("text-2"), width_px=1.25, dash_px=(5, 3), casing=False)
        dotted = Stroke(colour=theme_colour(self._level.value), width_px=1.5, dash_px=(2, 3), casing=False)
        return [
            line((goal_x, area.top()), (goal_x, area.bottom()), dashed),
            line((area.left(), limit_y), (area.right(), limit_y), dotted),
        ]

    def _bound_names(
        self, area: QRectF, across: tuple[float, float], up: tuple[float, float]
    ) -> list[tuple[str, list[_Spot]]]:
        """What is written at both lines, and where it may stand."""
        goal_x, limit_y, limit_c = _x(area, across, self._goal_frac), _y(area, up, 0.0), self._limit_c
        word = Judgement[self._level.name].word
        sides: tuple[tuple[float, Anchor], ...] = ((goal_x - 5, "right"), (goal_x + 5, "left"))
        ends: tuple[tuple[float, Anchor], ...] = ((area.left() + 5, "left"), (area.right() - 5, "right"))
        return [
            (
                f"goal {percent_text(self._goal_frac)}",
                [(x, y, anchor) for y in (area.bottom() - 9, area.top() + 9) for x, anchor in sides],
            ),
            (
                word if limit_c is None else f"{word} {level_text(limit_c)}",
                [(x, y, anchor) for x, anchor in ends for y in (limit_y + 9, limit_y - 9)],
            ),
        ]

    def _marks(self, area: QRectF, across: tuple[float, float], up: tuple[float, float]) -> list[Primitive]:
        """The plans, the selected one and the one under the mouse over the others, and what is written beside them."""
        order = sorted(range(len(self._plans)), key=lambda n: (n == self._selected, n == self._hovered))
        places, true = self.places(), self._true_places()
        marks = [primitive for n in order for primitive in self._mark(n, *places[n].tolist())]
        marks += [p for n in order for p in _leader(true[n], places[n])]
        taken = [_around(p, _MARK_PX + 3) for p in places]
        for words, spots in self._bound_names(area, across, up):
            _write(words, spots, area, taken, marks)
        goal_x, limit_y = _x(area, across, self._goal_frac), _y(area, up, 0.0)
        lines = [QRectF(goal_x - 1, area.top(), 2, area.height()), QRectF(area.left(), limit_y - 1, area.width(), 2)]
        taken += lines
        off = _MARK_PX + 5
        for plan, place in zip(self._plans, places, strict=True):
            x, y = place.tolist()
            spots = [
                (x + off, y, "left"),
                (x - off, y, "right"),
                (x, y - off - 5, "centre"),
                (x, y + off + 5, "centre"),
            ]
            _write(f"{math.ceil(plan.seconds / 60)} min", spots, area, taken, marks)
        return marks

    def _mark(self, n: int, x: float, y: float) -> list[Primitive]:
        plan = self._plans[n]
        selected, broken = n == self._selected, bool(plan.broken)
        fill = theme_colour("accent-fill" if selected else f"{self._level.value}-fill" if broken else "bg-4")
        on = theme_colour("on-accent" if selected else f"on-{self._level.value}" if broken else "text-1")
        edge = theme_colour(self._level.value if broken else "text-1" if selected or n == self._hovered else "text-2")
        stroke = Stroke(colour=edge, width_px=2 if selected or n == self._hovered else 1.25, casing=False)
        number = Label(
            text=f"{len(plan.probes)}", x_px=x, y_px=y, colour=on, size_px=11, weight="semibold", anchor="centre",
            outline=False,
        )  # fmt: skip
        if broken:
            r = _MARK_PX * 1.35
            corners = np.array([[x, y - r], [x + r, y], [x, y + r], [x - r, y]])
            return [Path(lines=(corners,), closed=True, fill=fill, stroke=stroke), number]
        return [ring(x, y, _MARK_PX, stroke, fill=fill), number]


def _widened(low: float, high: float, least: float) -> tuple[float, float]:
    """A span with room on both sides, no narrower than what is to be told apart."""
    reach = max(high - low, least)
    middle = (low + high) / 2
    return middle - reach * (0.5 + _BEYOND), middle + reach * (0.5 + _BEYOND)


def _x(area: QRectF, across: tuple[float, float], share: float) -> float:
    return area.left() + (share - across[0]) / (across[1] - across[0]) * area.width()


def _y(area: QRectF, up: tuple[float, float], spare_k: float) -> float:
    return area.bottom() - (spare_k - up[0]) / (up[1] - up[0]) * area.height()


def _nice_step(span: float, many: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that gives no more steps than there is room for."""
    rough = span / max(many, 1.0)
    power = 10.0 ** math.floor(math.log10(rough))
    return next(n * power for n in (1, 2, 5, 10) if n * power >= rough)


def _share_ticks(area: QRectF, across: tuple[float, float]) -> list[Primitive]:
    low, high = across[0] * 100, min(across[1], 1.0) * 100
    step = max(_nice_step(high - low, area.width() / _TICKS_APART_PX), 1.0)
    marks: list[Primitive] = []
    for value in np.arange(math.ceil(low / step) * step, high + 1e-6, step):
        x = _x(area, across, value / 100)
        marks.append(line((x, area.bottom()), (x, area.bottom() + 4), _hair()))
        marks.append(_tick_label(f"{value:.0f}", x, area.bottom() + 12, "centre"))
    return marks


def _spare_ticks(area: QRectF, up: tuple[float, float], limit_c: float | None, sign: int) -> list[Primitive]:
    """Ticks in temperatures where all have one limit, or else in kelvins that are left."""
    step = max(_nice_step(up[1] - up[0], area.height() / _TICKS_APART_PX), 1.0)
    zero = limit_c or 0.0
    ends = sorted((zero + sign * up[0], zero + sign * up[1])) if limit_c is not None else list(up)
    marks: list[Primitive] = []
    for value in np.arange(math.ceil(ends[0] / step) * step, ends[1] + 1e-6, step):
        y = _y(area, up, value if limit_c is None else sign * (value - zero))
        marks.append(line((area.left() - 4, y), (area.left(), y), _hair()))
        marks.append(_tick_label(f"{value:.0f}".replace("-0", "0").replace("-", MINUS), area.left() - 8, y, "right"))
    return marks


def _hair() -> Stroke:
    return Stroke(colour=theme_colour("line-control"), width_px=1, casing=False)


def _tick_label(words: str, x: float, y: float, anchor: Anchor) -> Label:
    return Label(text=words, x_px=x, y_px=y, colour=theme_colour("text-3"), size_px=11, anchor=anchor, outline=False)


def _frame(box: QRectF, colour: str) -> Path:
    corners = [
        (box.left(), box.top()), (box.right(), box.top()), (box.right(), box.bottom()), (box.left(), box.bottom()),
    ]  # fmt: skip
    return Path(lines=(np.array(corners),), closed=True, stroke=Stroke(colour=colour, width_px=2, casing=False))


def _around(place: Floats, reach: float) -> QRectF:
    return QRectF(float(place[0]) - reach, float(place[1]) - reach, 2 * reach, 2 * reach)


def _leader(true: Floats, drawn: Floats) -> list[Primitive]:
    """A dot where a plan lies, with a line to its mark, where that was moved aside."""
    away = float(np.hypot(*(drawn - true)))
    if away < _MARK_PX / 2:
        return []
    (x, y), edge = true.tolist(), drawn + (true - drawn) / away * min(_MARK_PX, away)
    thin = Stroke(colour=theme_colour("text-1"), width_px=1, casing=False)
    dot = Stroke(colour=theme_colour("bg-1"), width_px=1, casing=False)
    return [line((x, y), (float(edge[0]), float(edge[1])), thin), ring(x, y, 2.5, dot, fill=theme_colour("text-1"))]


def _write(words: str, spots: Sequence[_Spot], area: QRectF, taken: list[QRectF], marks: list[Primitive]) -> None:
    """Write something where it covers no mark, line or other words; not at all where there is no such place."""
    wide = len(words) * _CHARACTER_PX
    for x, y, anchor in spots:
        left = x - {"left": 0.0, "centre": wide / 2, "right": wide}[anchor]
        box = QRectF(left, y - _LINE_PX / 2, wide, _LINE_PX)
        if area.contains(box) and not any(box.intersects(other) for other in taken):
            taken.append(box)
            grey = theme_colour("text-2")
            marks.append(Label(text=words, x_px=x, y_px=y, colour=grey, size_px=11, anchor=anchor, outline=False))
            return
