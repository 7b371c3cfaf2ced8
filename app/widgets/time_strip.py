"""Schedule and temperature curves on one time axis, and the moment that the views show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from app.contained import contained_paint
from app.qt_painter import draw
from app.representations.primitives import Label, Path, Primitive, Stroke, line, rectangle
from app.representations.scene import Scene
from app.tokens import current_theme, theme_colour, thermocouple_colour
from app.widgets.chart_export import ChartTable, ExportMenu
from imaging.structures import StructureKind
from planning import services
from planning.catalogue import Phase, load_thresholds
from planning.catalogue.devices import device
from planning.catalogue.thresholds import Level
from planning.model.zone import PredictedZone
from planning.quantities import level_text, temperature_text, time_text

_LEFT_PX, _RIGHT_PX, _TOP_PX, _BOTTOM_PX = 150.0, 168.0, 22.0, 18.0
_MOST_CURVES = 3
_LOW_PX = 110.0
_LIGHT_STYLES: tuple[tuple[float, tuple[float, ...]], ...] = ((2.2, ()), (1.5, (6, 3)), (1.4, (2, 3)), (1.2, ()))
_LABEL_APART_PX = 12.0
_PHASE_NAMES = {
    (True, "on"): "Freeze", (True, "off"): "Thaw", (True, "thaw"): "Active thaw",
    (False, "on"): "Heat", (False, "off"): "Pause", (False, "thaw"): "Rinse",
}  # fmt: skip
_PLAY_PX, _PLAY_TO_PX = 14.0, 36.0
_MOMENT_TIP = "Drag in the curves to see the zone at a moment; double click for the whole schedule (, and . step, Shift+Space plays)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What of the treatment the views show.

    Attributes
    ----------
    at_s : float or None
        None for the whole schedule.
    known : bool
        Whether moments can be looked at.
    playing : bool
    """

    at_s: float | None = None
    known: bool = False
    playing: bool = False


class TimeStrip(QWidget):
    """The phases of the treatment, the temperature of the structures it changes most, and a cursor.

    Press or drag in the curves to look at a moment; the triangle at the left plays. A double click, or one on the time at the
    left, shows the whole schedule again.

    Signals
    -------
    dragged(at_s)
        A moment is pointed at.
    rested()
        The mouse was let go.
    wholeWanted()
    played()
    """

    dragged = Signal(float)
    rested = Signal()
    wholeWanted = Signal()
    played = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("timeStrip")
        self._scene: Scene | None = None
        self._schedule: Sequence[Phase] = ()
        self._drawn: object = None
        self._moment = Moment()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Temperature over time")
        ExportMenu(self, "temperature over time", self._table)

    def _table(self) -> ChartTable | None:
        """Every curve that was recorded: of structures, and of thermocouples."""
        scene = self._scene
        if scene is None or scene.zone is None or not scene.zone.zone.curves_c:
            return None
        zone = scene.zone.zone
        names = {s.id: s.name for s in scene.case.structures} | {t.id: t.name for t in scene.case.plan.thermocouples}
        columns = ("time, s", *(f"{names.get(key, key)}, °C" for key in zone.curves_c))
        return ChartTable(columns=columns, rows=np.stack([zone.times_s, *zone.curves_c.values()], axis=1).tolist())

    def show_scene(self, scene: Scene | None, schedule: Sequence[Phase]) -> None:
        """Show the curves of a scene's zone under its schedule."""
        self._scene, self._schedule = scene, schedule
        drawn = _drawn_of(scene, schedule)
        if drawn != self._drawn:
            self._drawn = drawn
            self.update()

    def show_moment(self, moment: Moment) -> None:
        """Show the cursor at the moment that the views show."""
        if moment != self._moment:
            self._moment = moment
            self.setCursor(Qt.CursorShape.PointingHandCursor if moment.known else Qt.CursorShape.ArrowCursor)
            self.setToolTip(_MOMENT_TIP if moment.known else "")
            self.update()

    # ---------------------------------------------------------------- mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._moment.known or event.button() is not Qt.MouseButton.LeftButton:
            return
        x = event.position().x()
        if x < _PLAY_TO_PX:
            self.played.emit()
        elif x < _LEFT_PX - _LABEL_APART_PX:
            self.wholeWanted.emit()
        else:
            self._point(x)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._moment.known and event.buttons() & Qt.MouseButton.LeftButton and event.position().x() >= _LEFT_PX / 2:
            self._point(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._moment.known and event.position().x() >= _LEFT_PX / 2:
            self.rested.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._moment.known and event.position().x() >= _LEFT_PX:
            self.wholeWanted.emit()

    def _point(self, x: float) -> None:
        share = (x - _LEFT_PX) / (self.width() - _RIGHT_PX - _LEFT_PX)
        self.dragged.emit(min(max(share, 0.0), 1.0) * self._whole_s())

    def _whole_s(self) -> float:
        """What the axis is long: the schedule and what is predicted afterwards."""
        scene = self._scene
        after_s = (
            0.0
            if scene is None or not scene.case.plan.probes
            else sum(p.duration_s for p in services.afterwards(scene.case))
        )
        return sum(p.duration_s for p in self._schedule) + after_s

    # ---------------------------------------------------------------- painting

    @contained_paint
    def paintEvent(self, painter: QPainter) -> None:
        draw(painter, self._marks(float(self.width()), float(self.height())))

    def _marks(self, width: float, height: float) -> list[Primitive]:
        marks: list[Primitive] = [rectangle(0, 0, width, height, theme_colour("bg-1"))]
        scene = self._scene
        if scene is None or not self._schedule:
            words = "The schedule and the temperature of every root appear here once a probe is placed."
            grey = theme_colour("text-3")
            return [*marks, Label(text=words, x_px=16, y_px=height / 2, colour=grey, size_px=12, outline=False)]
        total_s = sum(p.duration_s for p in self._schedule)
        after_s = self._whole_s() - total_s
        cold = _is_cold(scene)
        x0, x1 = _LEFT_PX, width - _RIGHT_PX
        along = x0 + (x1 - x0) * total_s / (total_s + after_s)
        marks += _phases(self._schedule, cold, x0, along, height)
        if after_s:
            quiet = {"colour": theme_colour("text-3"), "size_px": 11, "outline": False}
            marks.append(Label(text="afterwards", x_px=along + 4, y_px=12, **quiet))
        zone = scene.zone.zone if scene.zone else None
        current = zone is not None and not scene.stale_because
        marks += self._head(total_s, height)
        marks += _ticks(total_s + after_s, x0, x1, height)
        if zone is None or not current or len(zone.times_s) == 0:
            words = "Curves appear when the physics has settled."
            grey = {"colour": theme_colour("text-3"), "size_px": 12, "outline": False, "anchor": "centre"}
            return [*marks, Label(text=words, x_px=(x0 + x1) / 2, y_px=height / 2 + 6, **grey)]
        marks += _curves(scene, zone, (x0, x1), height, total_s + after_s, self._moment.at_s)
        return marks + _cursor(self._moment.at_s, (x0, x1), height, total_s + after_s)

    def _head(self, total_s: float, height: float) -> list[Primitive]:
        """What the views show: a moment or the whole, and how to play."""
        moment, at_s = self._moment, self._moment.at_s
        left = 16.0 + (_PLAY_PX + 8 if moment.known else 0.0)
        shown = {"outline": False, "x_px": left}
        words = time_text(total_s if at_s is None else at_s)
        marks: list[Primitive] = [
            Label(text=words, y_px=22, colour=theme_colour("text-1"), size_px=16, weight="semibold", **shown)
        ]
        if height > _LOW_PX:
            about = "whole schedule" if at_s is None else _phase_at(self._schedule, _is_cold(self._scene), at_s)
            marks.append(Label(text=about, y_px=42, colour=theme_colour("text-3"), size_px=11, **shown))
        return marks + (_play_mark(moment.playing) if moment.known else [])


def _play_mark(playing: bool) -> list[Primitive]:
    """A triangle, or two bars while it plays."""
    x, y, r = 16.0, 22.0, _PLAY_PX / 2
    colour = theme_colour("text-1")
    if playing:
        return [rectangle(x, y - r, 4, 2 * r, colour), rectangle(x + 7, y - r, 4, 2 * r, colour)]
    triangle = np.array([[x, y - r], [x + 1.7 * r, y], [x, y + r]])
    return [Path(lines=(triangle,), closed=True, fill=colour)]


def _cursor(at_s: float | None, span_px: tuple[float, float], height: float, whole_s: float) -> list[Primitive]:
    """The line at the moment that is shown, with a handle."""
    if at_s is None:
        return []
    x = span_px[0] + (span_px[1] - span_px[0]) * at_s / whole_s
    accent = theme_colour("accent")
    handle = np.array([[x - 5, 2], [x + 5, 2], [x + 5, 10], [x, 15], [x - 5, 10]])
    return [
        line((x, 10), (x, height - _BOTTOM_PX), Stroke(colour=accent, width_px=1.5, casing=False)),
        Path(lines=(handle,), closed=True, fill=accent),
    ]


def _phase_at(schedule: Sequence[Phase], cold: bool, at_s: float) -> str:
    """The phase that a moment lies in: ``freeze 2``."""
    numbers, seen, end_s = Counter(p.kind for p in schedule), Counter[str](), 0.0
    for phase in schedule:
        seen[phase.kind] += 1
        end_s += phase.duration_s
        if at_s <= end_s:
            name = _PHASE_NAMES[cold, phase.kind].lower()
            return name + (f" {seen[phase.kind]}" if numbers[phase.kind] > 1 else "")
    return "afterwards"


def _is_cold(scene: Scene | None) -> bool:
    """Whether the plan freezes, known before there is a zone."""
    probes = () if scene is None else scene.case.plan.probes
    return not probes or device(probes[0].device_id).is_cold


def _drawn_of(scene: Scene | None, schedule: Sequence[Phase]) -> object:
    """What the strip depends on: the same while a probe is dragged, for the fast model has no curves."""
    if scene is None:
        return None
    zone = scene.zone.zone if scene.zone else None
    curves = None if zone is None or scene.stale_because or len(zone.times_s) == 0 else zone
    return tuple(schedule), _is_cold(scene), curves, scene.case.structures, scene.red_green


def _phases(schedule: Sequence[Phase], cold: bool, x0: float, x1: float, height: float) -> list[Primitive]:
    total_s, at_s = sum(p.duration_s for p in schedule), 0.0
    numbers = Counter(p.kind for p in schedule)
    seen: Counter[str] = Counter()
    marks: list[Primitive] = []
    for phase in schedule:
        left = x0 + (x1 - x0) * at_s / total_s
        wide = (x1 - x0) * phase.duration_s / total_s
        seen[phase.kind] += 1
        if phase.kind == "on":
            marks.append(rectangle(left, _TOP_PX, wide, height - _TOP_PX - _BOTTOM_PX, theme_colour("bg-2")))
        name = _PHASE_NAMES[cold, phase.kind] + (f" {seen[phase.kind]}" if numbers[phase.kind] > 1 else "")
        words = f"{name}  {time_text(phase.duration_s)}"
        marks.append(
            Label(text=words, x_px=left + 4, y_px=12, colour=theme_colour("text-2"), size_px=11, outline=False)
        )
        at_s += phase.duration_s
    return marks


def _ticks(total_s: float, x0: float, x1: float, height: float) -> list[Primitive]:
    marks: list[Primitive] = []
    for minute in range(0, int(total_s // 60) + 1, 5):
        x = x0 + (x1 - x0) * minute * 60 / total_s
        words = f"{minute} min" if minute == 0 else f"{minute}"
        grey = {"colour": theme_colour("text-3"), "size_px": 11, "outline": False, "anchor": "centre"}
        marks.append(Label(text=words, x_px=x, y_px=height - 8, **grey))
    return marks


def _curves(
    scene: Scene, zone: PredictedZone, span_px: tuple[float, float], height: float, total_s: float, at_s: float | None
) -> list[Primitive]:
    """The curves of the structures that come nearest to harm and of all thermocouples, with the levels of roots.

    Beside each stands the worst it comes to, or what it has at the moment that is shown.
    """
    times_s, curves_c, cold = zone.times_s, zone.curves_c, zone.cold
    watched = {t.id: t.name for t in scene.case.plan.thermocouples if t.id in curves_c}
    by_harm = sorted(curves_c.keys() - watched, key=lambda n: curves_c[n].min() if cold else -curves_c[n].max())
    worst = [*by_harm[:_MOST_CURVES], *watched]
    if not worst:
        return []
    values = np.concatenate([curves_c[n] for n in worst])
    low = min(float(values.min()), -22.0 if cold else 35.0) - 2
    high = max(float(values.max()), 38.0 if cold else 50.0) + 2
    x0, x1 = span_px
    top, bottom = _TOP_PX + 2, height - _BOTTOM_PX - 2

    def y_of(temperature_c: float) -> float:
        return bottom - (temperature_c - low) / (high - low) * (bottom - top)

    marks: list[Primitive] = []
    labelled_y = float("-inf")
    mode_limits = load_thresholds().of(StructureKind.ROOT, scene.zone.zone.mode) if scene.zone else None
    roles = {Level.CAUTION: "caution", Level.ALARM: "alarm", Level.INJURY: "injury"}
    for limit in mode_limits.limits if mode_limits else ():
        if limit.temperature_c is None or not low < limit.temperature_c < high:
            continue
        y = y_of(limit.temperature_c)
        dotted = Stroke(colour=theme_colour(roles[limit.level]), width_px=1, dash_px=(2, 3), casing=False)
        marks.append(line((x0, y), (x1, y), dotted))
        if abs(y - labelled_y) < _LABEL_APART_PX:
            continue
        labelled_y = y
        words = f"{limit.level.value} {level_text(limit.temperature_c)}"
        grey = {"colour": theme_colour("text-2"), "size_px": 11, "outline": False, "anchor": "right"}
        marks.append(Label(text=words, x_px=x0 - 8, y_px=y, **grey))
    last_y = -100.0
    ends = []
    for n, name in enumerate(worst):
        structure = scene.case.find(name)
        if structure is None and name not in watched:
            continue
        x = x0 + (x1 - x0) * times_s / total_s
        y = bottom - (curves_c[name] - low) / (high - low) * (bottom - top)
        stroke = _stroke(None if structure is None else scene.colour_of(structure), n)
        marks.append(Path(lines=(np.stack([x, y], axis=1),), stroke=stroke))
        # Where the curve ends, what it came to.
        named = watched[name] if structure is None else structure.name
        shown_c = _farthest(curves_c[name], cold) if at_s is None else float(np.interp(at_s, times_s, curves_c[name]))
        ends.append((float(y[-1]), f"{named} {temperature_text(shown_c, cold=cold)}", stroke.colour))
    for y_end, words, colour in sorted(ends):
        last_y = max(y_end, last_y + 15)
        bold = {"size_px": 11, "weight": "semibold", "outline": False}
        marks.append(Label(text=words, x_px=x1 + 10, y_px=min(last_y, height - 10), colour=colour, **bold))
    return marks


def _stroke(colour: str | None, n: int) -> Stroke:
    """The line of a structure's curve, of a thermocouple if there is no colour.

    Colours made for black ground cannot be read on a light one: there lines are told apart by weight and dash.
    """
    if current_theme() == "light":
        width_px, dashes = _LIGHT_STYLES[n % len(_LIGHT_STYLES)]
        return Stroke(colour=theme_colour("text-1"), width_px=width_px, dash_px=dashes, casing=False)
    return Stroke(colour=colour or thermocouple_colour(), width_px=1.6, casing=False)


def _farthest(curve_c: np.ndarray, cold: bool) -> float:
    """The temperature of a curve that lies farthest from the body's."""
    return float(curve_c.min() if cold else curve_c.max())
