"""`open`, `new` and `show`: what is in a folder, and what is in a case."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.cement import cement_values, cement_words
from app.cli.common import Answer, Subparsers, add_case_argument, add_command, progress_for
from app.cli.plan_keeping import plan_line, plan_values
from app.cli.probes import generator_values, generator_words
from app.cli.protection import pocket_values, pocket_words, thermocouple_values
from imaging.dicom import scan_folder
from imaging.files import is_volume_file, read_volume
from imaging.opening import open_ct, series_folder
from planning import services
from planning.case_io import SUFFIX, read_case, write_case
from planning.errors import CaseFileError
from planning.model import Case, ImageReference
from planning.quantities import length_text, lps_text, volume_text
from planning.trajectory.console import console_numbers

_PATH_HELP = "folder of DICOM files or one file of it, or a NIfTI or NRRD file"


def add_commands(commands: Subparsers) -> None:
    """Add the commands of this file."""
    parser = add_command(commands, "open", "list the series of a folder with their findings", _open)
    parser.add_argument("path", type=Path, help=_PATH_HELP)
    parser = add_command(commands, "new", "make a case file from a series", _new)
    parser.add_argument("path", type=Path, help=_PATH_HELP)
    parser.add_argument("case", type=Path, help=f"case file to write ({SUFFIX})")
    parser.add_argument("--series", help="series instance UID, if not the largest sound CT")
    parser.add_argument("--name", default="", help="name of the case; never a patient's name")
    parser.add_argument("--force", action="store_true", help="replace an existing case file")
    parser = add_command(commands, "show", "say what a case holds", _show)
    add_case_argument(parser)


def _open(arguments: argparse.Namespace) -> Answer:
    if arguments.path.is_file() and is_volume_file(arguments.path):
        volume = read_volume(arguments.path)
        shape, spacing = volume.grid.shape_kji, volume.grid.spacing_ijk_mm.round(4).tolist()
        values = {"series": [{"description": arguments.path.name, "shape_kji": shape, "spacing_mm": spacing}]}
        return Answer(values, [f"{arguments.path.name}: {shape[2]} × {shape[1]} × {shape[0]} voxels of {spacing} mm"])
    found = scan_folder(series_folder(arguments.path), progress_for(arguments))
    values = {
        "series": [
            {
                "uid": s.uid,
                "description": s.description,
                "modality": s.modality,
                "slices": len(s.slices),
                "spacing_mm": s.spacing_mm,
                "orientation": s.orientation,
                "patient_position": s.patient_position,
                "synthetic": s.synthetic,
                "readable": s.readable,
                "findings": [{"severity": f.severity.name, "code": f.code, "message": f.message} for f in s.findings],
            }
            for s in found
        ]
    }
    lines = []
    for s in found:
        spacing = "no single spacing" if s.spacing_mm is None else " × ".join(f"{v:.3f}" for v in s.spacing_mm) + " mm"
        title = s.description or "without description"
        lines.append(f"{s.modality}  {title}: {len(s.slices)} slices, {spacing}, {s.orientation}, {s.patient_position}")
        lines.append(f"    {s.uid}")
        lines.extend(f"    {f.severity.name.lower()}: {f.message}" for f in s.findings)
    return Answer(values, lines)


def _new(arguments: argparse.Namespace) -> Answer:
    path: Path = arguments.case
    if path.exists() and not arguments.force:
        raise CaseFileError(
            f"There already is a file {path.name}.", code="case-exists", hint="Choose another name, or say --force."
        )
    volume = open_ct(arguments.path, arguments.series, progress_for(arguments))
    image = ImageReference.of(volume, str(arguments.path.resolve()))
    write_case(path, Case(name=arguments.name or path.stem, image=image))
    k, j, i = volume.grid.shape_kji
    findings = [f.message for f in volume.findings]
    values = {"case": str(path), "shape_kji": volume.grid.shape_kji, "findings": findings}
    return Answer(values, [f"{path}: {i} × {j} × {k} voxels", *(f"    {message}" for message in findings)])


def _show(arguments: argparse.Namespace) -> Answer:
    case, zones = read_case(arguments.case)
    current = bool(case.plan.probes) and services.prediction_digest(case) in zones
    probes = [(p, console_numbers(p)) for p in case.plan.probes]
    values = {
        "name": case.name,
        "image": {"kind": case.image.kind, "description": case.image.description, "synthetic": case.image.synthetic},
        "structures": [
            {"id": s.id, "kind": s.kind, "name": s.name, "volume_mm3": s.volume_mm3, "confirmed": s.confirmed}
            for s in case.structures
        ],
        "probes": [
            {
                "id": p.id, "name": p.name, "device": p.device_id, "entry_mm": p.entry_mm, "tip_mm": p.tip_mm,
                "depth_mm": n.depth_mm, "in_plane_deg": n.in_plane_deg, "craniocaudal_deg": n.craniocaudal_deg,
                "locked": p.locked,
            }
            for p, n in probes
        ],
        "generators": [generator_values(case, g) for g in case.plan.generators],
        "pockets": [pocket_values(p) for p in case.plan.pockets],
        "thermocouples": [thermocouple_values(t) for t in case.plan.thermocouples],
        "cements": [cement_values(c) for c in case.plan.cements],
        "plan": case.plan.number,
        "plans": [plan_values(case, plan) for plan in case.all_plans],
        "zone_up_to_date": current,
    }  # fmt: skip
    lines = [f"{case.name}: {case.image.description}{' (synthetic)' if case.image.synthetic else ''}"]
    lines += [
        f"  {s.name:<14}{volume_text(s.volume_mm3):>12}{'' if s.confirmed else '  unconfirmed'}"
        for s in case.structures
    ]
    if len(case.all_plans) > 1:
        lines += [plan_line(case, plan) for plan in case.all_plans]
    lines += [
        f"  {p.name}: {p.device_id}, {length_text(n.depth_mm)} deep, {n.in_plane_text} in plane, {n.craniocaudal_text}"
        f"{', locked' if p.locked else ''}"
        for p, n in probes
    ]
    lines += [f"  {generator_words(case, g)}" for g in case.plan.generators]
    lines += [f"  {pocket_words(p)}" for p in case.plan.pockets]
    lines += [f"  {t.name}: {lps_text(t.position_mm)}" for t in case.plan.thermocouples]
    lines += [f"  {cement_words(c)}" for c in case.plan.cements]
    lines.append(f"  Zone: {'up to date' if current else 'none, or out of date'}")
    return Answer(values, lines)
