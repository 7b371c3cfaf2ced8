"""The conference sheet: one page with pictures, findings, roots, margin and the numbers for the CT room."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.export.page_text import SMALL_LINE_PX, SMALL_PX, Piece, fitted, paragraph, rule, words, wrapped
from app.export.pdf_painter import picture_of, png_bytes, text_width_px
from app.export.sheet_curves import curves
from app.export.sheet_findings import findings_column
from app.export.sheet_margin import margins
from app.export.sheet_pictures import sheet_pictures
from app.export.sheet_room import room_table
from app.export.sheet_roots import HEAD_PX, ROW_PX, root_levels, roots_table, shown_sides
from app.export.written import write_atomically
from app.representations.glyphs import glyph
from app.representations.primitives import Primitive, rectangle
from app.tokens import severity_wash
from imaging.structures import StructureKind
from planning.catalogue.own_thresholds import load_thresholds
from planning.catalogue.thresholds import Level
from planning.evaluation import Judgement
from planning.model.naming import sharing_text
from planning.quantities import NNBSP, level_text
from planning.report.model import ReportInput, require_reportable
from planning.report.wording import (
    SIDE_WORD,
    STANDING,
    alert_text,
    data_lines,
    devices_of,
    program_text,
    schedule_text,
    subtitle_text,
    title_text,
    unconfirmed_text,
)

SHEET_PX = (1920, 1358)
PAPER = "#FFFFFF"
_LEFT, _RIGHT = 46.0, 1874.0
_LEAST_STATE_PX, _MOST_STATE_PX = 300.0, 700.0
_PICTURE_PX, _GAP_PX = 451.75, 7.0
_PICTURES_TOP, _COLUMNS_TOP, _FOOT_TOP = 150.0, 702.0, 1252.0
_COLUMNS = ((46.0, 560.0), (646.0, 640.0), (1326.0, 548.0))
_LEAST_DETAIL = 3


def sheet_primitives(given: ReportInput, detail: int = _LEAST_DETAIL) -> list[Primitive]:
    """Return the sheet as primitives on a page of `SHEET_PX` logical pixels.

    Parameters
    ----------
    given : ReportInput
    detail : int
        Resolution of the four pictures.

    Raises
    ------
    PlanError
        ``zone-stale`` or ``zone-not-physics``.
    """
    require_reportable(given)
    bottom = _FOOT_TOP - 14
    (x1, w1), (x2, w2), (x3, w3) = _COLUMNS
    chart_top = _COLUMNS_TOP + HEAD_PX + ROW_PX * len(root_levels(given)) + 26
    return [
        *_header(given),
        *_pictures(given, detail),
        *findings_column(given, x1, _COLUMNS_TOP, w1, bottom),
        *roots_table(given, x2, _COLUMNS_TOP, w2),
        *curves(given, x2, chart_top, w2, bottom),
        *margins(given, x3, _COLUMNS_TOP, w3),
        *room_table(given, x3, _COLUMNS_TOP + 190, w3),
        *_footer(given),
    ]


def write_sheet_png(path: Path, given: ReportInput, scale: int = 1) -> None:
    """Write the sheet as a PNG of `SHEET_PX` times ``scale``.

    Raises
    ------
    PlanError
        ``zone-stale`` or ``zone-not-physics``.
    ImagingError
        ``report-not-written``; nothing is left behind.
    """
    primitives = sheet_primitives(given, max(_LEAST_DETAIL, 2 * scale))
    write_atomically(path, png_bytes(picture_of(primitives, *SHEET_PX, scale, PAPER)))


def _header(given: ReportInput) -> list[Primitive]:
    """Title and subtitle; where roots of both sides are at risk, that stands first."""
    drawn: list[Primitive] = []
    alert = alert_text(given.verdict)
    title_y, title_px, below_y = (60.0, 36.0, 104.0)
    if alert:
        title_y, title_px, below_y = (84.0, 30.0, 116.0)
        drawn.append(rectangle(_LEFT, 20, _RIGHT - _LEFT, 40, severity_wash(Judgement.INJURY, "light") or PAPER))
        drawn += glyph(Judgement.INJURY, _LEFT + 22, 40, 26, "light")
        text = fitted(alert, _RIGHT - _LEFT - 60, 23, "semibold")
        drawn.append(words(text, _LEFT + 46, 40, size_px=23, weight="semibold"))
    devices = "; ".join(f"{', '.join(names)} {applicator.name}" for applicator, names in devices_of(given.case))
    right = fitted(devices, 560, 19, "semibold")
    title_room = _RIGHT - _LEFT - text_width_px(right, 19, "semibold") - 40
    title = fitted(title_text(given), title_room, title_px, "semibold")
    side = SIDE_WORD[shown_sides(given)[0]]
    whose = subtitle_text(given.case, with_identity=given.with_identity)
    told = f"Conference sheet. Patient's {side} is on the left of axial images. {whose}"
    subtitle = fitted(told, _RIGHT - _LEFT - _LEAST_STATE_PX, 19)
    # Who approved the plan, or why that fell, takes from the room of what is not confirmed.
    left_px = _RIGHT - _LEFT - text_width_px(subtitle, 19) - 40
    state = fitted(unconfirmed_text(given.case), min(_MOST_STATE_PX, left_px), 19)
    return [
        *drawn,
        words(title, _LEFT, title_y, size_px=title_px, weight="semibold"),
        words(subtitle, _LEFT, below_y, role="text-2"),
        words(right, _RIGHT, title_y + 8, weight="semibold", anchor="right"),
        words(state, _RIGHT, below_y, anchor="right", role="text-2"),
        rule(_LEFT, 134, _RIGHT - _LEFT, role="text-1", thick_px=2),
    ]


def _pictures(given: ReportInput, detail: int) -> list[Primitive]:
    drawn: list[Primitive] = []
    for n, made in enumerate(sheet_pictures(given, _PICTURE_PX, detail)):
        x = _LEFT + n * (_PICTURE_PX + _GAP_PX)
        drawn.append(replace(made.picture, x_px=x, y_px=_PICTURES_TOP))
        lines = wrapped([(made.lead, "semibold"), (made.text, "regular")], _PICTURE_PX - 8, most=2)
        drawn += paragraph(lines, x, _PICTURES_TOP + _PICTURE_PX + 23)
    return drawn


def _footer(given: ReportInput) -> list[Primitive]:
    """Where everything comes from, and what the sheet is not."""
    drawn: list[Primitive] = [rule(_LEFT, _FOOT_TOP, _RIGHT - _LEFT, role="text-1", thick_px=2)]
    data, series = data_lines(given)
    identity = f"case {given.case.name}" if given.with_identity else "case name and identifiers left out"
    columns: tuple[tuple[float, float, tuple[tuple[str, str], ...]], ...] = (
        (_LEFT, 480, (("Made by", f"{program_text()}, {given.made_on.isoformat()}"), ("Model", given.zone.model))),
        (546, 420, (("Thresholds", _threshold_text(given)), ("Plan", _plan_text(given)),
                    ("Digest", given.zone.digest))),
        (986, 490, (("Data", data), ("Series", series.removeprefix("series ")), ("Identity", identity))),
    )  # fmt: skip
    for x, width, entries in columns:
        y = _FOOT_TOP + 20
        for name, text in entries:
            pieces: list[Piece] = [(name, "semibold"), (text, "regular")]
            lines = wrapped(pieces, width, SMALL_PX, most=2)
            drawn += paragraph(lines, x, y, size_px=SMALL_PX, line_px=SMALL_LINE_PX)
            y += SMALL_LINE_PX * len(lines)
    room = 370.0
    lines = wrapped([(STANDING, "semibold")], room, SMALL_PX)
    sure = "uncertainty not computed" if given.sureness is None else "how sure it is stands in the report"
    lines += wrapped([(f"One run with the values given; {sure}. Sources in the report.", "regular")], room, SMALL_PX)
    for n, entry in enumerate(lines):
        text, weight = entry[0]
        y = _FOOT_TOP + 20 + n * SMALL_LINE_PX
        drawn.append(words(text, _RIGHT, y, size_px=SMALL_PX, weight=weight, anchor="right"))
    return drawn


def _plan_text(given: ReportInput) -> str:
    """Phases, and how probes share generators."""
    shared = [sharing_text(given.case, g) for g in given.case.plan.generators]
    return "; ".join([schedule_text(given.case, given.zone), *shared])


def _threshold_text(given: ReportInput) -> str:
    limits = load_thresholds().of(StructureKind.ROOT, given.zone.mode)
    by_level = {} if limits is None else {x.level: x.temperature_c for x in limits.limits}
    levels = [level_text(c) for c in (by_level.get(level) for level in Level) if c is not None]
    unit = f"{NNBSP}°C"
    return f"roots {', '.join(text.removesuffix(unit) for text in levels)}{unit} (literature, editable)"
