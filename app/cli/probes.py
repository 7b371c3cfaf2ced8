"""`probe`: list devices; add, move and remove probes; have them share a generator."""

from __future__ import annotations

import argparse
from typing import Any

from app.cli.common import (
    Answer,
    Subparsers,
    above_zero,
    add_act,
    add_acts,
    add_case_argument,
    change_case,
    point,
    volume_of,
)
from app.cli.devices import device_line, device_values, warn_of_findings
from imaging.volume import Volume
from planning import services
from planning.case_io import read_case
from planning.catalogue import load_devices
from planning.errors import PlanError
from planning.model import Case, Probe
from planning.model.generator import SharedGenerator, Sharing
from planning.model.naming import sharing_text
from planning.model.point import Point
from planning.operations.generators import share_generator, sharing_lost, unshare_generator
from planning.operations.locks import require_unlocked
from planning.operations.objects import lock_object
from planning.operations.placing import set_placing
from planning.operations.probes import add_probe, move_probe, remove_probe
from planning.quantities import length_text
from planning.trajectory.aiming import entry_at_angles, hub_is_anterior
from planning.trajectory.console import CRANIOCAUDAL_DEFINITION, IN_PLANE_DEFINITION, console_numbers
from planning.trajectory.passage import Passage, Passed, checkpoints, passage, way_text
from planning.trajectory.skin_entry import entry_on_skin

_HOW = {"together": Sharing.TOGETHER, "in-turn": Sharing.IN_TURN, "between": Sharing.BETWEEN}


def add_commands(commands: Subparsers) -> None:
    """Add the commands of this file."""
    acts = add_acts(commands, "probe", "list devices; add, move or remove probes, or have them share a generator")
    add_act(acts, "devices", "list the devices of the catalogue", _devices)
    adding = add_act(acts, "add", "place a probe", _add)
    add_case_argument(adding)
    adding.add_argument("--device", required=True, help="id, see 'probe devices'")
    _add_ends(adding, required=True)
    _add_angles(adding)
    turning = add_act(acts, "turn", "turn a probe about its target, by the angles it is to have", _turn)
    add_case_argument(turning)
    turning.add_argument("probe", help="name or id of the probe")
    _add_angles(turning)
    moving = add_act(acts, "move", "move a probe's target or entry", _move)
    add_case_argument(moving)
    moving.add_argument("probe", help="name or id of the probe")
    _add_ends(moving, required=False)
    removing = add_act(acts, "remove", "remove a probe", _remove)
    add_case_argument(removing)
    removing.add_argument("probe", help="name or id of the probe")
    for name, locked, words in (
        ("lock", True, "keep a probe from being moved, given another device or removed"),
        ("unlock", False, "let a probe be moved again"),
    ):
        locking = add_act(acts, name, words, lambda a, locked=locked: _lock(a, locked))
        add_case_argument(locking)
        locking.add_argument("probe", help="name or id of the probe")
    passing = add_act(acts, "way", "tell what a probe's shaft passes: skin, bone, and how steeply it meets it", _way)
    add_case_argument(passing)
    passing.add_argument("probe", nargs="?", help="name or id of the probe; all by default")
    ordering = add_act(acts, "order", "say or change the order in which probes are placed", _order)
    add_case_argument(ordering)
    ordering.add_argument("probes", nargs="*", metavar="probe", help="names or ids, the first to be placed first")
    sharing = add_act(acts, "share", "have radiofrequency probes share a generator", _share)
    add_case_argument(sharing)
    sharing.add_argument("probes", nargs="+", metavar="probe", help="names or ids of two probes or more")
    sharing.add_argument(
        "--how", choices=_HOW, required=True,
        help="together at one potential, each in turn, or with the current between the shafts",
    )  # fmt: skip
    sharing.add_argument("--dwell", type=above_zero, metavar="S", help="in turn: how long each works, in seconds")
    sharing.add_argument(
        "--against", nargs="+", default=(), metavar="PROBE",
        help="between: those of the probes on the other side; of two probes the second",
    )  # fmt: skip
    unsharing = add_act(acts, "unshare", "give a probe, and all that share its generator, one of their own", _unshare)
    add_case_argument(unsharing)
    unsharing.add_argument("probe", help="name or id of one of the probes")


def _add_ends(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument("--target", type=point, required=required, metavar="X,Y,Z", help="the tip, LPS millimetres")
    entry = parser.add_mutually_exclusive_group()
    entry.add_argument("--entry", type=point, metavar="X,Y,Z", help="the entry, LPS millimetres")
    entry.add_argument(
        "--towards", type=point, metavar="X,Y,Z", help="a point the path leads to; the entry is on the skin"
    )


def _add_angles(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--in-plane", type=float, metavar="DEG", help=f"{IN_PLANE_DEFINITION}; above 0 with the hub to the left"
    )
    parser.add_argument(
        "--craniocaudal", type=float, metavar="DEG", help=f"{CRANIOCAUDAL_DEFINITION}; above 0 with the hub cranial"
    )
    parser.add_argument(
        "--side", choices=("posterior", "anterior"), help="where the hub is; posterior, or where the probe's is already"
    )


def _devices(arguments: argparse.Namespace) -> Answer:
    warn_of_findings()
    devices = load_devices().values()
    return Answer({"devices": [device_values(d) for d in devices]}, [device_line(d) for d in devices])


def _add(arguments: argparse.Namespace) -> Answer:
    warn_of_findings()
    case, _ = read_case(arguments.case)
    volume = volume_of(case)
    by_angles = not (arguments.in_plane is None and arguments.craniocaudal is None and arguments.side is None)
    if bool(arguments.entry) + bool(arguments.towards) + by_angles != 1:
        raise PlanError(
            "Say the way in once: by --entry, by --towards, or by --in-plane and --craniocaudal.",
            code="arguments-missing",
        )
    if by_angles:
        entry = _entry_at(volume, arguments.target, arguments, in_plane_deg=0.0, craniocaudal_deg=0.0, anterior=False)
    else:
        entry = arguments.entry or tuple(entry_on_skin(volume, arguments.target, arguments.towards).tolist())

    def add(current: Case) -> Case:
        changed = add_probe(current, arguments.device, entry, arguments.target)
        services.check_targets(changed, volume)
        return changed

    return _placed(change_case(arguments.case, add).plan.probes[-1])


def _move(arguments: argparse.Namespace) -> Answer:
    case, _ = read_case(arguments.case)
    volume = volume_of(case)
    probe = case.probe(arguments.probe)
    target = arguments.target or probe.tip_mm
    entry = arguments.entry
    if arguments.towards:
        entry = tuple(entry_on_skin(volume, target, arguments.towards).tolist())
    if arguments.target is None and entry is None:
        raise PlanError("Say where to: --target, --entry or --towards.", code="arguments-missing")

    def move(current: Case) -> Case:
        changed = move_probe(current, probe.id, entry_mm=entry, tip_mm=arguments.target)
        services.check_targets(changed, volume)
        return changed

    return _placed(change_case(arguments.case, move).probe(probe.id))


def _turn(arguments: argparse.Namespace) -> Answer:
    if arguments.in_plane is None and arguments.craniocaudal is None and arguments.side is None:
        raise PlanError("Say how: --in-plane, --craniocaudal or --side.", code="arguments-missing")
    case, _ = read_case(arguments.case)
    probe = case.probe(arguments.probe)
    require_unlocked(probe)
    now = console_numbers(probe)
    entry = _entry_at(
        volume_of(case), probe.tip_mm, arguments, in_plane_deg=now.in_plane_deg,
        craniocaudal_deg=now.craniocaudal_deg, anterior=hub_is_anterior(probe),
    )  # fmt: skip
    return _placed(change_case(arguments.case, lambda c: move_probe(c, probe.id, entry_mm=entry)).probe(probe.id))


def _entry_at(
    volume: Volume, target: Point, arguments: argparse.Namespace, *, in_plane_deg: float, craniocaudal_deg: float,
    anterior: bool,
) -> Point:  # fmt: skip
    """The entry at the angles given; one that is not given stays what it was."""
    entry = entry_at_angles(
        volume, target,
        in_plane_deg if arguments.in_plane is None else arguments.in_plane,
        craniocaudal_deg if arguments.craniocaudal is None else arguments.craniocaudal,
        anterior=anterior if arguments.side is None else arguments.side == "anterior",
    )  # fmt: skip
    x, y, z = entry.tolist()
    return (x, y, z)


def _remove(arguments: argparse.Namespace) -> Answer:
    before, _ = read_case(arguments.case)
    case = change_case(arguments.case, lambda c: remove_probe(c, arguments.probe))
    left = [p.name for p in case.plan.probes]
    lost = sharing_lost(before, case)
    values = {"probes": left, "sharing_lost": lost}
    return Answer(values, [f"Removed. Left: {', '.join(left) or 'none'}.", *([lost] if lost else [])])


def _lock(arguments: argparse.Namespace, locked: bool) -> Answer:
    case = change_case(arguments.case, lambda c: lock_object(c, arguments.probe, locked))
    return _placed(case.probe(arguments.probe))


def _way(arguments: argparse.Namespace) -> Answer:
    case, _ = read_case(arguments.case)
    chosen = case.plan.probes if arguments.probe is None else (case.probe(arguments.probe),)
    if not chosen:
        raise PlanError("The case has no probe.", code="no-probe", hint="Place one with 'sacroplan probe add'.")
    volume = volume_of(case)
    ways = [(probe, passage(case, volume, probe)) for probe in chosen]
    words = []
    for probe, way in ways:
        words += [f"{probe.name}: {way_text(way)}", *(f"  {sentence}" for sentence in checkpoints(way))]
        if way.unconfirmed:
            words.append(f"  Not confirmed: {', '.join(way.unconfirmed)}.")
    return Answer({"ways": [_way_values(probe, way) for probe, way in ways]}, words)


def _way_values(probe: Probe, way: Passage) -> dict[str, Any]:
    return {
        "probe": probe.name,
        "depth_mm": way.depth_mm,
        "in_bone_mm": way.drilled_mm,
        "cortex_mm": way.length_mm(Passed.CORTEX),
        "cancellous_mm": way.length_mm(Passed.CANCELLOUS),
        "stretches": [
            {"in": s.passed.value, "from_mm": s.from_mm, "to_mm": s.to_mm, "mean_hu": s.mean_hu} for s in way.stretches
        ],
        "crossings": [
            {
                "depth_mm": c.depth_mm,
                "bone": c.bone,
                "face": c.face,
                "inwards": c.inwards,
                "angle_deg": c.angle_deg,
                "lesion": c.lesion,
            }
            for c in way.crossings
        ],
        "unconfirmed": list(way.unconfirmed),
    }


def _order(arguments: argparse.Namespace) -> Answer:
    if arguments.probes:
        case = change_case(arguments.case, lambda c: set_placing(c, arguments.probes))
    else:
        case, _ = read_case(arguments.case)
    names = [p.name for p in case.plan.in_order]
    return Answer({"probes": names}, [f"Placed in this order: {', '.join(names) or 'none'}."])


def _share(arguments: argparse.Namespace) -> Answer:
    def share(case: Case) -> Case:
        return share_generator(
            case, arguments.probes, _HOW[arguments.how], against=arguments.against, dwell_s=arguments.dwell
        )

    case = change_case(arguments.case, share)
    shared = case.plan.generators[-1]
    return Answer(generator_values(case, shared), [generator_words(case, shared)])


def _unshare(arguments: argparse.Namespace) -> Answer:
    case = change_case(arguments.case, lambda c: unshare_generator(c, arguments.probe))
    left = [generator_values(case, g) for g in case.plan.generators]
    words = [generator_words(case, g) for g in case.plan.generators] or ["Every probe has a generator of its own."]
    return Answer({"generators": left}, words)


def generator_values(case: Case, shared: SharedGenerator) -> dict[str, Any]:
    """Return a shared generator as plain values, with the names of its probes."""
    names = {p.id: p.name for p in case.plan.probes}
    return {
        "id": shared.id, "how": shared.how.value, "probes": [names[p] for p in shared.probe_ids],
        "against": [names[p] for p in shared.against_ids], "dwell_s": shared.dwell_s,
    }  # fmt: skip


def generator_words(case: Case, shared: SharedGenerator) -> str:
    """Return a shared generator in a line."""
    return f"One generator: {sharing_text(case, shared)}"


def _placed(probe: Probe) -> Answer:
    numbers = console_numbers(probe)
    values = {
        "id": probe.id, "name": probe.name, "device": probe.device_id, "entry_mm": probe.entry_mm,
        "tip_mm": probe.tip_mm, "depth_mm": numbers.depth_mm, "in_plane_deg": numbers.in_plane_deg,
        "craniocaudal_deg": numbers.craniocaudal_deg, "locked": probe.locked,
    }  # fmt: skip
    words = f"{length_text(numbers.depth_mm)} deep, {numbers.in_plane_text} in plane, {numbers.craniocaudal_text}"
    return Answer(values, [f"{probe.name}: {words}{', locked' if probe.locked else ''}"])
