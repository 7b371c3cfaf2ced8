"""Pictures, sheet and report from the window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.export.pictures import view_pictures, write_pictures
from app.export.report_pdf import write_report
from app.export.sheet import write_sheet_png
from app.panels.present_panel import PresentPanel
from app.view_state import Step
from imaging.errors import ImagingError
from planning import services
from planning.report.model import ReportInput

if TYPE_CHECKING:
    from app.main_window import MainWindow


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
    window_hu = window.view.window_hu

    def work(_: object) -> list[Path]:
        return write_pictures(folder, view_pictures(scene, reslicer, window_hu))

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
        window.jobs.batch("Sheet", lambda _: write_sheet_png(path, given), lambda _: _told(window, path, "Sheet"))


def ask_for_report(window: MainWindow) -> None:
    """Ask for a file and write the report there."""
    path = window.choose_target("PDF report", "report.pdf", "PDF (*.pdf)")
    if path is not None:
        take_report(window, path)


def take_report(window: MainWindow, path: Path) -> None:
    """Write the PDF report."""
    given = report_input(window)
    if given is not None:
        window.jobs.batch("Report", lambda _: write_report(path, given), lambda _: _told(window, path, "Report"))


def report_input(window: MainWindow) -> ReportInput | None:
    """Return what a report is made of, from what the window shows; a stale zone is refused there."""
    session = window.session
    case, volume, zone, verdict = session.case, session.volume, session.zone, session.verdict
    if case is None or volume is None or zone is None or verdict is None:
        return None
    panel = window.panels[Step.PRESENT]
    assert isinstance(panel, PresentPanel)
    return ReportInput(
        case=case,
        case_digest=services.prediction_digest(case),
        volume=volume,
        zone=zone.zone,
        verdict=verdict,
        with_identity=panel.identity.isChecked(),
        sureness=window.how_sure.current,
        cement=window.cement_heat.current,
    )


def _told(window: MainWindow, path: Path, what: str) -> None:
    window.messages.settle(ImagingError)
    window.status.show_written(f"{what} written: {path.name}")
