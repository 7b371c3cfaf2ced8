"""The sheet's diagrams: temperature over time, and the margin over the lesion's surface."""

from __future__ import annotations

import numpy as np

from app.export.page_text import SMALL_PX, ink, rule, words
from app.export.pdf_painter import text_width_px
from app.representations.primitives import Path, Primitive, Stroke, line, rectangle
from app.tokens import severity_colour, theme_colour
from imaging.geometry import Floats
from imaging.structures import StructureKind
from planning.catalogue.thresholds import load_thresholds
from planning.evaluation import Judgement
from planning.quantities import MINUS, NNBSP, length_text, level_text, percent_text, temperature_text, time_text
from planning.report.model import ReportInput
from planning.report.result_sections import margin_histogram
from planning.report.wording import goal_share, phase_word, phases_of

_MOST_CURVES = 4
_STYLES: tuple[tuple[float, tuple[float, ...]], ...] = ((3.0, ()), (2.0, (9, 5)), (1.4, ()), (1.6, (2, 4)))
_LABEL_GAP_PX = 22.0


def curves(given: ReportInput, x_px: float, top_px: float, width_px: float, bottom_px: float) -> list[Primitive]:
    """Return temperature over time at the structures that change most."""
    zone = given.zone
    note = "Temperature over time, at each structure's point nearest to a probe"
    drawn: list[Primitive] = [words(note, x_px, top_px, size_px=SMALL_PX, role="text-2")]
    shown = _shown(given)
    if not shown:
        return [*drawn, words("The model gives no curves.", x_px, top_px + 34)]
    left, right, top, bottom = x_px + 62, x_px + width_px - 142, top_px + 42, bottom_px - 30
    values = np.concatenate([c for _, c in shown])
    levels = [c for c in _levels(given) if values.min() - 12 <= c <= values.max() + 12]
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
    for (name, curve), y, n in zip(shown, _apart(ends, top, bottom), range(len(shown)), strict=True):
        extreme = float(curve.min() if zone.cold else curve.max())
        text = f"{name} {temperature_text(extreme, cold=zone.cold)}"
        drawn.append(words(text, right + 10, y, size_px=17, weight="semibold" if n == 0 else "regular"))
    drawn += _crossing(given, shown[0][1], levels, at, bottom)
    drawn += _time_axis(left, right, bottom, end_s)
    return drawn


def _shown(given: ReportInput) -> list[tuple[str, Floats]]:
    """Names and curves of the structures whose temperature goes furthest, furthest first."""
    zone = given.zone
    if len(zone.times_s) < 2:
        return []
    sign = 1 if zone.cold else -1
    names = {s.id: s.name for s in given.case.structures}
    found = [(names[i], np.asarray(c, float)) for i, c in zone.curves_c.items() if i in names]
    return sorted(found, key=lambda item: float((sign * item[1]).min()))[:_MOST_CURVES]


def _levels(given: ReportInput) -> list[float]:
    limits = load_thresholds().of(StructureKind.ROOT, given.zone.mode)
    return [] if limits is None else [x.temperature_c for x in limits.limits if x.temperature_c is not None]


def _phases(given: ReportInput, left: float, right: float, top: float, bottom: float, end_s: float) -> list[Primitive]:
    """The device's phases as bands with their names above."""
    drawn: list[Primitive] = []
    start_s = 0.0
    for phase in phases_of(given.case):
        stop_s = min(start_s + phase.duration_s, end_s)
        x0, x1 = (left + (right - left) * t / end_s for t in (start_s, stop_s))
        if x1 <= x0:
            break
        shade = theme_colour("bg-3" if phase.kind == "on" else "bg-1", "light")
        drawn.append(rectangle(x0, top, x1 - x0, bottom - top, shade))
        text = f"{phase_word(phase, given.zone)} {time_text(phase.duration_s)}"
        if text_width_px(text, SMALL_PX) > x1 - x0 - 6:
            text = phase_word(phase, given.zone)
        if text_width_px(text, SMALL_PX) <= x1 - x0 - 6:
            drawn.append(words(text, x0 + 4, top - 13, size_px=SMALL_PX, role="text-2"))
        start_s += phase.duration_s
    return drawn


def _level_lines(levels, left: float, right: float, height) -> list[Primitive]:  # type: ignore[no-untyped-def]
    dotted = Stroke(colour=ink("text-3"), width_px=1.2, dash_px=(2, 4), casing=False)
    places = _apart([height(c) for c in levels], -1e9, 1e9, 18.0)
    drawn: list[Primitive] = []
    for level_c, y in zip(levels, places, strict=True):
        drawn.append(line((left, height(level_c)), (right, height(level_c)), dotted))
        drawn.append(words(level_text(level_c), left - 8, y, size_px=SMALL_PX, anchor="right", role="text-2"))
    return drawn


def _crossing(given: ReportInput, curve: Floats, levels: list[float], at, bottom: float) -> list[Primitive]:  # type: ignore[no-untyped-def]
    """Where the gravest curve first passes the second level."""
    if len(levels) < 2:
        return []
    level_c = levels[1]
    sign = 1 if given.zone.cold else -1
    beyond = np.flatnonzero(sign * curve <= sign * level_c)
    if len(beyond) == 0 or beyond[0] == 0:
        return []
    n = int(beyond[0])
    part = (level_c - curve[n - 1]) / (curve[n] - curve[n - 1])
    time_s = float(given.zone.times_s[n - 1] + part * (given.zone.times_s[n] - given.zone.times_s[n - 1]))
    x, y = at(np.array([time_s]), np.array([level_c]))[0]
    colour = severity_colour(Judgement.ALARM, "light")
    text = f"{level_text(level_c)} at {time_text(time_s)}"
    wide = text_width_px(text, SMALL_PX, "semibold")
    mark = words(text, float(x) - 6, bottom - 14, size_px=SMALL_PX, weight="semibold", anchor="right", role="alarm")
    if float(at(np.zeros(1), np.zeros(1))[0, 0]) > float(x) - wide - 10:
        mark = words(text, float(x) + 6, bottom - 14, size_px=SMALL_PX, weight="semibold", role="alarm")
    return [line((float(x), float(y)), (float(x), bottom), Stroke(colour=colour, width_px=2, casing=False)), mark]


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


def margins(given: ReportInput, x_px: float, top_px: float, width_px: float) -> list[Primitive]:
    """Return the margin's histogram, 160 px high, with its smallest value."""
    lesion, data = given.verdict.lesion, margin_histogram(given)
    if lesion is None:
        title = words("Margin", x_px, top_px, size_px=21, weight="semibold")
        return [title, words("No lesion is marked: not assessed.", x_px, top_px + 34)]
    name = level_text(lesion.isotherm_c)
    drawn: list[Primitive] = [words(f"Margin, lesion to {name}", x_px, top_px, size_px=21, weight="semibold")]
    if data is None or lesion.margin_mm is None:
        return [*drawn, words(f"The zone never reaches {name}.", x_px, top_px + 34)]
    left, right, top, bottom = x_px + 6, x_px + width_px * 0.5, top_px + 34, top_px + 132
    first, last = min(data.start_mm, 0.0), max(data.start_mm + len(data.shares), data.goal_mm + 1)
    scale = (right - left) / (last - first)
    edge = Stroke(colour=ink(), width_px=0.8, casing=False)
    for n, share in enumerate(data.shares):
        start = data.start_mm + n
        kind = Judgement.WITHIN if start >= data.goal_mm else Judgement.CAUTION if start >= 0 else Judgement.ALARM
        height = (bottom - top - 20) * share / max(data.shares)
        bar = rectangle(
            left + (start - first) * scale, bottom - height, scale, height, severity_colour(kind, "light", fill=True)
        )
        drawn.append(Path(lines=bar.lines, closed=True, fill=bar.fill, stroke=edge))
    drawn.append(rule(left, bottom, right - left, role="text-1"))
    goal_x = left + (data.goal_mm - first) * scale
    drawn.append(
        line((goal_x, top - 4), (goal_x, bottom), Stroke(colour=ink(), width_px=1.5, dash_px=(4, 4), casing=False))
    )
    drawn.append(words(f"goal {data.goal_mm:g}", goal_x + 5, top, size_px=SMALL_PX))
    step = next(s for s in (1, 2, 5, 10, 20) if (last - first) / s <= 6)
    ticks = [t for t in range(int(np.ceil(first)), int(last) + 1) if t % step == 0]
    for tick in ticks:
        text = f"{tick}".replace("-", MINUS) + (f"{NNBSP}mm" if tick == ticks[-1] else "")
        drawn.append(words(text, left + (tick - first) * scale, bottom + 16, size_px=SMALL_PX, anchor="centre"))
    x = right + 34
    share = percent_text(goal_share(lesion.margins_mm.tolist(), lesion.goal_margin_mm))
    for text, y, size, weight in (
        (length_text(lesion.margin_mm), 38, 26, "semibold"), ("smallest", 64, 17, "regular"),
        (share, 96, 26, "semibold"), (f"of the surface ≥{NNBSP}{data.goal_mm:g}{NNBSP}mm", 122, 17, "regular"),
        (f"{percent_text(lesion.covered_frac)} of the volume inside", 146, 17, "regular"),
    ):  # fmt: skip
        drawn.append(words(text, x, top_px + y, size_px=size, weight=weight))
    return drawn
