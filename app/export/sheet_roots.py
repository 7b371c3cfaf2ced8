"""The sheet's table of roots, mirrored about their names as the axial images are."""

from __future__ import annotations

from app.export.page_text import BASE_PX, SMALL_PX, rule, words
from app.representations.glyphs import glyph
from app.representations.primitives import Primitive, rectangle
from app.representations.slice_plane import Plane, plane_axes
from app.tokens import severity_wash, theme_colour
from imaging.structures import Side, StructureKind
from planning.evaluation import StructureRisk
from planning.quantities import dose_text, length_text
from planning.report.model import ReportInput
from planning.report.wording import SIDE_WORD, edge_distance_text, edge_text, extreme_text

ROW_PX = 30.0
HEAD_PX = 82.0
_ROOT_PX = 58.0
_GLYPH_PX = 38.0


def shown_sides(given: ReportInput) -> tuple[Side, Side]:
    """Return which side of the patient lies left and right on the axial images."""
    right, _ = plane_axes(Plane.AXIAL, given.case.image.grid)
    return (Side.RIGHT, Side.LEFT) if right[0] > 0 else (Side.LEFT, Side.RIGHT)


def root_levels(given: ReportInput) -> tuple[str, ...]:
    """Return the levels of the roots that were judged, from above downwards."""
    return tuple(dict.fromkeys(r.level for r in given.verdict.structures if r.kind is StructureKind.ROOT))


def roots_table(given: ReportInput, x_px: float, top_px: float, width_px: float) -> list[Primitive]:
    """Return the table; it is ``HEAD_PX`` and a row for each of `root_levels` high."""
    zone = given.zone
    title = f"Roots, {'coldest' if zone.cold else 'hottest'} at any time"
    drawn: list[Primitive] = [words(title, x_px, top_px, size_px=21, weight="semibold")]
    risks = {(r.level, r.side): r for r in given.verdict.structures if r.kind is StructureKind.ROOT}
    sides = shown_sides(given)
    middle = x_px + width_px / 2
    levels = root_levels(given)
    drawn += _head(given, sides, x_px, top_px, width_px)
    top = top_px + HEAD_PX
    drawn.append(
        rectangle(middle - _ROOT_PX / 2, top, _ROOT_PX, ROW_PX * len(levels), theme_colour("bg-3", "light"), 0.6)
    )
    for n, level in enumerate(levels):
        y = top + ROW_PX * n
        for mirrored, side in enumerate(sides):
            drawn += _half(risks[level, side], given, bool(mirrored), x_px, y, width_px)
        drawn.append(rule(x_px, y, width_px))
        drawn.append(words(level, middle, y + ROW_PX / 2, weight="semibold", anchor="centre"))
    drawn.append(rule(x_px, top + ROW_PX * len(levels), width_px))
    return drawn


def _edges(given: ReportInput, mirrored: bool, x_px: float, width_px: float) -> list[float]:
    """Right edges of a half's columns, from the outer one inwards."""
    count = 3 if given.zone.cold else 4
    half = width_px / 2 - _ROOT_PX / 2 - _GLYPH_PX - 6
    each = half / count
    if mirrored:
        return [x_px + width_px - 6 - n * each for n in range(count)]
    return [x_px + (n + 1) * each for n in range(count)]


def _names(given: ReportInput) -> list[tuple[str, str]]:
    zone = given.zone
    dose = [] if zone.cold else [("CEM43", "min")]
    edge = ("to ice", "mm") if zone.cold else (edge_text(zone), "mm")
    return [("needle", "mm"), (edge[0], edge[1]), *dose, ("coldest" if zone.cold else "hottest", "°C")]


def _head(given: ReportInput, sides: tuple[Side, Side], x_px: float, top_px: float, width_px: float) -> list[Primitive]:
    drawn: list[Primitive] = []
    for mirrored, side in enumerate(sides):
        edges = _edges(given, bool(mirrored), x_px, width_px)
        name = SIDE_WORD[side].capitalize()
        at, anchor = (x_px + width_px - 6, "right") if mirrored else (x_px, "left")
        drawn.append(words(name, at, top_px + 28, size_px=17, weight="semibold", anchor=anchor))
        for edge, (first, second) in zip(edges, _names(given), strict=True):
            for y, text in ((top_px + 49, first), (top_px + 68, second)):
                drawn.append(words(text, edge, y, size_px=SMALL_PX, anchor="right", role="text-2"))
    drawn.append(words("root", x_px + width_px / 2, top_px + 68, size_px=SMALL_PX, anchor="centre", role="text-2"))
    return drawn


def _half(
    risk: StructureRisk, given: ReportInput, mirrored: bool, x_px: float, top_px: float, width_px: float
) -> list[Primitive]:
    zone = given.zone
    middle_x, y = x_px + width_px / 2, top_px + ROW_PX / 2
    side = 1 if mirrored else -1
    drawn: list[Primitive] = []
    wash = severity_wash(risk.judgement, "light")
    if wash:
        left = middle_x + _ROOT_PX / 2 if mirrored else x_px
        drawn.append(rectangle(left, top_px, width_px / 2 - _ROOT_PX / 2, ROW_PX, wash))
    drawn += glyph(risk.judgement, middle_x + side * (_ROOT_PX / 2 + _GLYPH_PX / 2), y, 18, "light")
    edges = _edges(given, mirrored, x_px, width_px)
    if risk.extreme_c is None:
        at, anchor = (edges[0], "right") if mirrored else (x_px, "left")
        return [*drawn, words(extreme_text(risk, zone), at, y, size_px=17, anchor=anchor, role="text-2")]
    needle = "" if risk.needle_mm is None else length_text(risk.needle_mm, unit=False)
    dose = [] if zone.cold else ["" if risk.cem43_min is None else dose_text(risk.cem43_min)]
    cells = [needle, edge_distance_text(risk, zone), *dose, extreme_text(risk, zone)]
    size = BASE_PX if zone.cold else 17.0
    for n, (cell, edge) in enumerate(zip(cells, edges, strict=True)):
        weight = "semibold" if n == len(cells) - 1 else "regular"
        drawn.append(words(cell, edge, y, size_px=size, weight=weight, anchor="right"))
    return drawn
