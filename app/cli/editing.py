"""`edit`: change structures as a whole, by the same operations as the window; and `measure`."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from app.cli.common import (
    Answer,
    Subparsers,
    above_zero,
    add_act,
    add_acts,
    add_case_argument,
    add_command,
    add_structure_act,
    change_case,
    point,
    told,
    volume_of,
)
from app.cli.drawing import add_acts_of_drawing
from imaging.labels import Mask
from imaging.measurements import densities, slice_axes, surface_distance_mm, volume_axes
from imaging.segmentation import lasso, mirror, morphology
from imaging.segmentation.interpolate import fill_between
from imaging.segmentation.margin import Clearance, with_margin
from imaging.segmentation.nerve_path import along_fat
from imaging.segmentation.organ_click import ORGANS, grow_organ
from imaging.structures import SPANNING_BODY, Side, StructureKind, Tube
from imaging.volume import Volume
from planning.case_io import read_case
from planning.errors import PlanError
from planning.model import Case, Structure
from planning.model.naming import make_structure
from planning.operations.levels import renumber_levels
from planning.operations.objects import lock_object
from planning.operations.structures import add_part, put_structure, reshape_structure
from planning.quantities import length_text, volume_text

_KINDS = [k.value for k in StructureKind if k is not StructureKind.ROOT]

Edit = Callable[[Mask, argparse.Namespace, Case], Mask]


def add_commands(commands: Subparsers) -> None:
    """Add the commands of this file."""
    acts = add_acts(commands, "edit", "change a structure as a whole, copy it, lock it")
    _add_edits(acts)
    parser = add_structure_act(acts, "margin", "grow it by millimetres, or shrink it by a number below 0", _margin)
    parser.add_argument("--mm", type=float, required=True)
    parser.add_argument("--within", metavar="ID", help="do not leave this structure")
    parser.add_argument("--clear-of", nargs="+", default=[], metavar="ID[=MM]", help="keep off, or so far away from")
    parser.add_argument("--take-from", nargs="+", default=[], metavar="ID", help="others lose the voxels it gains")
    parser.add_argument("--as", dest="new", choices=_KINDS, help="make a new structure of it")
    parser = add_structure_act(acts, "mirror", "copy it to the other side", _mirror)
    parser.add_argument("--midline", type=point, nargs=2, metavar="X,Y,Z", help="two points; by default the body's own")
    parser = add_structure_act(acts, "nerve", "lead a centreline through fat between its points", _nerve)
    add_acts_of_drawing(acts)
    parser = add_structure_act(acts, "organ", "grow bladder, bowel or vessel from a point, and add it", _organ)
    parser.add_argument("--at", type=point, required=True, metavar="X,Y,Z", help="LPS millimetres, inside it")
    add_structure_act(acts, "lock", "protect it from edits", lambda a: _lock(a, True))
    add_structure_act(acts, "unlock", "let it be edited again", lambda a: _lock(a, False))
    parser = add_act(acts, "renumber", "name every root and vertebra some levels farther down", _renumber)
    add_case_argument(parser)
    parser.add_argument("--down", type=int, required=True, metavar="N", help="1 makes S1 of L5, -1 makes L5 of S1")
    parser = add_command(commands, "measure", "size, axes, densities and distances of structures", _measure)
    add_case_argument(parser)
    parser.add_argument("structure", nargs="*", metavar="ID", help="by default all but skin and bone")


def _add_edits(acts: Subparsers) -> None:
    """Add what turns a painted structure into another one, voxel by voxel."""
    parser = add_structure_act(acts, "threshold", "keep its voxels of some densities", _edit(_threshold))
    parser.add_argument("--hu", type=float, nargs=2, required=True, metavar=("LOW", "HIGH"))
    parser = add_structure_act(
        acts, "islands", "keep its largest piece, the one at a point, or those above a volume", _edit(_islands)
    )
    parser.add_argument("--at", type=point, metavar="X,Y,Z")
    parser.add_argument("--without-at", type=point, metavar="X,Y,Z", help="remove the piece at this point instead")
    parser.add_argument("--smallest-mm3", type=above_zero)
    add_structure_act(acts, "fill-holes", "fill what it encloses", _edit(lambda mask, *_: morphology.fill_holes(mask)))
    parser = add_structure_act(
        acts, "smooth", "smooth its surface; the volume stays", _edit(lambda m, a, _: morphology.smooth(m, a.mm))
    )
    parser.add_argument("--mm", type=above_zero, default=1.5)
    parser = add_structure_act(
        acts, "between", "fill the empty slices between painted ones", _edit(lambda m, a, _: fill_between(m, a.axis))
    )
    parser.add_argument("--axis", type=int, choices=(0, 1, 2), default=0, help="0 across slices, 1 rows, 2 columns")
    parser = add_structure_act(
        acts, "combine", "unite it with another, intersect it, or take the other away", _edit(_combine)
    )
    parser.add_argument("--with", dest="other", required=True, metavar="ID")
    parser.add_argument("--how", choices=("union", "intersection", "difference"), required=True)
    parser = add_structure_act(
        acts, "cut", "cut away what lies in a polygon, through everything or within a slab", _edit(_cut)
    )
    parser.add_argument("--outline", type=point, nargs="+", required=True, metavar="X,Y,Z")
    parser.add_argument("--along", type=point, required=True, metavar="X,Y,Z", help="direction of the cut")
    parser.add_argument("--half-slab", type=above_zero, metavar="MM")
    parser.add_argument("--keep", action="store_true", help="cut away what lies outside instead")


def _edit(edit: Edit) -> Callable[[argparse.Namespace], Answer]:
    def act(arguments: argparse.Namespace) -> Answer:
        def change(case: Case) -> Case:
            made = edit(_painted(case, arguments.structure), arguments, case)
            return reshape_structure(case, arguments.structure, made)

        case = change_case(arguments.case, change)
        return told(case.find(arguments.structure), arguments.structure)

    return act


def _painted(case: Case, structure_id: str) -> Mask:
    structure = case.structure(structure_id)
    if not isinstance(structure.shape, Mask):
        raise PlanError(
            f"{structure.name} is a centreline.", code="structure-not-painted", hint="Choose a painted one."
        )
    return structure.shape


def _centreline(case: Case, structure_id: str) -> Tube:
    structure = case.structure(structure_id)
    if not isinstance(structure.shape, Tube):
        raise PlanError(
            f"{structure.name} is no centreline.", code="structure-not-tube", hint="Choose a root or canal."
        )
    return structure.shape


def _threshold(mask: Mask, arguments: argparse.Namespace, case: Case) -> Mask:
    return morphology.threshold(volume_of(case), *arguments.hu, mask)


def _islands(mask: Mask, arguments: argparse.Namespace, _: Case) -> Mask:
    if arguments.at is not None:
        return morphology.keep_at(mask, arguments.at)
    if arguments.without_at is not None:
        return morphology.without_piece_at(mask, arguments.without_at)
    if arguments.smallest_mm3 is not None:
        return morphology.without_islands(mask, arguments.smallest_mm3)
    return morphology.keep_largest(mask)


def _combine(mask: Mask, arguments: argparse.Namespace, case: Case) -> Mask:
    return morphology.combine(mask, morphology.painted(case.structure(arguments.other).shape, mask.grid), arguments.how)


def _cut(mask: Mask, arguments: argparse.Namespace, _: Case) -> Mask:
    return lasso.cut(mask, arguments.outline, arguments.along, keep=arguments.keep, half_slab_mm=arguments.half_slab)


def _margin(arguments: argparse.Namespace) -> Answer:
    case, _ = read_case(arguments.case)
    clear = []
    for words in arguments.clear_of:
        name, _, distance = words.partition("=")
        try:
            clear.append(Clearance(case.structure(name).shape, float(distance or 0)))
        except ValueError as error:
            raise PlanError(f"'{words}' is not ID or ID=MM.", code="arguments-missing") from error
    within = _painted(case, arguments.within) if arguments.within else None
    made = with_margin(_painted(case, arguments.structure), arguments.mm, clear_of=clear, within=within)
    if arguments.new:
        new = make_structure(
            StructureKind(arguments.new), made.mask, origin=f"margin of {arguments.mm:g} mm about {arguments.structure}"
        )
        changed = change_case(arguments.case, lambda c: put_structure(c, new))
        named = changed.structure(new.id)
    else:
        changed = change_case(
            arguments.case,
            lambda c: reshape_structure(c, arguments.structure, made.mask, take_from=arguments.take_from),
        )
        named = changed.structure(arguments.structure)
    answer = told(named, named.id, achieved_mm=made.achieved_mm, least_mm=made.least_mm)
    answer.lines.append(f"achieved {length_text(made.achieved_mm)} on average, {length_text(made.least_mm)} at least")
    return answer


def _mirror(arguments: argparse.Namespace) -> Answer:
    case, _ = read_case(arguments.case)
    old = case.structure(arguments.structure)
    plane = mirror.midline(*arguments.midline) if arguments.midline else mirror.symmetry_of(volume_of(case))
    shape = mirror.mirrored(old.shape, plane)
    side = None if old.side is None else Side.LEFT if old.side is Side.RIGHT else Side.RIGHT
    if side is None:
        new = old
        union = shape if isinstance(shape, Tube) else _painted(case, old.id).union(shape)
        changed = change_case(arguments.case, lambda c: reshape_structure(c, old.id, union))
    else:
        new = make_structure(
            old.kind, shape, level=old.level, side=side, origin=f"{old.name} mirrored", confirmed=False
        )
        changed = change_case(arguments.case, lambda c: put_structure(c, new))
    return told(changed.structure(new.id), new.id)


def _nerve(arguments: argparse.Namespace) -> Answer:
    def change(case: Case) -> Case:
        tube = _centreline(case, arguments.structure)
        made = along_fat(volume_of(case), tube.points_mm, tube.radii_mm)
        return reshape_structure(case, arguments.structure, made)

    case = change_case(arguments.case, change)
    return told(case.structure(arguments.structure), arguments.structure)


def _organ(arguments: argparse.Namespace) -> Answer:
    if arguments.structure not in ORGANS:
        raise PlanError(
            f"'{arguments.structure}' is not grown from a point.",
            code="organ-kind",
            hint=f"Choose {', '.join(ORGANS)}.",
        )
    case, _ = read_case(arguments.case)
    grown = grow_organ(volume_of(case), arguments.at, StructureKind(arguments.structure))
    part = make_structure(StructureKind(arguments.structure), grown.mask, origin="grown from clicks", confirmed=False)
    case = change_case(arguments.case, lambda c: add_part(c, part))
    return told(case.structure(part.id), part.id, open_frac=grown.open_frac, ends_at_reach=grown.ends_at_reach)


def _lock(arguments: argparse.Namespace, locked: bool) -> Answer:
    case = change_case(arguments.case, lambda c: lock_object(c, arguments.structure, locked))
    return told(case.structure(arguments.structure), arguments.structure)


def _renumber(arguments: argparse.Namespace) -> Answer:
    case = change_case(arguments.case, lambda c: renumber_levels(c, arguments.down))
    names = [s.name for s in case.structures if s.level]
    return Answer({"structures": [s.id for s in case.structures if s.level]}, [f"Now: {', '.join(names)}."])


def _measure(arguments: argparse.Namespace) -> Answer:
    case, _ = read_case(arguments.case)
    volume = volume_of(case)
    chosen = [case.structure(name) for name in arguments.structure] or [
        s for s in case.structures if s.kind not in SPANNING_BODY
    ]
    values, lines = [], []
    for structure in chosen:
        entry, words = _measured(structure, case, volume)
        values.append(entry)
        lines += words
    return Answer({"structures": values}, lines)


def _measured(structure: Structure, case: Case, volume: Volume) -> tuple[dict[str, object], list[str]]:
    shape = structure.shape
    entry: dict[str, object] = {"id": structure.id, "name": structure.name, "volume_mm3": structure.volume_mm3}
    words = [f"{structure.name}: {volume_text(structure.volume_mm3)}"]
    if isinstance(shape, Mask):
        plane, space = slice_axes(shape), volume_axes(shape)
        entry |= {
            "slice_long_mm": plane.long_mm, "slice_short_mm": plane.short_mm, "slice_ends_mm": plane.ends_mm,
            "long_mm": space.long_mm, "short_mm": space.short_mm, "third_mm": space.third_mm,
        }  # fmt: skip
        words.append(f"  in a slice {plane.long_mm:.1f} × {plane.short_mm:.1f} mm, in all {space.long_mm:.1f} mm long")
    else:
        entry["length_mm"] = shape.length_mm
        words.append(f"  {shape.length_mm:.1f} mm long")
    found = densities(volume, shape)
    if found is not None:
        entry["hu"] = {
            "mean": found.mean, "deviation": found.deviation, "lowest": found.lowest, "median": found.median,
            "highest": found.highest,
        }  # fmt: skip
        words.append(f"  {found.mean:.0f} ± {found.deviation:.0f} HU")
    others = [s for s in case.structures if s.id != structure.id and s.kind is not StructureKind.SKIN]
    apart = {s.id: surface_distance_mm(shape, s.shape) for s in others}
    entry["distances_mm"] = apart
    for name, distance_mm in sorted(apart.items(), key=lambda item: item[1])[:3]:
        words.append(f"  {distance_mm:.1f} mm to {name}")
    return entry, words
