"""`propose`, `lesion` and `structure`: mark what is there."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from app.cli.common import (
    Answer,
    Subparsers,
    above_zero,
    add_case_argument,
    add_command,
    change_case,
    point,
    progress_for,
    volume_of,
)
from app.proposing import canal_and_roots, skin_and_bone, with_proposals
from imaging.errors import ImagingError
from imaging.files import read_label_map
from imaging.segmentation import grow_lesion
from imaging.segmentation.region_grow import GrowthLimits
from imaging.structures import ROOT_LEVELS, SPINE_LEVELS, Side, StructureKind, Tube
from planning.case_io import read_case
from planning.errors import PlanError
from planning.model import Case, Structure
from planning.model.naming import make_structure
from planning.operations.structures import confirm_structure, put_structure, remove_structure
from planning.quantities import volume_text

_TUBE_KINDS = {"canal": StructureKind.CANAL, "sac": StructureKind.THECAL_SAC, "root": StructureKind.ROOT}


def add_commands(commands: Subparsers) -> None:
    """Add the commands of this file."""
    parser = add_command(commands, "propose", "find skin, bone, canal, sac and roots by themselves", _propose)
    add_case_argument(parser)
    parser.add_argument(
        "--lowest", choices=SPINE_LEVELS, help="level of the lowest neural foramina, where no sacrum is in the image"
    )
    parser = add_command(commands, "lesion", "grow the lesion from a seed point", _lesion)
    add_case_argument(parser)
    parser.add_argument("--seed", type=point, required=True, metavar="X,Y,Z", help="LPS millimetres, inside the lesion")
    parser.add_argument(
        "--reach", type=above_zero, metavar="MM", help="furthest from the seed; by default as far as the CT says"
    )
    parser.add_argument(
        "--tolerance", type=above_zero, metavar="HU", help="half-width of the accepted HU; by default from noise"
    )
    parser.add_argument("--size", type=above_zero, metavar="MM", help="diameter to draw it to; by default the CT's own")
    parser.add_argument("--soft-tissue", action="store_true", help="let it leave the bone where cortex is destroyed")
    parser.add_argument(
        "--texture", choices=["auto", "even", "mixed"], default="auto", help="lytic and sclerotic lesions are even"
    )
    parser = add_command(commands, "structure", "add a tube, import a label, confirm or remove a structure", _structure)
    add_case_argument(parser)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--tube", choices=sorted(_TUBE_KINDS), help="add a tube along --points with --radius")
    what.add_argument("--labels", type=Path, metavar="FILE", help="label map on the CT's voxels to take --label from")
    what.add_argument("--confirm", metavar="ID", help="confirm a structure")
    what.add_argument("--remove", metavar="ID", help="remove a structure")
    parser.add_argument("--points", type=point, nargs="+", metavar="X,Y,Z", help="from the spine outwards")
    parser.add_argument("--radius", type=above_zero, metavar="MM")
    parser.add_argument("--level", choices=ROOT_LEVELS, help="of a root")
    parser.add_argument("--side", choices=[s.value for s in Side], help="of a root, the patient's")
    parser.add_argument("--label", type=int, help="number in the label map")
    parser.add_argument("--kind", choices=[k.value for k in StructureKind], help="what the label is")


def _propose(arguments: argparse.Namespace) -> Answer:
    case, _ = read_case(arguments.case)
    progress = progress_for(arguments)
    volume = volume_of(case, progress.part(0.0, 0.3))
    made: list[Structure] = [*skin_and_bone(volume, progress.part(0.3, 0.6))]
    try:
        nerves, note = canal_and_roots(volume, progress.part(0.6, 1.0), lowest=arguments.lowest)
    except ImagingError as error:
        # a CT without a spine still has skin and bone
        nerves, note = (), str(error)
    return _put(arguments.case, [*made, *nerves], note, keep_confirmed=True)


def _lesion(arguments: argparse.Namespace) -> Answer:
    case, _ = read_case(arguments.case)
    volume = volume_of(case, progress_for(arguments))
    limits = GrowthLimits(
        radius_mm=arguments.reach, size_mm=arguments.size, tolerance_hu=arguments.tolerance,
        into_soft_tissue=arguments.soft_tissue, texture=arguments.texture,
    )  # fmt: skip
    mask = grow_lesion(volume, arguments.seed, limits)
    return _put(arguments.case, [make_structure(StructureKind.LESION, mask, origin="grown from a seed point")])


def _structure(arguments: argparse.Namespace) -> Answer:
    if arguments.confirm:
        case = change_case(arguments.case, lambda c: confirm_structure(c, arguments.confirm))
        return Answer({"confirmed": arguments.confirm}, [f"{case.structure(arguments.confirm).name} is confirmed."])
    if arguments.remove:
        change_case(arguments.case, lambda c: remove_structure(c, arguments.remove))
        return Answer({"removed": arguments.remove}, [f"{arguments.remove} is removed."])
    made = _tube(arguments) if arguments.tube else _imported(arguments)
    return _put(arguments.case, [made])


def _tube(arguments: argparse.Namespace) -> Structure:
    kind = _TUBE_KINDS[arguments.tube]
    if not arguments.points or arguments.radius is None:
        raise PlanError("A tube needs --points and --radius.", code="arguments-missing")
    if kind is StructureKind.ROOT and not (arguments.level and arguments.side):
        raise PlanError("A root needs --level and --side.", code="arguments-missing")
    tube = Tube(np.array(arguments.points), np.full(len(arguments.points), arguments.radius))
    side = Side(arguments.side) if arguments.side else None
    return make_structure(kind, tube, level=arguments.level or "", side=side, origin="centreline by points")


def _imported(arguments: argparse.Namespace) -> Structure:
    if arguments.label is None or not arguments.kind:
        raise PlanError("A label map needs --label and --kind.", code="arguments-missing")
    case, _ = read_case(arguments.case)
    masks = read_label_map(arguments.labels, case.image.grid)
    if arguments.label not in masks:
        raise PlanError(
            f"{arguments.labels.name} has no label {arguments.label}.",
            code="label-missing",
            hint=f"It has: {', '.join(map(str, masks)) or 'none'}.",
        )
    side = Side(arguments.side) if arguments.side else None
    return make_structure(
        StructureKind(arguments.kind), masks[arguments.label], level=arguments.level or "", side=side,
        origin=f"label {arguments.label} of an imported label map",
    )  # fmt: skip


def _put(path: Path, made: list[Structure], note: str = "", *, keep_confirmed: bool = False) -> Answer:
    def put(case: Case) -> Case:
        if keep_confirmed:
            return with_proposals(case, made)
        for structure in made:
            case = put_structure(case, structure)
        return case

    change_case(path, put)
    values = [{"id": s.id, "name": s.name, "volume_mm3": s.volume_mm3, "confirmed": s.confirmed} for s in made]
    lines = [f"{s.name}: {volume_text(s.volume_mm3)}" for s in made]
    return Answer({"structures": values} | ({"note": note} if note else {}), [*lines, *([note] if note else [])])
