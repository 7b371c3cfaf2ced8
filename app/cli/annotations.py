"""`annotations`: what was measured and noted on the images of a case."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from app.cli.common import Answer, Subparsers, add_case_argument, add_command, progress_for, volume_of
from imaging.region import RegionStatistics
from planning.case_io import read_case
from planning.measured import range_text, region_of, value_text
from planning.model.annotation import Annotation


def add_commands(commands: Subparsers) -> None:
    """Add the commands of this file."""
    parser = add_command(commands, "annotations", "list what was measured and noted on the images", _annotations)
    add_case_argument(parser)


def _annotations(arguments: argparse.Namespace) -> Answer:
    case, _ = read_case(arguments.case, with_zones=False)
    # Distances and notes are told also where the CT is not at hand.
    needed = any(a.kind.is_region for a in case.annotations)
    volume = volume_of(case, progress_for(arguments)) if needed else None
    found = [(a, None if volume is None else region_of(a, volume)) for a in case.annotations]
    lines = [_words(a, region) for a, region in found] or ["Nothing is measured or noted."]
    return Answer({"annotations": [_values(a, region) for a, region in found]}, lines)


def _values(annotation: Annotation, region: RegionStatistics | None) -> dict[str, Any]:
    return {
        "id": annotation.id, "kind": annotation.kind.value, "name": annotation.name, "words": annotation.words,
        "points_mm": annotation.points_mm, "right": annotation.right, "down": annotation.down,
        "length_mm": annotation.length_mm, "angle_deg": annotation.angle_deg, "area_mm2": annotation.area_mm2,
        "region": None if region is None else asdict(region),
    }  # fmt: skip


def _words(annotation: Annotation, region: RegionStatistics | None) -> str:
    values = [value_text(annotation, region), "" if region is None else range_text(region)]
    return f"{annotation.name}: {', '.join(filter(None, values))}".removesuffix(": ")
