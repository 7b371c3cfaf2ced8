"""`report`, `room-sheet`, `picture` and `demo`: take a plan away."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.common import Answer, Subparsers, add_case_argument, add_command, progress_for, settled_zone, volume_of
from app.demo import demo_case
from app.export.pictures import VIEWS, view_pictures, write_pictures
from app.export.report_pdf import write_report, write_room_sheet
from app.export.sheet import write_sheet_png
from app.representations.reslice import Reslicer
from app.representations.scene import Scene, SurfaceCache, ZoneSurfaces
from app.representations.windows import WINDOW_PRESETS
from imaging.progress import Progress
from imaging.volume import Volume
from planning import services
from planning.case_io import SUFFIX, read_case, write_case
from planning.cementing import predict_cement
from planning.ensemble import MEMBERS, run_ensemble
from planning.ensemble.findings import Sureness, judge_ensemble
from planning.evaluation import evaluate
from planning.evaluation.cement import CementVerdict, judge_cement
from planning.model import Case
from planning.model.zone import PredictedZone
from planning.protecting import ProtectionAdvice, advise
from planning.report.model import ReportInput
from planning.report.room_sheet import RoomSheetInput


def add_commands(commands: Subparsers) -> None:
    """Add the commands of this file."""
    parser = add_command(commands, "report", "write the PDF report of a simulated plan", _report)
    add_case_argument(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.pdf")
    parser.add_argument("--identity", action="store_true", help="name the case on the pages")
    parser.add_argument(
        "--sure", type=int, nargs="?", const=MEMBERS, metavar="RUNS",
        help=f"run the plan many times first ({MEMBERS}, or as often as is said), and report how sure it is",
    )  # fmt: skip
    parser.add_argument(
        "--protect", action="store_true", help="try what protects first, and when to stop, and report it"
    )
    parser.add_argument("--cement", action="store_true", help="predict the heat of the cement first, and report it")
    parser = add_command(
        commands,
        "room-sheet",
        "write what the CT room needs to place the probes as a PDF; no prediction is needed",
        _room,
    )
    add_case_argument(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.pdf")
    parser.add_argument("--identity", action="store_true", help="name the case on the pages")
    parser = add_command(commands, "picture", "write a PNG of each view, or of the conference sheet", _picture)
    add_case_argument(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--view", choices=[*VIEWS, "sheet", "all"], default="all")
    parser.add_argument("--scale", type=int, choices=(1, 2, 4), default=1)
    parser = add_command(
        commands, "demo", "run the whole journey on the demo case: case, pictures, sheet, report", _demo
    )
    parser.add_argument("--out", type=Path, default=Path("build/demo"), metavar="FOLDER")


def scene_of(case: Case, zone: PredictedZone | None) -> Scene:
    """Return what is drawn of a case, with every surface made."""
    surfaces = SurfaceCache()
    for structure in case.structures:
        surfaces.make(structure)
    return Scene(
        case=case,
        surfaces=surfaces,
        zone=None if zone is None else ZoneSurfaces.of(zone),
        verdict=None if zone is None else evaluate(case, zone),
    )


def report_input(
    case: Case,
    volume: Volume,
    zone: PredictedZone,
    *,
    with_identity: bool = False,
    sureness: Sureness | None = None,
    cement: CementVerdict | None = None,
    advice: ProtectionAdvice | None = None,
) -> ReportInput:
    """Return what sheet and report are made of."""
    return ReportInput(
        case=case,
        case_digest=services.prediction_digest(case),
        volume=volume,
        zone=zone,
        verdict=evaluate(case, zone),
        with_identity=with_identity,
        sureness=sureness,
        cement=cement,
        advice=advice,
    )


def _report(arguments: argparse.Namespace) -> Answer:
    case, zones = read_case(arguments.case)
    zone = settled_zone(case, zones)
    progress = progress_for(arguments)
    volume = volume_of(case, progress.part(0.0, 0.1))
    sureness = None
    if arguments.sure is not None:
        runs = run_ensemble(case, volume, zone, members=arguments.sure, progress=progress.part(0.1, 0.6))
        sureness = judge_ensemble(evaluate(case, zone), runs)
    cement = None
    if arguments.cement:
        cement = judge_cement(case, predict_cement(case, volume, progress.part(0.6, 0.9)))
    advice = advise(case, volume, zone, evaluate(case, zone), progress.part(0.9, 1.0)) if arguments.protect else None
    given = report_input(
        case, volume, zone, with_identity=arguments.identity, sureness=sureness, cement=cement, advice=advice
    )
    write_report(arguments.out, given)
    return Answer({"report": str(arguments.out)}, [f"{arguments.out} written"])


def _room(arguments: argparse.Namespace) -> Answer:
    case, zones = read_case(arguments.case)
    digest = services.prediction_digest(case) if case.plan.probes else ""
    zone = zones.get(digest)
    given = RoomSheetInput(
        case=case,
        case_digest=digest,
        volume=volume_of(case, progress_for(arguments)),
        verdict=None if zone is None else evaluate(case, zone),
        with_identity=arguments.identity,
    )
    write_room_sheet(arguments.out, given)
    return Answer({"sheet": str(arguments.out), "predicted": zone is not None}, [f"{arguments.out} written"])


def _picture(arguments: argparse.Namespace) -> Answer:
    case, zones = read_case(arguments.case)
    zone = zones.get(services.prediction_digest(case)) if case.plan.probes else None
    volume = volume_of(case, progress_for(arguments))
    arguments.out.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    if arguments.view != "sheet":
        wanted = VIEWS if arguments.view == "all" else (arguments.view,)
        pictures = view_pictures(
            scene_of(case, zone), Reslicer(volume), WINDOW_PRESETS[3][1:], views=wanted, scale=arguments.scale
        )
        written += write_pictures(arguments.out, pictures)
    if arguments.view in ("sheet", "all") and (zone is not None or arguments.view == "sheet"):
        zone = settled_zone(case, zones)
        path = arguments.out / "sheet.png"
        write_sheet_png(path, report_input(case, volume, zone), scale=arguments.scale)
        written.append(path)
    return Answer({"pictures": [str(p) for p in written]}, [f"{p} written" for p in written])


def _demo(arguments: argparse.Namespace) -> Answer:
    progress = progress_for(arguments)
    case, volume = demo_case(progress.part(0.0, 0.3))
    zone = services.predict(case, volume, progress.part(0.3, 0.8))
    written = _write_everything(arguments.out, case, volume, zone, progress.part(0.8, 1.0))
    values = {"synthetic": True, "files": [str(p) for p in written]}
    return Answer(values, ["Demo case, synthetic CT:", *(f"  {p}" for p in written)])


def _write_everything(folder: Path, case: Case, volume: Volume, zone: PredictedZone, progress: Progress) -> list[Path]:
    """Write case file, pictures, sheet and report into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    case_file, sheet, report = folder / f"demo{SUFFIX}", folder / "sheet.png", folder / "report.pdf"
    write_case(case_file, case, {zone.digest: zone})
    progress.report(0.1, "Pictures")
    pictures = write_pictures(folder, view_pictures(scene_of(case, zone), Reslicer(volume), WINDOW_PRESETS[3][1:]))
    given = report_input(case, volume, zone)
    progress.report(0.5, "Sheet")
    write_sheet_png(sheet, given)
    progress.report(0.8, "Report")
    write_report(report, given)
    progress.report(1.0, "Done")
    return [case_file, *pictures, sheet, report]
