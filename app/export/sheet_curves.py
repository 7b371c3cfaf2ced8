"""The sheet's diagram of temperature over time, phases shaded, levels dotted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from app.export.page_text import SMALL_PX, ink, rule, words
from app.export.pdf_painter import text_width_px
from app.representations.primitives import Path, Primitive, Stroke, line, rectangle
from app.tokens import severity_colour, theme_colour
from imaging.geometry import Floats
from imaging.structures import StructureKind
from planning.catalogue.own_thresholds import load_thresholds
from planning.catalogue.thresholds import Level
from planning.evaluation import Judgement
from planning.quantities import NNBSP, level_text, time_text
from planning.report.model import ReportInput
from planning.report.wording import phase_word

_MOST_CURVES = 4
_STYLES: tuple[tuple[float, tuple[float, ...]], ...] = ((3.0, ()), (2.0, (9, 5)), (1.4, ()), (1.6, (2, 4)))
_LABEL_GAP_PX = 22.0
_NAME_PX = 17.0
_NERVOUS = (
    StructureKind.ROOT, StructureKind.NERVE, StructureKind.CANAL, StructureKind.THECAL_SAC, StructureKind.CORD,
)  # fmt: skip

ToPx = Callable[[Floats, Floats], Floats]


def curves(given: ReportInput, x_px: float, top_px: float, width_px: float, bottom_px: float) -> list[Primitive]:
    """Return temperature over time at the structures that change most."""
    zone = given.zone
    note = f"{'Coldest' if zone.cold else 'Hottest'} temperature of each structure over time"
    drawn: list[Primitive] = [words(note, x_px, top_px, size_px=SMALL_PX, role="text-2")]
    shown = _shown(given)
    if not shown:
        return [*drawn, words("The model gives no curves.", x_px, top_px + 34)]
    texts = [name for name, _ in shown]
    named_px = max(text_width_px(text, _NAME_PX, "semibold") for text in texts) + 12
    left, right, top, bottom = x_px + 62, x_px + width_px - named_px, top_px + 42, bottom_px - 30
    values = np.concatenate([c for _, c in shown])
    levels = [c for _, c in _levels(given) if values.min() - 12 <= c <= values.max() + 12]
    low, high = min(values.min(), *levels, zone.body_c), max(values.max(), *levels, zone.body_c)
    pad = (high - low) * 0.05 + 0.5
    low, high = low - pad, high + pad
    end_s = max(float(zone.times_s[-1]), 1.0)

    def at(time_s: Floats, value_c: Floats) -> Floats:
        x = left + (right - left) * np.asarray(time_s) / end_s
        y = bottom - (bottom - top) * (np.asarray(value_c) - low) / (high - low)
        return np.stack([x, y], axis=-1)

    drawn += _phases(given, left, right, top, bottom, end_s)
    drawn += _level_lines(levels, left, right, lambda c: float(at(np.zeros(1), np.array([c]))[0, 1]))
    for (_, curve), (width, dashes) in zip(shown, _STYLES, strict=False):
        stroke = Stroke(colour=ink(), width_px=width, dash_px=dashes, casing=False)
        drawn.append(Path(lines=(at(zone.times_s, curve),), stroke=stroke))
    ends = [float(at(zone.times_s[-1:], c[-1:])[0, 1]) for _, c in shown]
    for n, (text, y) in enumerate(zip(texts, _apart(ends, top, bottom), strict=True)):
        drawn.append(words(text, right + 10, y, size_px=_NAME_PX, weight="semibold" if n == 0 else "regular"))
    drawn += _crossing(given, [at(zone.times_s, curve) for _, curve in shown], shown[0][1], at, (top, bottom))
    drawn += _time_axis(left, right, bottom, end_s)
    return drawn


def _shown(given: ReportInput) -> list[tuple[str, Floats]]:
    """Names and curves of the nervous structures whose temperature goes furthest, furthest first."""
    zone = given.zone
    if len(zone.times_s) < 2:
        return []
    sign = 1 if zone.cold else -1
    names = {s.id: s.name for s in given.case.structures if s.kind in _NERVOUS}
    found = [(names[i], np.asarray(c, float)) for i, c in zone.curves_c.items() if i in names]
    return sorted(found, key=lambda item: float((sign * item[1]).min()))[:_MOST_CURVES]


def _levels(given: ReportInput) -> list[tuple[Level, float]]:
    limits = load_thresholds().of(StructureKind.ROOT, given.zone.mode)
    return [] if limits is None else [(x.level, x.temperature_c) for x in limits.limits if x.temperature_c is not None]


def _phases(given: ReportInput, left: float, right: float, top: float, bottom: float, end_s: float) -> list[Primitive]:
    """The device's phases as bands with their names above."""
    drawn: list[Primitive] = []
    start_s = 0.0
    for phase in given.case.plan.phases:
        stop_s = min(start_s + phase.duration_s, end_s)
        x0, x1 = (left + (right - left) * t / end_s for t in (start_s, stop_s))
        if x1 <= x0:
            break
        shade = theme_colour("bg-3" if phase.kind == "on" else "bg-1", "light")
        drawn.append(rectangle(x0, top, x1 - x0, bottom - top, shade))
        text = f"{phase_word(phase, cold=given.zone.cold)} {time_text(phase.duration_s)}"
        if text_width_px(text, SMALL_PX) > x1 - x0 - 6:
            text = phase_word(phase, cold=given.zone.cold)
        if text_width_px(text, SMALL_PX) <= x1 - x0 - 6:
            drawn.append(words(text, x0 + 4, top - 13, size_px=SMALL_PX, role="text-2"))
        start_s += phase.duration_s
    return drawn


def _level_lines(levels: list[float], left: float, right: float, height: Callable[[float], float]) -> list[Primitive]:
    dotted = Stroke(colour=ink("text-3"), width_px=1.2, dash_px=(2, 4), casing=False)
    places = _apart([height(c) for c in levels], -1e9, 1e9, 18.0)
    drawn: list[Primitive] = []
    for level_c, y in zip(levels, places, strict=True):
        drawn.append(line((left, height(level_c)), (right, height(level_c)), dotted))
        drawn.append(words(level_text(level_c), left - 8, y, size_px=SMALL_PX, anchor="right", role="text-2"))
    return drawn


def _crossing(
    given: ReportInput, drawn_px: list[Floats], curve: Floats, at: ToPx, span: tuple[float, float]
) -> list[Primitive]:
    """Where the gravest curve first passes the roots' alarm, named where no curve runs."""
    level_c = next((c for level, c in _levels(given) if level is Level.ALARM), None)
    sign = 1 if given.zone.cold else -1
    beyond = np.flatnonzero(sign * curve <= sign * level_c) if level_c is not None else np.zeros(0, int)
    if level_c is None or len(beyond) == 0 or beyond[0] == 0:
        return []
    n, times_s = int(beyond[0]), given.zone.times_s
    part = (level_c - curve[n - 1]) / (curve[n] - curve[n - 1])
    time_s = float(times_s[n - 1] + part * (times_s[n] - times_s[n - 1]))
    x, y = (float(v) for v in at(np.array([time_s]), np.array([level_c]))[0])
    top, bottom = span
    text = f"{level_text(level_c)} at {time_text(time_s)}"
    wide = text_width_px(text, SMALL_PX, "semibold")
    mark = line((x, y), (x, bottom), Stroke(colour=severity_colour(Judgement.ALARM, "light"), width_px=2, casing=False))
    everything = np.concatenate([_dense(points) for points in drawn_px])
    start_px = float(at(np.zeros(1), np.array([level_c]))[0, 0])
    for middle in (*np.arange(bottom - 14, y, -6), *np.arange(top + 12, bottom, 6)):
        for left in (x - 7 - wide, x + 7):
            box = (left - 4 < everything[:, 0]) & (everything[:, 0] < left + wide + 4)
            free = not (box & (np.abs(everything[:, 1] - middle) < 12)).any()
            if free and left > start_px and not (left < x < left + wide):
                label = words(text, left, float(middle), size_px=SMALL_PX, weight="semibold", role="alarm")
                return [mark, label]
    return [mark]


def _dense(points: Floats) -> Floats:
    """Points along a polyline close enough not to step over a label."""
    steps = np.linspace(0, len(points) - 1, 800)
    return np.stack([np.interp(steps, np.arange(len(points)), points[:, n]) for n in (0, 1)], axis=1)


def _time_axis(left: float, right: float, bottom: float, end_s: float) -> list[Primitive]:
    step = 5 if end_s > 600 else 2 if end_s > 240 else 1
    drawn: list[Primitive] = [rule(left, bottom, right - left, role="text-3")]
    for minute in range(0, int(end_s // 60) + 1, step):
        x = left + (right - left) * minute * 60 / end_s
        text = f"0{NNBSP}min" if minute == 0 else str(minute)
        drawn.append(words(text, x, bottom + 16, size_px=SMALL_PX, anchor="centre", role="text-2"))
    return drawn


def _apart(places: list[float], low: float, high: float, gap: float = _LABEL_GAP_PX) -> list[float]:
    """Move label heights apart, as little as need be, in their order."""
    order = np.argsort(places)
    moved = np.asarray(places, float)[order]
    for _ in range(50):
        for n in range(1, len(moved)):
            overlap = gap - (moved[n] - moved[n - 1])
            if overlap > 0:
                moved[n - 1] -= overlap / 2
                moved[n] += overlap / 2
        moved = np.clip(moved, low, high)
    out = np.empty(len(moved))
    out[order] = moved
    return out.tolist()
