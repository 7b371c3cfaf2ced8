"""`check`: a new CT with the real needle, planned against actual, and replan from where it is."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from app.checking import Check, check, registration_sentence
from app.cli.common import Answer, Subparsers, add_case_argument, add_command, change_case, progress_for, volume_of
from imaging.opening import open_ct
from planning.case_io import read_case
from planning.model import Case
from planning.operations.replanning import replan
from planning.trajectory.check import Deviation, deviation_sentences


def add_commands(commands: Subparsers) -> None:
    """Add the commands of this file."""
    parser = add_command(
        commands, "check", "register a new CT on bone, find the needle, and compare it with the plan", _check
    )
    add_case_argument(parser)
    parser.add_argument("--ct", type=Path, required=True, metavar="FOLDER", help="the new CT: DICOM, NIfTI or NRRD")
    parser.add_argument("--series", help="series instance UID, if not the largest sound CT")
    parser.add_argument("--probe", help="name or id of the one probe to compare; every probe with a needle by default")
    parser.add_argument("--replan", action="store_true", help="set what was compared to where the needles are")
    parser.add_argument(
        "--advance",
        action="store_true",
        help="with --replan: on along each needle's line, to where it is nearest to its target",
    )


def _check(arguments: argparse.Namespace) -> Answer:
    case, _ = read_case(arguments.case)
    if arguments.probe is not None:
        case.probe(arguments.probe)
    progress = progress_for(arguments)
    volume = volume_of(case, progress.part(0.0, 0.1))
    new_ct = open_ct(arguments.ct, arguments.series, progress.part(0.1, 0.2))
    found = check(case, volume, new_ct, progress.part(0.2, 1.0), arguments.probe)
    lines = [registration_sentence(found.registration)]
    lines += [sentence for d in found.deviations for sentence in deviation_sentences(d)]
    lines += found.notes
    values = _values(found)
    if arguments.replan or arguments.advance:

        def change(current: Case) -> Case:
            for one in found.deviations:
                current = replan(current, one, advance=arguments.advance)
            return current

        changed = change_case(arguments.case, change)
        names = ", ".join(d.probe.name for d in found.deviations)
        lines.append(f"Replanned: {names}. The zone is to be predicted anew.")
        values["replanned"] = [
            {"id": p.id, "entry_mm": p.entry_mm, "tip_mm": p.tip_mm}
            for p in (changed.probe(d.probe.id) for d in found.deviations)
        ]
    return Answer(values, lines)


def _values(found: Check) -> dict[str, Any]:
    left = found.registration.residual
    return {
        "registration": {
            "target_from_source": found.registration.target_from_source,
            "turn_deg": found.registration.turn_deg,
            "shift_mm": found.registration.shift_mm,
            "mean_mm": left.mean_mm, "p95_mm": left.p95_mm, "agreement": left.agreement, "overlap": left.overlap,
            "bone_cm3": left.bone_cm3, "likeness": found.registration.likeness,
        },
        "probes": [_deviation_values(d) for d in found.deviations],
        "needles": len(found.search.needles),
        "notes": found.notes,
    }  # fmt: skip


def _deviation_values(found: Deviation) -> dict[str, Any]:
    return {
        "id": found.probe.id, "name": found.probe.name,
        "actual_tip_mm": found.needle.tip_mm, "actual_entry_mm": found.entry_mm,
        "tip_mm": found.tip_mm, "along_mm": found.along_mm, "lateral_mm": found.lateral_mm,
        "lateral_offset_mm": found.lateral_offset_mm, "angle_deg": found.angle_deg,
        "in_plane_deg": found.actual.in_plane_deg, "planned_in_plane_deg": found.planned.in_plane_deg,
        "craniocaudal_deg": found.actual.craniocaudal_deg,
        "planned_craniocaudal_deg": found.planned.craniocaudal_deg,
        "depth_mm": found.depth_mm, "planned_depth_mm": found.planned.depth_mm,
        "remaining_mm": found.remaining_mm, "miss_mm": found.miss_mm, "skin_of_plan": found.skin_of_plan,
        "sentences": deviation_sentences(found),
    }  # fmt: skip
