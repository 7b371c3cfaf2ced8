"""Pictures, sheets and report from the window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.panels.present_panel import PresentPanel
from app.representations.reslice import Reslicer
from app.view_state import Step
from imaging.errors import ImagingError
from imaging.later import Later
from planning import services
from planning.report.model import ReportInput
from planning.report.room_sheet import RoomSheetInput

if TYPE_CHECKING:
    from app.export import pictures, report_pdf, sheet
    from app.main_window import MainWindow
else:
    # What draws pages is loaded with the first page.
    pictures, report_pdf = Later("app.export.pictures"), Later("app.export.report_pdf")
    sheet = Later("app.export.sheet")


def ask_for_pictures(window: MainWindow) -> None:
    """Ask for a folder and write a PNG of each view there."""
    folder = window.choose_folder("Folder for the pictures")
    if folder is not None:
        take_pictures(window, folder)


def take_pictures(window: MainWindow, folder: Path) -> None:
    """Write a PNG of each view into a folder."""
    scene, reslicer = window.session.scene(), window.session.reslicer
    if scene is None or reslicer is None:
        return
    window_hu, look, volume = window.view.window_hu, window.view.ct_look, reslicer.volume

    def work(_: object) -> list[Path]:
        # The window goes on cutting slices with its own.
        return pictures.write_pictures(folder, pictures.view_pictures(scene, Reslicer(volume), window_hu, look=look))

    window.jobs.batch("Pictures", work, lambda paths: _told(window, paths[0].parent, f"{len(paths)} pictures"))


def ask_for_sheet(window: MainWindow) -> None:
    """Ask for a file and write the conference sheet there."""
    path = window.choose_target("Conference sheet", "sheet.png", "PNG (*.png)")
    if path is not None:
        take_sheet(window, path)


def take_sheet(window: MainWindow, path: Path) -> None:
    """Write the conference sheet as a PNG."""
    given = report_input(window)
    if given is not None:
        window.jobs.batch("Sheet", lambda _: sheet.write_sheet_png(path, given), lambda _: _told(window, path, "Sheet"))


def ask_for_report(window: MainWindow) -> None:
    """Ask for a file and write the report there."""
    path = window.choose_target("PDF report", "report.pdf", "PDF (*.pdf)")
    if path is not None:
        take_report(window, path)


def take_report(window: MainWindow, path: Path) -> None:
    """Write the PDF report."""
    given = report_input(window)
    if given is not None:
        window.jobs.batch(
            "Report", lambda _: report_pdf.write_report(path, given), lambda _: _told(window, path, "Report")
        )


def ask_for_room_sheet(window: MainWindow) -> None:
    """Ask for a file and write the sheet for the CT room there."""
    path = window.choose_target("CT room sheet", "ct-room.pdf", "PDF (*.pdf)")
    if path is not None:
        take_room_sheet(window, path)


def take_room_sheet(window: MainWindow, path: Path) -> None:
    """Write the sheet for the CT room; it needs no prediction."""
    session = window.session
    if session.case is None or session.volume is None or not session.case.plan.probes:
        return
    given = RoomSheetInput(
        case=session.case,
        case_digest=services.prediction_digest(session.case),
        volume=session.volume,
        verdict=session.verdict,
        with_identity=_with_identity(window),
    )
    window.jobs.batch(
        "CT room sheet",
        lambda _: report_pdf.write_room_sheet(path, given),
        lambda _: _told(window, path, "CT room sheet"),
    )


def report_input(window: MainWindow) -> ReportInput | None:
    """Return what a report is made of, from what the window shows; a stale zone is refused there."""
    session = window.session
    case, volume, zone, verdict = session.case, session.volume, session.zone, session.verdict
    if case is None or volume is None or zone is None or verdict is None:
        return None
    return ReportInput(
        case=case,
        case_digest=services.prediction_digest(case),
        volume=volume,
        zone=zone.zone,
        verdict=verdict,
        with_identity=_with_identity(window),
        sureness=window.how_sure.complete,
        cement=window.cement_heat.current,
        advice=window.protecting.current,
    )


def _with_identity(window: MainWindow) -> bool:
    panel = window.panels[Step.PRESENT]
    assert isinstance(panel, PresentPanel)
    return panel.identity.isChecked()


def _told(window: MainWindow, path: Path, what: str) -> None:
    window.messages.settle(ImagingError)
    window.status.show_written(f"{what} written: {path.name}")
