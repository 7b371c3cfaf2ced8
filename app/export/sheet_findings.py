"""The sheet's first column: what the plan does, gravest first, and the other structures."""

from __future__ import annotations

from app.export.page_text import BASE_PX, LINE_PX, SMALL_PX, Line, Piece, paragraph, rule, words, wrapped
from app.representations.glyphs import glyph
from app.representations.primitives import Primitive, rectangle
from app.tokens import severity_wash
from imaging.structures import StructureKind
from planning.evaluation import Judgement, StructureRisk
from planning.evaluation.finding import RiskFinding
from planning.quantities import length_text, temperature_text
from planning.report.model import ReportInput
from planning.report.wording import edge_c, edge_distance_text, edge_text, extreme_text, limit_text, pelvic_judgement

_INDENT_PX = 33.0
_PAD_PX = 9.0
_ROW_PX = 28.0
_MOST_LINES = 4


def findings_column(
    given: ReportInput, x_px: float, top_px: float, width_px: float, bottom_px: float
) -> list[Primitive]:
    """Return the column between ``top_px`` and ``bottom_px``; what finds no room is counted."""
    drawn: list[Primitive] = [
        words("What this plan does", x_px, top_px, size_px=21, weight="semibold"),
        rule(x_px, top_px + 24, width_px, role="text-1", thick_px=2),
    ]
    y = top_px + 25
    entries = _laid_out(_entries(given), width_px - _INDENT_PX, bottom_px - y)
    for n, (judgement, lines) in enumerate(entries):
        height = _height(lines)
        last = n == len(entries) - 1
        if y + height > bottom_px - (0 if last else LINE_PX):
            more = f"and {len(entries) - n} more in the report"
            drawn.append(words(more, x_px + _INDENT_PX, y + _PAD_PX + 9, size_px=SMALL_PX, role="text-2"))
            return drawn
        middle = y + _PAD_PX + LINE_PX / 2
        if n == 0 and judgement is Judgement.INJURY:
            drawn.append(rectangle(x_px, y + 1, width_px, height - 1, severity_wash(judgement, "light") or ""))
        drawn += glyph(judgement, x_px + 12, middle, 20, "light")
        drawn += paragraph(lines, x_px + _INDENT_PX, middle)
        y += height
        drawn.append(rule(x_px, y, width_px))
    return [*drawn, *_others(given, x_px, y + 34, width_px, bottom_px)]


def _laid_out(
    entries: list[tuple[Judgement, list[Piece]]], width_px: float, room_px: float
) -> list[tuple[Judgement, list[Line]]]:
    """Lines of every entry; where they do not all find room, only the first keeps its reason."""
    full = [(j, wrapped(pieces, width_px, most=_MOST_LINES if n else 0)) for n, (j, pieces) in enumerate(entries)]
    if sum(_height(lines) for _, lines in full) <= room_px:
        return full
    return [full[0], *((j, wrapped(pieces[:1], width_px, most=_MOST_LINES)) for j, pieces in entries[1:])]


def _height(lines: list[Line]) -> float:
    return len(lines) * LINE_PX + 2 * _PAD_PX


def _entries(given: ReportInput) -> list[tuple[Judgement, list[Piece]]]:
    """Judgement and text of the pelvic summary and of every other finding."""
    verdict = given.verdict
    pelvic = verdict.pelvic
    entries = [(pelvic_judgement(verdict), _pieces(pelvic.sentence, pelvic.reason))]
    for finding in verdict.findings:
        if finding.sentence != pelvic.sentence:
            entries.append((finding.judgement, _pieces(finding.sentence, short_reason(finding, given))))
    quiet = [_quiet(r, given) for r in verdict.structures if r.judgement is Judgement.WITHIN and not r.level]
    if quiet:
        entries.append((Judgement.WITHIN, _pieces("", f"Within limits: {'; '.join(quiet)}.")))
    return entries


def _quiet(risk: StructureRisk, given: ReportInput) -> str:
    """A structure within its limits in a few words."""
    distance_mm = risk.isotherm_mm.get(edge_c(given.zone))
    edge = "ice" if given.zone.cold else edge_text(given.zone)
    apart = "" if distance_mm is None else f", {length_text(distance_mm)} from {edge}"
    degrees = "" if risk.extreme_c is None else temperature_text(risk.extreme_c, cold=given.zone.cold)
    return f"{risk.name[:1].lower()}{risk.name[1:]} {degrees}{apart}"


def _pieces(lead: str, text: str) -> list[Piece]:
    both: tuple[Piece, ...] = ((lead, "semibold"), (text, "regular"))
    return [piece for piece in both if piece[0]]


def short_reason(finding: RiskFinding, given: ReportInput) -> str:
    """Return a finding's reason in a line; sources stand in the report."""
    risk = next((r for r in given.verdict.structures if r.id == finding.structure_id), None)
    lesion = given.verdict.lesion
    if lesion is not None and finding.structure_id == "lesion":
        return f"Goal {length_text(lesion.goal_margin_mm)}."
    if risk is None:
        return finding.reason
    if risk.needle_limit_mm:
        return f"{risk.judgement.word.capitalize()} below {length_text(risk.needle_limit_mm)}."
    parts = []
    distance_mm = risk.isotherm_mm.get(edge_c(given.zone))
    edge = "the ice" if given.zone.cold else edge_text(given.zone)
    if distance_mm is not None:
        beyond = (
            f"reaches {length_text(-distance_mm + 0.0999)} into"
            if distance_mm < 0
            else f"{length_text(distance_mm)} outside"
        )
        parts.append(f"{'It ' if distance_mm < 0 else ''}{beyond} {edge}.")
    if risk.limit is not None:
        near = risk.exposure is not None and risk.exposure.short_of(risk.limit, cold=given.zone.cold)
        off = ", within what the grid may be off" if near else ""
        parts.append(f"{risk.judgement.word.capitalize()} at {limit_text(risk.limit, cold=given.zone.cold)}{off}.")
    return " ".join(parts)


def _others(given: ReportInput, x_px: float, top_px: float, width_px: float, bottom_px: float) -> list[Primitive]:
    """A table of the structures that are no roots, if it finds room."""
    risks = [r for r in given.verdict.structures if r.kind is not StructureKind.ROOT]
    if top_px + 40 + _ROW_PX * len(risks) > bottom_px:
        return []
    zone = given.zone
    edges = [x_px + width_px * share for share in (0.62, 0.82, 1.0)]
    names = (f"to {edge_text(zone)}, mm", "needle, mm", "coldest °C" if zone.cold else "hottest °C")
    drawn: list[Primitive] = [words("Other structures", x_px, top_px, size_px=21, weight="semibold")]
    for name, edge in zip(names, edges, strict=True):
        drawn.append(words(name, edge, top_px + 2, size_px=SMALL_PX, anchor="right", role="text-2"))
    drawn.append(rule(x_px, top_px + 18, width_px))
    for n, risk in enumerate(risks):
        drawn += _other(risk, given, x_px, top_px + 18 + _ROW_PX * n, width_px, edges)
    return drawn


def _other(
    risk: StructureRisk, given: ReportInput, x_px: float, top_px: float, width_px: float, edges: list[float]
) -> list[Primitive]:
    middle = top_px + _ROW_PX / 2
    drawn: list[Primitive] = []
    wash = severity_wash(risk.judgement, "light")
    if wash:
        drawn.append(rectangle(x_px, top_px + 1, width_px, _ROW_PX - 1, wash))
    drawn += glyph(risk.judgement, x_px + 12, middle, 17, "light")
    drawn.append(words(risk.name, x_px + _INDENT_PX, middle, size_px=BASE_PX - 1))
    if risk.extreme_c is None:
        drawn.append(words(extreme_text(risk, given.zone), edges[2], middle, size_px=BASE_PX - 2, anchor="right"))
    else:
        needle = "" if risk.needle_mm is None else length_text(risk.needle_mm, unit=False)
        cells = (edge_distance_text(risk, given.zone), needle, extreme_text(risk, given.zone))
        for cell, edge in zip(cells, edges, strict=True):
            strong = "semibold" if edge == edges[2] else "regular"
            drawn.append(words(cell, edge, middle, size_px=BASE_PX - 1, weight=strong, anchor="right"))
    drawn.append(rule(x_px, top_px + _ROW_PX, width_px))
    return drawn
