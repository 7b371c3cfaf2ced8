"""Schedule and temperature curves on one time axis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.qt_painter import draw
from app.representations.primitives import Label, Path, Primitive, Stroke, line, rectangle
from app.representations.scene import Scene
from app.tokens import current_theme, theme_colour, thermocouple_colour
from imaging.structures import StructureKind
from planning import services
from planning.catalogue import Phase, load_thresholds
from planning.catalogue.devices import device
from planning.catalogue.thresholds import Level
from planning.quantities import level_text, temperature_text, time_text

_LEFT_PX, _RIGHT_PX, _TOP_PX, _BOTTOM_PX = 150.0, 150.0, 22.0, 18.0
_MOST_CURVES = 3
_LOW_PX = 110.0
_LIGHT_STYLES: tuple[tuple[float, tuple[float, ...]], ...] = ((2.2, ()), (1.5, (6, 3)), (1.4, (2, 3)), (1.2, ()))
_LABEL_APART_PX = 12.0
_PHASE_NAMES = {
    (True, "on"): "Freeze", (True, "off"): "Thaw", (True, "thaw"): "Active thaw",
    (False, "on"): "Heat", (False, "off"): "Pause", (False, "thaw"): "Rinse",
}  # fmt: skip


class TimeStrip(QWidget):
    """The phases of the treatment, and the temperature of the structures it changes most."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("timeStrip")
        self._scene: Scene | None = None
        self._schedule: Sequence[Phase] = ()
        self._drawn: object = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Temperature over time")

    def show_scene(self, scene: Scene | None, schedule: Sequence[Phase]) -> None:
        """Show the curves of a scene's zone under its schedule."""
        self._scene, self._schedule = scene, schedule
        drawn = _drawn_of(scene, schedule)
        if drawn != self._drawn:
            self._drawn = drawn
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        draw(painter, self._marks(float(self.width()), float(self.height())))

    def _marks(self, width: float, height: float) -> list[Primitive]:
        marks: list[Primitive] = [rectangle(0, 0, width, height, theme_colour("bg-1"))]
        scene = self._scene
        if scene is None or not self._schedule:
            words = "The schedule and the temperature of every root appear here once a probe is placed."
            grey = theme_colour("text-3")
            return [*marks, Label(text=words, x_px=16, y_px=height / 2, colour=grey, size_px=12, outline=False)]
        total_s = sum(p.duration_s for p in self._schedule)
        after_s = sum(p.duration_s for p in services.afterwards(scene.case)) if scene.case.plan.probes else 0.0
        cold = _is_cold(scene)
        x0, x1 = _LEFT_PX, width - _RIGHT_PX
        along = x0 + (x1 - x0) * total_s / (total_s + after_s)
        marks += _phases(self._schedule, cold, x0, along, height)
        if after_s:
            quiet = {"colour": theme_colour("text-3"), "size_px": 11, "outline": False}
            marks.append(Label(text="afterwards", x_px=along + 4, y_px=12, **quiet))
        zone = scene.zone.zone if scene.zone else None
        current = zone is not None and not scene.stale_because
        head = {"outline": False, "x_px": 16.0}
        marks.append(
            Label(
                text=time_text(total_s), y_px=22, colour=theme_colour("text-1"), size_px=16, weight="semibold", **head
            )
        )
        if height > _LOW_PX:
            marks.append(Label(text="whole schedule", y_px=42, colour=theme_colour("text-3"), size_px=11, **head))
        marks += _ticks(total_s + after_s, x0, x1, height)
        if zone is None or not current or len(zone.times_s) == 0:
            words = "Curves appear when the physics has settled."
            grey = {"colour": theme_colour("text-3"), "size_px": 12, "outline": False, "anchor": "centre"}
            return [*marks, Label(text=words, x_px=(x0 + x1) / 2, y_px=height / 2 + 6, **grey)]
        return marks + _curves(scene, zone.times_s, zone.curves_c, zone.cold, (x0, x1), height, total_s + after_s)


def _is_cold(scene: Scene) -> bool:
    """Whether the plan freezes, known before there is a zone."""
    probes = scene.case.plan.probes
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
    scene: Scene,
    times_s: np.ndarray,
    curves_c: Mapping[str, np.ndarray],
    cold: bool,
    span_px: tuple[float, float],
    height: float,
    total_s: float,
) -> list[Primitive]:
    """The curves of the structures that come nearest to harm and of all thermocouples, with the levels of roots."""
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
        ends.append(
            (float(y[-1]), f"{named} {temperature_text(_farthest(curves_c[name], cold), cold=cold)}", stroke.colour)
        )
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
