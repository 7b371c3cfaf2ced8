"""What all sub-commands share: arguments, answers, and the case they work on."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from imaging.opening import open_reference
from imaging.progress import Progress
from imaging.volume import Volume
from planning import services
from planning.case_io import read_case, write_case
from planning.errors import PlanError
from planning.model import Case, Structure
from planning.model.cement import Cement
from planning.model.protection import Pocket
from planning.model.zone import PredictedZone
from planning.plans import current_zones
from planning.quantities import volume_text

Subparsers = Any


@dataclass(frozen=True, slots=True)
class Answer:
    """What a sub-command found: values for ``--json``, lines for people, and an exit status."""

    values: Any
    lines: list[str]
    status: int = 0

    def show(self, *, as_json: bool) -> None:
        """Print the answer."""
        if as_json:
            print(json.dumps(self.values, indent=1, ensure_ascii=False, default=_plain))
        else:
            print("\n".join(self.lines))


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    return str(value)


def add_command(
    commands: Subparsers, name: str, words: str, run: Callable[[argparse.Namespace], Answer]
) -> argparse.ArgumentParser:
    """Add a sub-command with ``--json`` and ``--quiet``."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=words, description=words[:1].upper() + words[1:])
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    parser.add_argument("--quiet", action="store_true", help="no progress on standard error")
    parser.set_defaults(run=run)
    return parser


def add_acts(commands: Subparsers, name: str, words: str) -> Subparsers:
    """Add a sub-command that is made of acts, such as ``probe add``; the acts are added with `add_act`."""
    parser = add_command(commands, name, words, lambda arguments: arguments.act(arguments))
    return parser.add_subparsers(dest=f"{name}_command", required=True, metavar="ACT")


def add_act(
    acts: Subparsers, name: str, words: str, act: Callable[[argparse.Namespace], Answer]
) -> argparse.ArgumentParser:
    """Add an act of a sub-command; ``--json`` and ``--quiet`` may stand before or after its name."""
    parser: argparse.ArgumentParser = acts.add_parser(name, help=words)
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print the answer as JSON")
    parser.add_argument("--quiet", action="store_true", default=argparse.SUPPRESS, help="no progress")
    parser.set_defaults(act=act)
    return parser


def moved_whole(old: Pocket | Cement, changes: dict[str, Any]) -> dict[str, Any]:
    """Return changes of something between two points, in which a ball stays a ball when it is moved."""
    moves_a_ball = "start_mm" in changes and "stop_mm" not in changes and old.start_mm == old.stop_mm
    return changes | {"stop_mm": changes["start_mm"]} if moves_a_ball else changes


def add_case_argument(parser: argparse.ArgumentParser) -> None:
    """Add the case file a sub-command works on."""
    parser.add_argument("case", type=Path, help="case file (.sacroplan)")


def point(text: str) -> tuple[float, float, float]:
    """Parse ``x,y,z`` in LPS millimetres."""
    parts = text.split(",")
    try:
        x, y, z = (float(part) for part in parts)
    except ValueError:
        x = y = z = math.nan
    if not all(map(math.isfinite, (x, y, z))):
        raise argparse.ArgumentTypeError(f"'{text}' is not a point; write x,y,z in LPS millimetres")
    return (x, y, z)


def above_zero(text: str) -> float:
    """Parse a number above zero."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number above 0")
    return value


def progress_for(arguments: argparse.Namespace) -> Progress:
    """Return a progress that writes to standard error where a person is watching."""
    if arguments.quiet or not sys.stderr.isatty():
        return Progress()

    def listener(fraction: float, words: str) -> None:
        end = "\n" if fraction >= 1 else "\r"
        print(f"{fraction:6.0%}  {words:<60}", end=end, file=sys.stderr, flush=True)

    return Progress(listener)


def volume_of(case: Case, progress: Progress | None = None) -> Volume:
    """Return the CT a case refers to, checked to be the same."""
    image = case.image
    volume = open_reference(image.kind, image.location, image.series_uid, progress)
    services.require_same_ct(case, volume)
    return volume


def change_case(path: Path, change: Callable[[Case], Case]) -> Case:
    """Apply an operation to a case file; predictions that no longer belong to it are dropped."""
    case, zones = read_case(path)
    changed = change(case)
    write_case(path, changed, current_zones(changed, zones))
    return changed


def settled_zone(case: Case, zones: dict[str, PredictedZone]) -> PredictedZone:
    """Return the prediction that belongs to a case as it is.

    Raises
    ------
    PlanError
        ``zone-missing``: there is none, or it belongs to an earlier state of the case.
    """
    zone = zones.get(services.prediction_digest(case)) if case.plan.probes else None
    if zone is None:
        raise PlanError(
            "The case has no up-to-date prediction.", code="zone-missing", hint="Run 'sacroplan simulate' first."
        )
    return zone


def add_structure_act(
    acts: Subparsers, name: str, words: str, act: Callable[[argparse.Namespace], Answer]
) -> argparse.ArgumentParser:
    """Add an act on one structure of a case."""
    parser = add_act(acts, name, words, act)
    add_case_argument(parser)
    parser.add_argument("structure", metavar="ID")
    return parser


def told(structure: Structure | None, structure_id: str, **more: object) -> Answer:
    """Return what is said of a structure that was changed, or of which nothing is left."""
    if structure is None:
        return Answer({"id": structure_id, "volume_mm3": 0.0, **more}, [f"{structure_id}: nothing is left of it."])
    values = {
        "id": structure.id,
        "name": structure.name,
        "volume_mm3": structure.volume_mm3,
        "locked": structure.locked,
    }
    return Answer(values | more, [f"{structure.name}: {volume_text(structure.volume_mm3)}"])
