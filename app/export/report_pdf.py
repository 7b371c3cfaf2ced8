"""The PDF report, which is the sheet and behind it everything it has no room for; and the sheet for the CT room."""

from __future__ import annotations

from pathlib import Path

from app.export.page_flow import PAGE_PX, report_pages
from app.export.pdf_painter import PdfPainter
from app.export.sheet import PAPER, SHEET_PX, sheet_primitives
from app.export.written import write_atomically
from planning.report.model import ReportInput, require_reportable
from planning.report.room_sheet import RoomSheetInput, room_sheet
from planning.report.sections import report_sections

_A4_LONG_PT = 841.89
# Of the four pictures: 0.25 mm of paper hold five pixels.
_DETAIL = 4


def write_report(path: Path, given: ReportInput) -> None:
    """Write the report as a PDF: page 1 the sheet across, then all sections upright.

    Parameters
    ----------
    path : Path
    given : ReportInput

    Raises
    ------
    PlanError
        ``zone-stale`` or ``zone-not-physics``.
    ImagingError
        ``report-not-written``; nothing is left behind.
    """
    write_atomically(path, report_bytes(given))


def report_bytes(given: ReportInput) -> bytes:
    """Return the report as the bytes of a PDF; its metadata name neither case nor patient."""
    require_reportable(given)
    painter = PdfPainter(_A4_LONG_PT / SHEET_PX[0], "Ablation plan", "Planning and teaching support")
    painter.page(*SHEET_PX, sheet_primitives(given, _DETAIL), PAPER)
    footer = f"digest {given.zone.digest}"
    for page in report_pages(report_sections(given), footer, before=1):
        painter.page(*PAGE_PX, page, PAPER)
    return painter.finish()


def write_room_sheet(path: Path, given: RoomSheetInput) -> None:
    """Write the sheet for the CT room as a PDF.

    Raises
    ------
    PlanError
        ``no-probe``.
    ImagingError
        ``report-not-written``; nothing is left behind.
    """
    painter = PdfPainter(_A4_LONG_PT / SHEET_PX[0], "CT room", "Planning and teaching support")
    for page in report_pages(room_sheet(given), f"digest {given.case_digest}"):
        painter.page(*PAGE_PX, page, PAPER)
    write_atomically(path, painter.finish())
