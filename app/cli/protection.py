"""`pocket`: gas and fluid that protect. `thermocouple`: points that are watched."""

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
    moved_whole,
    point,
    progress_for,
    volume_of,
)
from planning.case_io import read_case
from planning.catalogue.agents import load_agents
from planning.errors import PlanError
from planning.evaluation.protection_ways import protection_ways
from planning.model import Case
from planning.model.protection import Pocket, Thermocouple, tip_of, way_length_mm
from planning.operations.protection import (
    add_pocket,
    add_thermocouple,
    change_pocket,
    move_thermocouple,
    pocket_of,
    remove_pocket,
    remove_thermocouple,
    set_way,
    thermocouple_of,
)
from planning.quantities import length_text, level_text, lps_text, volume_text
from planning.trajectory.skin_entry import entry_on_skin


def add_commands(commands: Subparsers) -> None:
    """Add the commands of this file."""
    _add_pocket_commands(commands)
    _add_thermocouple_commands(commands)


def _add_pocket_commands(commands: Subparsers) -> None:
    acts = add_acts(commands, "pocket", "gas and fluid that protect: list agents; add, change, remove")
    add_act(acts, "agents", "list the gases and fluids of the catalogue", _agents)
    adding = add_act(acts, "add", "place a pocket: a ball, or with --to all around a line", _add)
    add_case_argument(adding)
    adding.add_argument("--agent", required=True, help="id, see 'pocket agents'")
    adding.add_argument("--at", type=point, required=True, metavar="X,Y,Z", help="centre, or one end; LPS millimetres")
    adding.add_argument("--radius-mm", type=above_zero, required=True)
    _add_changeable(adding)
    changing = add_act(acts, "change", "move a pocket or change its radius or temperature", _change)
    add_case_argument(changing)
    changing.add_argument("pocket", help="name or id")
    changing.add_argument("--at", type=point, metavar="X,Y,Z", help="centre, or one end; LPS millimetres")
    changing.add_argument("--radius-mm", type=above_zero)
    _add_changeable(changing)
    _add_way_command(acts, "pocket")
    removing = add_act(acts, "remove", "remove a pocket", _remove)
    add_case_argument(removing)
    removing.add_argument("pocket", help="name or id")


def _add_changeable(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", type=point, metavar="X,Y,Z", help="the other end of a long pocket")
    parser.add_argument("--temperature-c", type=float, help="at which it is given; without it the agent's own, or 37")
    parser.add_argument(
        "--circulating", action="store_true", default=None, help="it is renewed and keeps its temperature"
    )


def _add_way_command(acts: Subparsers, what: str) -> None:
    parser = add_act(acts, "way", f"plan the way of the needle of a {what}, or take it away", _way)
    add_case_argument(parser)
    parser.add_argument("placed", metavar=what, help="name or id")
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument(
        "--towards", type=point, metavar="X,Y,Z", help="a point the needle comes through; it enters where this line leaves the skin"
    )  # fmt: skip
    group.add_argument("--none", action="store_true", help="no way")


def _way(arguments: argparse.Namespace) -> Answer:
    case, _ = read_case(arguments.case)
    entry = None
    if not arguments.none:
        placed = next((p for p in case.plan.protective if arguments.placed in (p.id, p.name)), None)
        if placed is not None:
            entry = entry_on_skin(volume_of(case, progress_for(arguments)), tip_of(placed), arguments.towards)
    changed = change_case(arguments.case, lambda c: set_way(c, arguments.placed, entry))
    made = next(p for p in changed.plan.protective if arguments.placed in (p.id, p.name))
    concerns = [c for c in protection_ways(changed) if c.id == made.id]
    length_mm = way_length_mm(made)
    words = "no way is planned" if length_mm is None else f"{length_text(length_mm)} from the skin"
    values = {
        "id": made.id, "entry_mm": made.entry_mm, "length_mm": length_mm,
        "concerns": [{"judgement": c.judgement.word, "sentence": c.sentence, "reason": c.reason} for c in concerns],
    }  # fmt: skip
    return Answer(values, [f"{made.name}: {words}", *(f"{c.judgement.word}: {c.sentence}" for c in concerns)])


def _add_thermocouple_commands(commands: Subparsers) -> None:
    acts = add_acts(commands, "thermocouple", "points that are watched: add, move, remove")
    adding = add_act(acts, "add", "place a thermocouple", _add_watched)
    add_case_argument(adding)
    adding.add_argument("--at", type=point, required=True, metavar="X,Y,Z", help="LPS millimetres")
    moving = add_act(acts, "move", "move a thermocouple", _move_watched)
    add_case_argument(moving)
    moving.add_argument("thermocouple", help="name or id")
    moving.add_argument("--at", type=point, required=True, metavar="X,Y,Z", help="LPS millimetres")
    _add_way_command(acts, "thermocouple")
    removing = add_act(acts, "remove", "remove a thermocouple", _remove_watched)
    add_case_argument(removing)
    removing.add_argument("thermocouple", help="name or id")


def _agents(_: argparse.Namespace) -> Answer:
    agents = load_agents().values()
    values = [
        {
            "id": a.id, "name": a.name, "state": a.state, "use": a.use, "source": a.source,
            "temperature_heat_c": None if a.temperature_heat_c is None else a.temperature_heat_c.value,
            "temperature_cold_c": None if a.temperature_cold_c is None else a.temperature_cold_c.value,
            "warnings": [{"mode": w.mode.value, "level": w.level.value, "reason": w.reason} for w in a.warnings],
        }
        for a in agents
    ]  # fmt: skip
    return Answer({"agents": values}, [f"{a.id:<15}{a.name:<18}{a.use}" for a in agents])


def _add(arguments: argparse.Namespace) -> Answer:
    def add(case: Case) -> Case:
        return add_pocket(
            case, arguments.agent, arguments.at, arguments.radius_mm, stop_mm=arguments.to,
            temperature_c=arguments.temperature_c, circulating=bool(arguments.circulating),
        )  # fmt: skip

    return _pocket_answer(change_case(arguments.case, add).plan.pockets[-1])


def _change(arguments: argparse.Namespace) -> Answer:
    given = {
        "start_mm": arguments.at, "stop_mm": arguments.to, "radius_mm": arguments.radius_mm,
        "temperature_c": arguments.temperature_c, "circulating": arguments.circulating,
    }  # fmt: skip
    changes = {key: value for key, value in given.items() if value is not None}
    if not changes:
        raise PlanError("Say what to change: --at, --to, --radius-mm, --temperature-c …", code="arguments-missing")

    def change(case: Case) -> Case:
        old = pocket_of(case, arguments.pocket)
        return change_pocket(case, old.id, **moved_whole(old, changes))

    changed = change_case(arguments.case, change)
    return _pocket_answer(pocket_of(changed, arguments.pocket))


def _remove(arguments: argparse.Namespace) -> Answer:
    left = [p.name for p in change_case(arguments.case, lambda c: remove_pocket(c, arguments.pocket)).plan.pockets]
    return Answer({"pockets": left}, [f"Removed. Left: {', '.join(left) or 'none'}."])


def _add_watched(arguments: argparse.Namespace) -> Answer:
    case = change_case(arguments.case, lambda c: add_thermocouple(c, arguments.at))
    return _watched_answer(case.plan.thermocouples[-1])


def _move_watched(arguments: argparse.Namespace) -> Answer:
    case = change_case(arguments.case, lambda c: move_thermocouple(c, arguments.thermocouple, arguments.at))
    return _watched_answer(thermocouple_of(case, arguments.thermocouple))


def _remove_watched(arguments: argparse.Namespace) -> Answer:
    case = change_case(arguments.case, lambda c: remove_thermocouple(c, arguments.thermocouple))
    left = [t.name for t in case.plan.thermocouples]
    return Answer({"thermocouples": left}, [f"Removed. Left: {', '.join(left) or 'none'}."])


def pocket_values(pocket: Pocket) -> dict[str, Any]:
    """Return a pocket as plain values."""
    return {
        "id": pocket.id, "name": pocket.name, "agent": pocket.agent_id, "start_mm": pocket.start_mm,
        "stop_mm": pocket.stop_mm, "radius_mm": pocket.radius_mm, "temperature_c": pocket.temperature_c,
        "circulating": pocket.circulating, "entry_mm": pocket.entry_mm,
    }  # fmt: skip


def pocket_words(pocket: Pocket) -> str:
    """Return a pocket in words: size, temperature, place."""
    at = "at body temperature" if pocket.temperature_c is None else f"at {level_text(pocket.temperature_c)}"
    kept = ", circulating" if pocket.circulating else ""
    size = f"radius {length_text(pocket.radius_mm)}, {volume_text(pocket.volume_mm3)}"
    return f"{pocket.name}: {size}, {at}{kept}, {lps_text(pocket.start_mm)}"


def thermocouple_values(thermocouple: Thermocouple) -> dict[str, Any]:
    """Return a thermocouple as plain values."""
    return {
        "id": thermocouple.id,
        "name": thermocouple.name,
        "position_mm": thermocouple.position_mm,
        "entry_mm": thermocouple.entry_mm,
    }


def _pocket_answer(pocket: Pocket) -> Answer:
    return Answer(pocket_values(pocket), [pocket_words(pocket)])


def _watched_answer(thermocouple: Thermocouple) -> Answer:
    words = f"{thermocouple.name}: {lps_text(thermocouple.position_mm)}"
    return Answer(thermocouple_values(thermocouple), [words])
