"""`import-labels`: structures of another program's label map, or of TotalSegmentator where it is installed."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.common import Answer, Subparsers, add_case_argument, add_command, change_case, progress_for, volume_of
from app.label_import import kept_sentence, structures_of_map
from app.proposing import with_proposals
from app.total_segmentator import run_on
from planning.case_io import read_case
from planning.errors import PlanError
from planning.quantities import volume_text


def add_commands(commands: Subparsers) -> None:
    """Add the commands of this file."""
    parser = add_command(
        commands, "import-labels", "take structures from a label map or a folder of masks, unconfirmed", _import
    )
    add_case_argument(parser)
    parser.add_argument(
        "path", type=Path, nargs="?", metavar="FILE|FOLDER", help="NIfTI, NRRD or MHA, or a folder of masks"
    )
    parser.add_argument(
        "--run-totalsegmentator", action="store_true", help="make the label map by TotalSegmentator, where installed"
    )


def _import(arguments: argparse.Namespace) -> Answer:
    if (arguments.path is None) != arguments.run_totalsegmentator:
        raise PlanError(
            "Give one of both: a label map, or --run-totalsegmentator.",
            code="arguments-missing",
            hint="The map is a file, or a folder of masks.",
        )
    case, _ = read_case(arguments.case)
    progress = progress_for(arguments)
    volume = volume_of(case, progress.part(0.0, 0.2))
    rest = progress.part(0.2, 1.0)
    found = run_on(volume, rest) if arguments.path is None else structures_of_map(arguments.path, volume, rest)
    notes = [*found.notes, *filter(None, [kept_sentence(case, found.structures)])]
    change_case(arguments.case, lambda c: with_proposals(c, found.structures))
    values = [{"id": s.id, "name": s.name, "volume_mm3": s.volume_mm3, "confirmed": False} for s in found.structures]
    lines = [f"{s.name}: {volume_text(s.volume_mm3)}" for s in found.structures]
    return Answer({"structures": values, "notes": notes}, [*lines, *notes])
