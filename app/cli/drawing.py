"""`edit paint`, `outline`, `level` and `point`: the window's drawing tools, by points instead of a mouse."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from app.cli.common import Answer, Subparsers, above_zero, add_structure_act, change_case, point, told, volume_of
from imaging.labels import Mask
from imaging.segmentation.brush import BrushLimits, paint_stroke
from imaging.segmentation.edge_trace import fill_outline, level_line, live_wire
from imaging.segmentation.nerve_path import with_point, with_radius
from imaging.structures import StructureKind, Tube
from planning.errors import PlanError
from planning.model import Case
from planning.model.naming import make_structure
from planning.operations.structures import put_structure, reshape_structure

Draw = Callable[[Mask, argparse.Namespace, Case], Mask]


def add_acts_of_drawing(acts: Subparsers) -> None:
    """Add the acts of this file to `edit`."""
    parser = add_structure_act(acts, "paint", "paint or erase with a ball or a disc along points", _drawn(_paint))
    parser.add_argument("--points", type=point, nargs="+", required=True, metavar="X,Y,Z")
    parser.add_argument("--radius", type=above_zero, required=True, metavar="MM")
    parser.add_argument("--disc-across", type=point, metavar="X,Y,Z", help="paint a disc, flat across this direction")
    parser.add_argument("--hu", type=float, nargs=2, metavar=("LOW", "HIGH"), help="paint only these densities")
    parser.add_argument("--keep-off", nargs="+", default=[], metavar="ID", help="do not paint over these structures")
    parser.add_argument("--erase", action="store_true")
    parser = add_structure_act(acts, "outline", "fill a line that follows edges from point to point", _drawn(_outline))
    parser.add_argument("--points", type=point, nargs="+", required=True, metavar="X,Y,Z", help="around, in one slice")
    _add_slice_arguments(parser)
    parser = add_structure_act(acts, "level", "fill the line of one density through a border", _drawn(_level))
    parser.add_argument("--at", type=point, required=True, metavar="X,Y,Z", help="on the border")
    _add_slice_arguments(parser)
    parser = add_structure_act(acts, "point", "move one point of a centreline", _centreline(_move))
    _add_point_arguments(parser)
    parser.add_argument("--to", type=point, required=True, metavar="X,Y,Z")
    parser = add_structure_act(acts, "radius", "change the radius at one point of a centreline", _centreline(_radius))
    _add_point_arguments(parser)
    parser.add_argument("--mm", type=above_zero, required=True)


def _add_slice_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--axis", type=int, choices=(0, 1, 2), default=0, help="0 across slices, 1 rows, 2 columns")
    parser.add_argument("--erase", action="store_true", help="take the inside away")


def _add_point_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--point", type=int, required=True, metavar="N", help="counted from 1")
    parser.add_argument(
        "--reach", type=above_zero, default=0.0, metavar="MM", help="points as near follow, by default none"
    )


def _drawn(draw: Draw) -> Callable[[argparse.Namespace], Answer]:
    """Draw into a structure; one of a kind that has neither level nor side is begun where there is none."""

    def act(arguments: argparse.Namespace) -> Answer:
        name = arguments.structure

        def change(case: Case) -> Case:
            old = case.find(name)
            if old is None and name in {kind.value for kind in StructureKind}:
                made = draw(Mask.empty(case.image.grid), arguments, case)
                return put_structure(case, make_structure(StructureKind(name), made, origin="drawn by points"))
            structure = case.structure(name)
            if not isinstance(structure.shape, Mask):
                raise PlanError(
                    f"{structure.name} is a centreline.", code="structure-not-painted", hint="Choose a painted one."
                )
            return reshape_structure(case, name, draw(structure.shape, arguments, case))

        return told(change_case(arguments.case, change).find(name), name)

    return act


def _paint(mask: Mask, arguments: argparse.Namespace, case: Case) -> Mask:
    across = arguments.disc_across
    low_hu, high_hu = arguments.hu or (-np.inf, np.inf)
    limits = BrushLimits(
        flat_along=None if across is None else np.asarray(across) / np.linalg.norm(across),
        volume=volume_of(case) if arguments.hu else None,
        low_hu=low_hu,
        high_hu=high_hu,
        keep_off=[case.structure(name).shape for name in arguments.keep_off],
    )
    return paint_stroke(mask, arguments.points, arguments.radius, erase=arguments.erase, limits=limits)


def _outline(mask: Mask, arguments: argparse.Namespace, case: Case) -> Mask:
    points = [*arguments.points, arguments.points[0]]
    volume = volume_of(case)
    line = np.concatenate([live_wire(volume, a, b, arguments.axis) for a, b in pairwise(points)])
    return fill_outline(mask, line, arguments.axis, erase=arguments.erase)


def _level(mask: Mask, arguments: argparse.Namespace, case: Case) -> Mask:
    line = level_line(volume_of(case), arguments.at, arguments.axis)
    return fill_outline(mask, line, arguments.axis, erase=arguments.erase)


def _centreline(edit: Callable[[Tube, argparse.Namespace], Tube]) -> Callable[[argparse.Namespace], Answer]:
    def act(arguments: argparse.Namespace) -> Answer:
        def change(case: Case) -> Case:
            structure = case.structure(arguments.structure)
            if not isinstance(structure.shape, Tube):
                raise PlanError(
                    f"{structure.name} is no centreline.", code="structure-not-tube", hint="Choose a root or canal."
                )
            return reshape_structure(case, structure.id, edit(structure.shape, arguments))

        return told(change_case(arguments.case, change).structure(arguments.structure), arguments.structure)

    return act


def _move(tube: Tube, arguments: argparse.Namespace) -> Tube:
    return with_point(tube, arguments.point - 1, arguments.to, arguments.reach)


def _radius(tube: Tube, arguments: argparse.Namespace) -> Tube:
    return with_radius(tube, arguments.point - 1, arguments.mm, arguments.reach)
